/**
 * Connections on which nothing happens are kept for `connectionMs` of a request that is not answered
 * and `keepAliveMs` after one that was, and closed then. The time is waited for, so only the long form
 * has it.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDoor } from '../../exchange/http/door.ts'
import { httpLimits } from '../../exchange/http/parts.ts'
import { isLong, testMs } from './settings.ts'

/** What a busy machine, and the second that Node adds to a kept connection, may take. */
const slackMs = 3_000

const door = createDoor((request, response) => {
  if (request.url === '/answered') response.end()
}, undefined)

beforeAll(async () => {
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
})

afterAll(() => door.close())

function open(path: string): Socket {
  const socket = connect((door.address() as AddressInfo).port, '127.0.0.1') // It listens on a port.
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  return socket.resume()
}

test.runIf(isLong).concurrent.for([
  ['/unanswered', httpLimits.connectionMs],
  ['/answered', httpLimits.keepAliveMs],
] as const)('%s: kept %i ms and no longer', { timeout: testMs }, async ([path, limitMs]) => {
  const socket = open(path)
  await wait(limitMs - slackMs)
  expect(socket.closed).toBe(false)
  await Promise.race([once(socket, 'close'), wait(2 * slackMs)])
  expect(socket.closed).toBe(true)
})
