/**
 * The bad tokens of limits.md A3.1, by number; those about the claims are in `request-token.test.ts`.
 * Each is rightly signed by the key it is judged by, unless its signature is what is wrong with it.
 */
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { toBase64url } from '../base64url.ts'
import type { JsonObject } from '../json.ts'
import type { VerificationKeys } from './key.ts'
import { signJws, verifyJws } from '../jws.ts'
import { utf8 } from '../primitives.ts'

const typ = 'request+jwt'
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const [own, stranger, p384, k256] = [ec('P-256'), ec('P-256'), ec('P-384'), ec('secp256k1')]
const edwards = generateKeyPairSync('ed25519')
const ed448 = generateKeyPairSync('ed448')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const good = signJws({ header: { typ }, payload: '{}', key: own.privateKey })
const [head = '', body = '', signature = ''] = good.split('.')

type Sign = (input: Uint8Array) => Uint8Array
const es256: Sign = (input) =>
  sign('sha256', input, { key: own.privateKey, dsaEncoding: 'ieee-p1363' })
const pkcs1: Sign = (input) => sign('sha256', input, rsa.privateKey)
const pss: Sign = (input) =>
  sign('sha256', input, {
    ...{ key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  })

function token(header: string | JsonObject, how: Sign = es256): string {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const input = `${toBase64url(utf8(text))}.${body}`
  return `${input}.${toBase64url(how(utf8(input)))}`
}

const alg = (value: unknown): string => token(JSON.stringify({ alg: value, typ }))
const also = (more: JsonObject): string => token({ alg: 'ES256', typ, ...more })
const withSignature = (bytes: Uint8Array): string => `${head}.${body}.${toBase64url(bytes)}`
const scalar = (value: bigint): Uint8Array =>
  Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const [r, s] = [0, 32].map((at) => Buffer.from(signature, 'base64url').subarray(at, at + 32))
const rsaBound = (name: string): JsonObject => ({
  ...(rsa.publicKey.export({ format: 'jwk' }) as JsonObject),
  alg: name,
})
const rsaBy = (name: string, how: Sign): string => token({ alg: name, typ }, how)

/** The public key in one of its spellings as if it were a secret: whoever knows it could sign so. */
function hmac(secret: string | Uint8Array): string[] {
  return ['256', '384', '512'].map((bits) =>
    token({ alg: `HS${bits}`, typ }, (input) =>
      createHmac(`sha${bits}`, secret).update(input).digest(),
    ),
  )
}

function respelledLast(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return good.slice(0, -1) + alphabet.charAt(alphabet.indexOf(good.slice(-1)) + 1)
}

const flattened = { payload: body, protected: head, signature }
const withoutAlg = `${toBase64url(utf8(JSON.stringify({ typ })))}.${body}`
const chain = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'spki' }).toString('base64')

type Case = readonly [
  name: string,
  code: string,
  tokens: string | JsonObject | readonly string[],
  keys?: VerificationKeys,
]

const cases: readonly Case[] = [
  ['1 alg none', 'algorithm-mismatch', alg('none')],
  ['2 alg NoNe', 'algorithm-mismatch', alg('NoNe')],
  ['3 alg empty', 'algorithm-mismatch', alg('')],
  ['4 alg missing', 'algorithm-mismatch', alg(undefined)],
  ['5 alg a number', 'algorithm-mismatch', alg(256)],
  ['6 alg a list', 'algorithm-mismatch', alg(['ES256'])],
  [
    ...(['7 HMAC keyed with the PEM', 'algorithm-mismatch'] as const),
    hmac(own.publicKey.export({ format: 'pem', type: 'spki' })),
  ],
  [
    ...(['8 HMAC keyed with the DER', 'algorithm-mismatch'] as const),
    hmac(own.publicKey.export({ format: 'der', type: 'spki' })),
  ],
  [
    ...(['9 HMAC keyed with the JWK', 'algorithm-mismatch'] as const),
    hmac(JSON.stringify(own.publicKey.export({ format: 'jwk' }))),
  ],
  [
    ...(['10 HMAC keyed with the point', 'algorithm-mismatch'] as const),
    hmac(own.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)),
  ],
  ['11 PS256 for a key of RS256', 'algorithm-mismatch', rsaBy('PS256', pss), rsaBound('RS256')],
  ['11 RS256 for a key of PS256', 'algorithm-mismatch', rsaBy('RS256', pkcs1), rsaBound('PS256')],
  ['11 RS256 by PS256', 'signature-invalid', rsaBy('RS256', pss), rsa.publicKey],
  ['11 PS256 by RS256', 'signature-invalid', rsaBy('PS256', pkcs1), rsa.publicKey],
  [
    ...(['12 ES256 by P-384', 'algorithm-mismatch'] as const),
    token({ alg: 'ES256', typ }, (input) => sign('sha256', input, p384.privateKey)),
    p384.publicKey,
  ],
  ['13 ES256K', 'algorithm-mismatch', alg('ES256K')],
  ['13 ES256K by its key', 'key-not-usable', alg('ES256K'), k256.publicKey],
  ['14 EdDSA by P-256', 'algorithm-mismatch', alg('EdDSA')],
  [
    ...(['14 EdDSA by Ed448', 'key-not-usable'] as const),
    token({ alg: 'EdDSA', typ }, (input) => sign(null, input, ed448.privateKey)),
    ed448.publicKey,
  ],
  ['14 ES256 by Ed25519', 'algorithm-mismatch', good, edwards.publicKey],
  [
    ...(['15 alg beside the protected header', 'token-malformed'] as const),
    {
      ...{ payload: body, protected: toBase64url(utf8(JSON.stringify({ typ }))) },
      ...{ header: { alg: 'ES256' }, signature: toBase64url(es256(utf8(withoutAlg))) },
    },
  ],
  ['16 alg twice', 'token-malformed', token(`{"alg":"ES256","alg":"none","typ":"${typ}"}`)],
  ['17 kid twice', 'token-malformed', token(`{"alg":"ES256","kid":"a","kid":"b","typ":"${typ}"}`)],
  [
    ...(['18 jwk', 'header-not-allowed'] as const),
    also({ jwk: own.publicKey.export({ format: 'jwk' }) as JsonObject }),
  ],
  ['19 jku', 'header-not-allowed', also({ jku: 'https://attacker.example/keys' })],
  ['20 x5u', 'header-not-allowed', also({ x5u: 'https://attacker.example/chain' })],
  ['21 x5c of itself', 'header-not-allowed', also({ x5c: [chain(own.publicKey)] })],
  ['22 x5c of another', 'header-not-allowed', also({ x5c: [chain(stranger.publicKey)] })],
  ['23 x5c of another key', 'header-not-allowed', also({ x5c: [chain(p384.publicKey)] })],
  ['24 crit unknown', 'header-not-allowed', also({ crit: ['exp'], exp: 1 })],
  ['25 crit empty', 'header-not-allowed', also({ crit: [] })],
  ['25 crit of what is missing', 'header-not-allowed', also({ crit: ['exp'] })],
  ['25 crit of alg', 'header-not-allowed', also({ crit: ['alg'] })],
  ['26 b64 with crit', 'header-not-allowed', also({ b64: false, crit: ['b64'] })],
  ['26 b64 without crit', 'header-not-allowed', also({ b64: false })],
  ['27 kid of SQL', 'unknown-key', also({ kid: "' or 1 = 1 --" }), new Map([['k', own.publicKey]])],
  ['27 kid of a path', 'unknown-key', also({ kid: '../../dev/null' }), [own.publicKey]],
  ['27 kid of a property', 'unknown-key', also({ kid: '__proto__' }), [own.publicKey]],
  ['27 kid of 10 KiB', 'token-too-large', also({ kid: 'k'.repeat(10_240) })],
  ['27 kid with a null byte', 'header-not-allowed', also({ kid: 'k\u0000' })],
  ['28 kid of a revoked key', 'unknown-key', also({ kid: 'old' }), new Map([['k', own.publicKey]])],
  ['28 kid of a test key', 'unknown-key', also({ kid: 'test' }), { keys: [] }],
  ['29 signature empty', 'token-malformed', `${head}.${body}.`],
  ['29 signature of 64 zero bytes', 'signature-invalid', withSignature(new Uint8Array(64))],
  ...[
    ['r = 0', 0n, undefined],
    ['s = 0', undefined, 0n],
    ['r = n', n, undefined],
    ['s = n', undefined, n],
    ['r = n + 1', n + 1n, undefined],
    ['r and s = 2^256 - 1', 2n ** 256n - 1n, 2n ** 256n - 1n],
    ['r and s = 1', 1n, 1n],
  ].map(([name, changedR, changedS]): Case => {
    const parts = [changedR, changedS].map((value, i) =>
      typeof value === 'bigint' ? scalar(value) : ([r, s][i] ?? new Uint8Array()),
    )
    return [
      `29 signature with ${String(name)}`,
      'signature-invalid',
      withSignature(Buffer.concat(parts)),
    ]
  }),
  [
    ...(['30 signature in DER', 'signature-invalid'] as const),
    withSignature(sign('sha256', utf8(`${head}.${body}`), own.privateKey)),
  ],
  ['31 newline behind', 'token-malformed', `${good}\n`],
  [
    '32 space inside',
    'token-malformed',
    [`${head}. ${body}.${signature}`, `${head} .${body}.${signature}`],
  ],
  ['33 padding', 'token-malformed', [`${good}=`, `${head}=.${body}.${signature}`]],
  ['34 unused bits', 'token-malformed', respelledLast()],
  [
    '38 a header as deep as has room',
    'token-malformed',
    token('['.repeat(3_000) + ']'.repeat(3_000)),
  ],
  ['39 five parts', 'token-malformed', `${good}.AAAA.AAAA`],
  ['39 two parts', 'token-malformed', `${head}.${body}`],
  ['39 four parts', 'token-malformed', `${good}.AAAA`],
  ['40 typ of another use', 'wrong-typ', token({ alg: 'ES256', typ: 'dc+sd-jwt' })],
  ['40 no typ', 'wrong-typ', token({ alg: 'ES256' })],
  ['41 zip', 'header-not-allowed', also({ zip: 'DEF' })],
  [
    ...(['44 two signatures, one bad', 'token-malformed'] as const),
    { payload: body, signatures: [flattened, { protected: head, signature: 'AAAA' }] },
  ],
  ['44 signatures beside one', 'token-malformed', { ...flattened, signatures: [] }],
  ['44 JSON for a compact token', 'token-malformed', JSON.stringify(flattened)],
  ['45 4 MiB', 'token-too-large', `${head}.${'A'.repeat(4_194_304)}.${signature}`],
]

test('the token they are made from is good, in both forms', () => {
  expect(verifyJws(good, own.publicKey, { typ }).ok).toBe(true)
  expect(verifyJws(flattened, own.publicKey, { typ }).ok).toBe(true)
})

test.for(cases)('A3.1 %s: %s', ([, code, tokens, keys = own.publicKey]) => {
  const given = Array.isArray(tokens) ? (tokens as readonly string[]) : [tokens as string]
  for (const one of given) expect(verifyJws(one, keys, { typ })).toEqual({ ok: false, code })
})

test('A3.1 21–23 a chain that is allowed to be there brings no key', () => {
  const header = { typ, x5c: [chain(stranger.publicKey)] }
  const forged = signJws({ header, payload: '{}', key: stranger.privateKey })
  const expected = { typ, headerAllowed: ['alg', 'typ', 'x5c'] }
  expect(verifyJws(forged, own.publicKey, expected)).toEqual({
    ...{ ok: false, code: 'signature-invalid' },
  })
})

test('A3.1 19–20 nothing that a header names is fetched', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/keys`
  const headerAllowed = ['alg', 'typ', 'jku', 'x5u']
  for (const more of [{ jku: url }, { x5u: url }]) {
    expect(verifyJws(also(more), own.publicKey, { typ, headerAllowed }).ok).toBe(false)
  }
  await new Promise((resolve) => server.close(resolve))
  expect(connections).toBe(0)
})
