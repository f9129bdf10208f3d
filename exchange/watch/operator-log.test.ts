import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { createOperatorLog, frameworkLog, thrownMembersOf } from './operator-log.ts'
import type { LogEvent, Members } from './operator-log.ts'

const person = '460300190001019996'
const name = '林晓岚'
const requestId = '6a1f36f2-4f0e-4c3e-9d1c-0a4b1c2d3e4f'

function lineOf(event: LogEvent, members: Members): Record<string, unknown> {
  const lines: string[] = []
  createOperatorLog('info', { write: (line) => lines.push(line) }).say(event, members)
  const written = Object.entries(JSON.parse(lines[0] ?? '') as Record<string, unknown>)
  const { msg, ...rest } = Object.fromEntries(
    written.filter(([member]) => !['level', 'time', 'pid'].includes(member)),
  )
  expect(lines).toHaveLength(1)
  expect(msg).toBe(event)
  return rest
}

test('a line says what was written down for its event', () => {
  const members = {
    ...{ requestId, method: 'POST', route: '/vault/licences/:licenceId/acts', status: 403 },
    ...{ elapsedMs: 12.5, department: 'meilanMarket', code: 'not-the-issuer' },
  }
  expect(lineOf('request', members)).toEqual(members)
})

test.for<[string, Record<string, unknown>]>([
  ['a request id of the client', { requestId: person }],
  ['an address instead of its pattern', { route: `/licences/${person}` }],
  ['an address with a question', { route: '/log/proof?leaf=x' }],
  ['a method nobody knows', { method: name }],
  ['a status of words', { status: name }],
  ['a department that is a name', { department: name }],
  ['a code that is none of ours', { code: `unknown-${name}` }],
  ['a reason that is none of ours', { reason: name }],
  ['a member of another event', { reason: 'no-token' }],
  ['a member nobody wrote down', { url: `/x/${person}` }],
  ['a member that every object has', { constructor: person }],
  ['an error', { error: new Error(name) }],
  ['frames that are sentences', { at: [`no frame, but ${name}`] }],
  ['frames without end', { at: Array.from({ length: 13 }, () => 'a.ts:1') }],
  ['an object', { code: { toString: () => person } }],
])('%s is left out and counted', ([, members]) => {
  expect(lineOf('request', { status: 200, ...members })).toMatchObject({ dropped: 1 })
  const line = JSON.stringify(lineOf('defect', members))
  expect(line).not.toContain(person)
  expect(line).not.toContain(name)
})

test('of what was thrown a line tells the kind and the place, and nothing it says', () => {
  const cause = { sqlstate: '23505', detail: `Key (id_number)=(${person})` }
  const thrown = new TypeError(`${name}\n    at ${person} (x/${person}.ts:1:1)`, { cause })
  const frames = [
    'settle (file:///srv/vault/issue.ts:9:1)',
    'file:///srv/exchange/http/app.ts:51:7',
  ]
  thrown.stack = [`TypeError: ${thrown.message}`, ...frames].join('\n    at ')
  const line = lineOf('defect', { requestId, ...thrownMembersOf(thrown) })
  expect(line).toMatchObject({ requestId, error: 'TypeError', sqlstate: '23505' })
  expect(line['at']).toEqual(['srv/vault/issue.ts:9', 'srv/exchange/http/app.ts:51'])
  expect(line).not.toHaveProperty('dropped')
  expect(JSON.stringify(line)).not.toContain(person)
  expect(JSON.stringify(line)).not.toContain(name)
})

test.for<[string, unknown, object]>([
  ['a problem', new Problem('unknown-licence', { licenceId: person }), { code: 'unknown-licence' }],
  [
    'an error of Node',
    Object.assign(new Error(name), { code: 'ECONNRESET' }),
    { errorCode: 'ECONNRESET' },
  ],
  ['a text', name, { error: 'string' }],
  ['nothing', undefined, { error: 'undefined' }],
])('thrown: %s', ([, thrown, expected]) => {
  expect(lineOf('defect', thrownMembersOf(thrown))).toMatchObject(expected)
})

test('the framework may say that something went wrong, and not what', () => {
  const lines: string[] = []
  const log = frameworkLog(createOperatorLog('info', { write: (line) => lines.push(line) }))
  log.info({ req: { url: person } }, name)
  log.child({ reqId: person }).warn({ err: new RangeError(person), req: { url: person } }, name)
  log.error(name)
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain('"error":"RangeError"')
  expect(lines.join()).not.toContain(person)
  expect(lines.join()).not.toContain(name)
})
