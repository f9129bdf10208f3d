import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { parseJsonObject } from './json.ts'
import { readJws } from './jws.ts'
import { fromUtf8 } from './primitives.ts'
import { answerHash, signReceipt } from './receipt.ts'
import type { ReceiptClaims } from './receipt.ts'

const department = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const receipts = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const log = generateKeyPairSync('ed25519')
const at = new Date('2026-06-01T12:00:00Z')
const data = { grants: [] }

/** What the exchange says in place of the truth. */
let lie: {
  readonly claims?: Partial<ReceiptClaims>
  readonly body?: string
  readonly key?: 'other'
}
const server = createServer((request, response) => {
  const token = (request.headers.authorization ?? '').slice('Bearer '.length)
  const { jti } = parseJsonObject(fromUtf8(readJws(token).payload))
  const claims = {
    ...{ iss: 'exchange.test', iat: at.getTime() / 1000, dept: 'meilanMarket', mmd: 60 as const },
    ...{
      rid: String(request.headers['idempotency-key']),
      attempt: Number(request.headers['attempt']),
    },
    ...{ jti: jti as string, leaf: answerHash(null), origin: 'exchange.test/log/2026' },
    ...{ ah: answerHash(data), ...lie.claims },
  }
  const key = lie.key ? stranger.privateKey : receipts.privateKey
  const extensions = { receipt: signReceipt(claims, key, 'r1') }
  response.end(lie.body ?? JSON.stringify({ data, extensions }))
})

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => server.close(resolve)))

async function ask(said: typeof lie): Promise<string> {
  lie = said
  const client = createClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    identity: {
      department: 'meilanMarket',
      kid: 'k1',
      key: department.privateKey,
      certificates: [],
    },
    officer: 'officer-7',
    trust: {
      ...{
        exchange: 'exchange.test',
        anchors: [],
        crls: [],
        issuers: [],
        logKeys: [{ key: log.publicKey, from: at }],
      },
      ...{
        logOriginPrefix: 'exchange.test/log/',
        receiptKeys: new Map([['r1', receipts.publicKey]]),
      },
    },
    clock: () => at,
  })
  const asked = { requestId: 'request-1', attempt: 2 }
  return client.query('{ grants { code } }', {}, asked).then(
    (answer) => `attempt ${answer.claims.attempt}`,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : 'no error'),
  )
}

test('an answer with its receipt', async () => {
  expect(await ask({})).toBe('attempt 2')
})

test.for<readonly [string, typeof lie, string]>([
  ['another exchange', { claims: { iss: 'elsewhere' } }, 'other-answer'],
  ['another department', { claims: { dept: 'haikouPolice' } }, 'other-answer'],
  ['another request', { claims: { rid: 'request-2' } }, 'other-answer'],
  ['an earlier attempt, so that this one is in no log', { claims: { attempt: 1 } }, 'other-answer'],
  ['another token', { claims: { jti: 'AAAAAAAAAAAAAAAAAAAAAA' } }, 'other-answer'],
  ['other data', { claims: { ah: answerHash({ grants: [1] }) } }, 'other-answer'],
  ['another key', { key: 'other' }, 'signature-invalid'],
])('a receipt for %s is refused', async ([, said, rule]) => {
  expect(await ask(said)).toContain(`invalid-receipt: `)
  expect(await ask(said)).toContain(rule)
})

test.for<readonly [string, string, string]>([
  ['no receipt', '{"data":{"grants":[]}}', 'request-refused'],
  ['no JSON', '<html>', 'invalid-json'],
  ['two kinds of data', '{"data":1,"data":2}', 'invalid-json'],
  ['a refusal', '{"code":"not-authenticated"}', 'not-authenticated'],
  ['a refusal in GraphQL', '{"errors":[{"extensions":{"code":"not-granted"}}]}', 'not-granted'],
  ['more than may be', `{"a":"${'x'.repeat(17_000_000)}"}`, 'rule length'],
])('%s instead of an answer is refused', async ([, body, code]) => {
  expect(await ask({ body })).toContain(code)
})
