/**
 * Every limit that somebody outside can reach, in one numbered table: what is asked for one less, just
 * as much and one more. The same limits stand in `docs/limits.md`, with those that only we can reach.
 */
import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSchema, parse } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { writePkcs12 } from '../../certs-dev/pkcs12.ts'
import { sql } from '../../db/postgres.ts'
import type { Company } from '../../demo/sample.ts'
import { createRecorder } from '../../exchange/audit/record.ts'
import { answerLimits, checkLimits, queryLimits } from '../../exchange/graphql/limits.ts'
import { createGraphQL } from '../../exchange/graphql/yoga.ts'
import type { GraphQLEndpoint } from '../../exchange/graphql/yoga.ts'
import { createApp } from '../../exchange/http/app.ts'
import { httpLimits, turnLimits } from '../../exchange/http/parts.ts'
import { rateLimits } from '../../exchange/http/rate.ts'
import { sourceDeadlineMs, withinDeadline } from '../../exchange/sources/source.ts'
import { searchLimits } from '../../log/index.ts'
import { isSoundKey, rsaLimits } from '../../sdk/algorithm.ts'
import { readChain } from '../../sdk/certificate/chain.ts'
import { pathLimits, validatePath } from '../../sdk/certificate/path.ts'
import { certificateLimits, parseCertificate } from '../../sdk/certificate/read.ts'
import { derLimits, readDer } from '../../sdk/der.ts'
import { evidenceLevel } from '../../sdk/evidence.ts'
import { cmsLimits, readSignedData } from '../../sdk/evidence/cms.ts'
import { evidenceLimits } from '../../sdk/evidence/form.ts'
import { jsonLimits } from '../../sdk/json.ts'
import { jwsLimits, readJws, verifyJws } from '../../sdk/jws.ts'
import { headerLimits } from '../../sdk/jws/header.ts'
import { presentedLimits, readPresented } from '../../sdk/licence/presented.ts'
import { noteLimits, openNote, readVerifierKey } from '../../sdk/note.ts'
import { openPkcs12, pkcs12Limits } from '../../sdk/pkcs12.ts'
import { crlLimits, parseCrl } from '../../sdk/revocation/crl.ts'
import { ocspLimits, parseOcspResponse } from '../../sdk/revocation/ocsp.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { splitSdJwt, sdJwtLimits } from '../../sdk/sd-jwt.ts'
import { remindLimits } from '../../vault/remind.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { Forged, TestWorld } from '../world.ts'

let world: TestWorld
let company: Company
let purpose: Purpose

beforeAll(async () => {
  world = await createTestWorld()
  company = await world.newCompany()
  purpose = await world.openCase(company)
})

afterAll(() => world.close())

/** What became of it: the status and the code of a reply, or the code and the rule of a Problem. */
async function sent(forged: Forged): Promise<string> {
  const reply = await world.send(forged)
  return [reply.status, ...codesIn(reply)].join(' ')
}

function outcome(work: () => unknown): Promise<string> {
  try {
    work()
    return Promise.resolve('accepted')
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const { rule, what, reason } = thrown.detail
    return Promise.resolve([thrown.code, rule ?? what ?? reason ?? ''].join(' ').trim())
  }
}

const times = (n: number, make: (i: number) => string, between = ' '): string =>
  Array.from({ length: n }, (_, i) => make(i)).join(between)
const nothing = '{"query":"{ __typename }"}'
const asked = (query: string): Promise<string> => sent({ body: JSON.stringify({ query }), purpose })
const withVariable = (json: string): Promise<string> =>
  sent({ body: `{"query":"{ __typename }","variables":{"x":${json}}}` })
const anonymous = { method: 'GET', token: undefined }
const raw = { path: '/verify', token: undefined, headers: { 'content-type': 'application/jwt' } }

/** Deeper than our own schema, where nothing can be nested as deep as the limit. */
const deep = buildSchema('type Query { self: Query name: String }')
const der = (tag: number, content: Uint8Array): Uint8Array => {
  const { length } = content
  const bytes = [16, 8, 0].map((shift) => (length >> shift) & 255)
  const minimal = bytes.slice(bytes.findIndex((byte) => byte > 0))
  const prefix = length < 0x80 ? [length] : [0x80 + minimal.length, ...minimal]
  return Uint8Array.from([tag, ...prefix, ...content])
}
const nestedDer = (depth: number): Uint8Array =>
  Array.from({ length: depth - 1 }).reduce<Uint8Array>(
    (inner) => der(0x30, inner),
    der(0x05, new Uint8Array()),
  )
/** Of more than 256 bytes. */
const derOfLength = (length: number): Uint8Array => {
  const overhead = length - 4 < 0x10000 ? 4 : 5
  return der(0x04, new Uint8Array(length - overhead))
}

interface Limit {
  readonly what: string
  readonly limit: number
  readonly probe: (n: number) => Promise<string>
  /** As the words of the outcome begin. */
  readonly within: string
  readonly beyond: string
}

const limits: readonly Limit[] = [
  {
    ...{ what: '1 characters of an address', limit: httpLimits.urlLength },
    probe: (n) => sent({ ...anonymous, path: '/livez?'.padEnd(n, 'x') }),
    ...{ within: '200', beyond: '414 url-too-long' },
  },
  {
    ...{ what: '2 bytes of a body', limit: httpLimits.body },
    probe: (n) => sent({ body: nothing.padEnd(n) }),
    ...{ within: '200', beyond: '413 body-too-large' },
  },
  {
    ...{ what: '3 bytes of a document to be verified', limit: httpLimits.verifyBody },
    probe: (n) => sent({ ...raw, body: 'a'.repeat(n) }),
    ...{ within: '200', beyond: '413 body-too-large' },
  },
  {
    ...{ what: '4 levels of JSON', limit: jsonLimits.depth },
    probe: (n) => withVariable(`${'['.repeat(n - 2)}${']'.repeat(n - 2)}`),
    ...{ within: '200', beyond: '400 invalid-json' },
  },
  {
    ...{ what: '5 members of an object', limit: jsonLimits.membersPerObject },
    probe: (n) => withVariable(`{${times(n, (i) => `"m${i}":1`, ',')}}`),
    ...{ within: '200', beyond: '400 invalid-json' },
  },
  {
    ...{ what: '6 characters of a string', limit: jsonLimits.stringLength },
    probe: (n) => withVariable(`"${'x'.repeat(n)}"`),
    ...{ within: '200', beyond: '400 invalid-json' },
  },
  {
    ...{ what: '7 tokens', limit: queryLimits.tokens },
    probe: (n) =>
      asked(
        `{ licences(holder: {codeType: "001", code: "x"}, types: [${'"a" '.repeat(n - 22)}]) { type } }`,
      ),
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    ...{ what: '8 depth', limit: queryLimits.depth },
    probe: (n) =>
      outcome(() => {
        checkLimits(parse(`${'{ self '.repeat(n - 1)}{ name }${' }'.repeat(n - 1)}`), deep)
      }),
    ...{ within: 'accepted', beyond: 'query-too-complex depth' },
  },
  {
    ...{ what: '9 aliases', limit: queryLimits.aliases },
    probe: (n) => asked(`{ grants { ${times(n, (i) => `a${i}: code`)} } }`),
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    ...{ what: '10 directives', limit: queryLimits.directives },
    probe: (n) => asked(`{ grants { ${'code @include(if: true) '.repeat(n)} } }`),
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    ...{ what: '11 root fields', limit: queryLimits.rootFields },
    probe: (n) => asked(`{ ${times(n, (i) => `r${i}: grants { code }`)} }`),
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    ...{ what: '12 root fields in fragments', limit: queryLimits.rootFields },
    probe: (n) => asked(`{ ...F } fragment F on Query { ${'grants { code } '.repeat(n)} }`),
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    ...{ what: '13 fragments', limit: queryLimits.fragments },
    probe: (n) => {
      const all = times(n, (i) => `fragment F${i} on Grant { code }`)
      return asked(`{ grants { ${times(n, (i) => `...F${i}`)} } } ${all}`)
    },
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    // materials: 1, in it n once, twenty times eight, and five times forty-eight in each of twenty.
    ...{ what: '14 cost', limit: queryLimits.cost },
    probe: (n) =>
      asked(`{ materials(item: "foodBusinessPermitNew", case: "none") { ${'item '.repeat(n - 4_982)}
        materials { ${'code '.repeat(8)} licences { ${'type '.repeat(48)} } } } }`),
    ...{ within: '200', beyond: '400 query-too-complex' },
  },
  {
    ...{ what: '15 bytes of a header block', limit: httpLimits.headerBytes },
    probe: headerBlock,
    ...{ within: '200', beyond: '431' },
  },
  {
    ...{ what: '16 characters of a token', limit: jwsLimits.tokenLength },
    probe: (n) => outcome(() => readJws(`${'A'.repeat(n - 4)}.A.A`.padStart(n, 'A'))),
    ...{ within: 'invalid-token token-', beyond: 'invalid-token token-too-large' },
  },
  {
    ...{ what: '17 characters of a licence document', limit: sdJwtLimits.length },
    probe: (n) => outcome(() => splitSdJwt(`a.b.c~${'x'.repeat(n - 7)}~`)),
    ...{ within: '(?!invalid-licence-document length)', beyond: 'invalid-licence-document length' },
  },
  {
    ...{ what: '18 certificates beside a licence', limit: pathLimits.certificates },
    probe: (n) => outcome(() => readChain(Array.from({ length: n }, () => 'AAAA'))),
    ...{ within: 'accepted', beyond: 'invalid-certificate x5c' },
  },
  {
    ...{ what: '19 bytes of a certificate', limit: certificateLimits.bytes },
    probe: (n) => outcome(() => parseCertificate(derOfLength(n))),
    ...{ within: 'invalid-certificate (?!size)', beyond: 'invalid-certificate size' },
  },
  {
    ...{ what: '20 certificates to build a path from', limit: pathLimits.intermediates },
    probe: (n) => chain('intermediates', n),
    ...{ within: 'certificate-malformed', beyond: 'chain-too-complex' },
  },
  {
    ...{ what: '21 revocation lists', limit: pathLimits.crls },
    probe: (n) => chain('crls', n),
    ...{ within: 'certificate-malformed', beyond: 'chain-too-complex' },
  },
  {
    ...{ what: '22 responses of OCSP', limit: pathLimits.ocsp },
    probe: (n) => chain('ocsp', n),
    ...{ within: 'certificate-malformed', beyond: 'chain-too-complex' },
  },
  {
    ...{ what: '23 bytes of a revocation list', limit: crlLimits.bytes },
    probe: (n) => outcome(() => parseCrl(derOfLength(n))),
    ...{ within: 'invalid-certificate (?!size)', beyond: 'invalid-certificate size' },
  },
  {
    ...{ what: '24 bytes of a protected header', limit: jwsLimits.headerBytes },
    probe: (n) => {
      const header = Buffer.from('{}'.padEnd(n)).toString('base64url')
      return outcome(() => readJws(`${header}.e30.AAAA`))
    },
    ...{ within: 'accepted', beyond: 'invalid-token token-too-large' },
  },
  {
    ...{ what: '25 levels of DER', limit: derLimits.depth },
    probe: (n) => outcome(() => readDer(nestedDer(n))),
    ...{ within: 'accepted', beyond: 'invalid-der depth' },
  },
  {
    ...{ what: '26 values in DER', limit: derLimits.nodes },
    probe: (n) => outcome(() => readDer(der(0x30, Buffer.from('0500'.repeat(n - 1), 'hex')))),
    ...{ within: 'accepted', beyond: 'invalid-der nodes' },
  },
  {
    ...{ what: '27 bytes of DER', limit: derLimits.bytes },
    probe: (n) => outcome(() => readDer(derOfLength(n))),
    ...{ within: 'accepted', beyond: 'invalid-der size' },
  },
  {
    ...{ what: '35 bytes of a signed note', limit: noteLimits.bytes },
    probe: (n) => outcome(() => openNote('x'.repeat(n), [])),
    ...{ within: 'invalid-note text', beyond: 'invalid-note length' },
  },
  {
    ...{ what: '36 signature lines of a note', limit: noteLimits.signatureLines },
    probe: (n) => outcome(() => openNote(`x\n\n${'\u2014 x AAAAAAA=\n'.repeat(n)}`, [])),
    ...{ within: 'invalid-note signature$', beyond: 'invalid-note signature-lines' },
  },
  {
    ...{ what: '37 characters of the name of a key', limit: noteLimits.nameLength },
    probe: (n) => outcome(() => readVerifierKey(`${'n'.repeat(n)}+00000000+AAAA`)),
    ...{ within: 'invalid-note (?!name)', beyond: 'invalid-note name' },
  },
  {
    ...{ what: '38 critical parameters of a token', limit: headerLimits.critical },
    probe: critical,
    ...{ within: 'accepted', beyond: 'header' },
  },
  {
    ...{ what: '39 bytes of a key store', limit: pkcs12Limits.bytes },
    probe: (n) => keyStore(new Uint8Array(n)),
    ...{ within: 'invalid-key-store (?!size)', beyond: 'invalid-key-store size' },
  },
  {
    ...{ what: '40 certificates of a key store', limit: pkcs12Limits.certificates },
    probe: (n) => {
      const leaf = world.world.exchange.settings.keys.status.chain[0] ?? new Uint8Array()
      const certificates = Array.from({ length: n }, () => leaf)
      return keyStore(writePkcs12({ key: edwards.privateKey, certificates }, password))
    },
    ...{ within: 'invalid-key-store certificate-of-key', beyond: 'invalid-key-store certificates' },
  },
  {
    ...{ what: '41 octets of a modulus', limit: rsaLimits.modulusBitsMax / 8 },
    probe: (n) => {
      const modulus = Buffer.alloc(n, 0xff)
      const key = { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }
      return Promise.resolve(String(isSoundKey(createPublicKey({ key, format: 'jwk' }))))
    },
    ...{ within: 'true', beyond: 'false' },
  },
  {
    ...{ what: '42 characters of an evidence envelope', limit: evidenceLimits.envelopeLength },
    probe: (n) => outcome(() => evidenceLevel('{'.padEnd(n))),
    ...{ within: 'invalid-evidence (?!size)', beyond: 'invalid-evidence size' },
  },
  {
    ...{ what: '43 bytes of a time-stamp token', limit: cmsLimits.bytes },
    probe: (n) => outcome(() => readSignedData(derOfLength(n))),
    ...{ within: 'invalid-[a-z-]+ (?!size)', beyond: 'invalid-der size' },
  },
  {
    ...{ what: '44 characters of what is presented', limit: presentedLimits.length },
    probe: (n) => outcome(() => readPresented(' '.repeat(n))),
    ...{ within: 'invalid-licence-document empty', beyond: 'invalid-licence-document length' },
  },
  {
    ...{ what: '45 bytes of a response of OCSP', limit: ocspLimits.bytes },
    probe: (n) => outcome(() => parseOcspResponse(derOfLength(n))),
    ...{ within: 'invalid-certificate (?!size)', beyond: 'invalid-certificate size' },
  },
  {
    ...{ what: '46 entries of a page of the audit', limit: searchLimits.pageMax },
    probe: async (first) => {
      const query = `{ audit(first: ${first}) { entries { kind } } }`
      const reply = await world.ask(query, {}, { department: 'haikouAffairs' })
      return [reply.status, ...codesIn(reply)].join(' ')
    },
    ...{ within: '200', beyond: '400 invalid-request' },
  },
  {
    ...{ what: '47 days before the end of a licence', limit: remindLimits.daysMax },
    probe: (days) =>
      world.world.exchange.vault.remind(days).then(
        () => 'accepted',
        (thrown: unknown) => (thrown instanceof Problem ? thrown.code : 'defect'),
      ),
    ...{ within: 'accepted', beyond: 'invalid-request' },
  },
]

const password = 'of a test'
const edwards = generateKeyPairSync('ed25519')

async function keyStore(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'limits-'))
  try {
    await writeFile(join(folder, 'store.p12'), bytes)
    await openPkcs12(join(folder, 'store.p12'), password)
    return 'accepted'
  } catch (thrown) {
    return await outcome(() => {
      throw thrown
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** So many parameters that a reader must understand, and does. */
function critical(n: number): Promise<string> {
  const names = Array.from({ length: n }, (_, i) => `n${i}`)
  const header = {
    alg: 'EdDSA',
    crit: names,
    ...Object.fromEntries(names.map((name) => [name, 1])),
  }
  const input = [JSON.stringify(header), '{}'].map((part) =>
    Buffer.from(part).toString('base64url'),
  )
  const signature = sign(null, Buffer.from(input.join('.')), edwards.privateKey)
  const token = [...input, signature.toString('base64url')].join('.')
  const verdict = verifyJws(token, edwards.publicKey, { criticalUnderstood: names })
  return Promise.resolve(verdict.ok ? 'accepted' : verdict.code)
}

test('49 a source has three seconds, and not a moment less', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    let ended = ''
    const waiting = withinDeadline(new Promise(() => undefined)).catch((thrown: unknown) => {
      ended = thrown instanceof Problem ? thrown.code : 'defect'
    })
    vi.advanceTimersByTime(sourceDeadlineMs - 1)
    await new Promise(setImmediate)
    expect(ended).toBe('')
    vi.advanceTimersByTime(1)
    await waiting
    expect(ended).toBe('source-unavailable')
  } finally {
    vi.useRealTimers()
  }
})

function chain(kind: 'intermediates' | 'crls' | 'ocsp', n: number): Promise<string> {
  const given = { [kind]: Array.from({ length: n }, () => new Uint8Array()) }
  const verdict = validatePath({
    ...{ leaf: new Uint8Array(), anchors: [], at: world.clock.now, profile: 'strict', ...given },
  })
  return Promise.resolve(verdict.ok ? 'ok' : verdict.code)
}

test.for(limits)('$what: $limit', async ({ limit, probe, within, beyond }) => {
  expect(await probe(limit - 1)).toMatch(new RegExp(`^${within}`))
  expect(await probe(limit)).toMatch(new RegExp(`^${within}`))
  expect(await probe(limit + 1)).toMatch(new RegExp(`^${beyond}`))
})

test('34 attempts: attemptMax is 1,000', async () => {
  const attempt = (n: number): Promise<string> =>
    sent({ body: nothing, headers: { attempt: `${n}` } })
  expect([await attempt(999), await attempt(1_000)]).toEqual(['200', '200'])
  expect(await attempt(1_001)).toBe('400 invalid-request')
})

/** What Node counts of it: the address, and the name and the value of each header. */
function headerBlock(n: number): Promise<string> {
  const { hostname, port } = new URL(world.world.serving.url)
  const counted = ['/livez', 'host', 'x', 'connection', 'close', 'a'].join('').length
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      const lines = ['GET /livez HTTP/1.1', 'host: x', 'connection: close']
      socket.write([...lines, `a: ${'x'.repeat(n - counted)}`, '', ''].join('\r\n'))
    })
    socket.setEncoding('latin1')
    socket.once('data', (text: string) => {
      resolve(text.split(' ')[1] ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

/** No field of the catalogue brings as much alone, so one that does stands in the place of `grants`. */
test.for<[what: keyof typeof answerLimits, grants: (n: number) => readonly object[]]>([
  ['rows', (n) => Array.from({ length: n }, () => ({ code: 'c' }))],
  ['bytes', (n) => [{ code: 'x'.repeat(n - '{"grants":[{"code":""}]}'.length) }]],
])('28 %s of an answer: 422 beyond the limit, with its entry', async ([what, make]) => {
  const { db, log, settings } = world.world.exchange
  const { catalogue, clock } = settings
  const ask = async (n: number): Promise<unknown> => {
    const before = await world.newestEntry()
    const run = () => Promise.resolve({ value: make(n), items: [] })
    const graphql = createGraphQL({
      ...{ roots: new Map([['grants', () => Promise.resolve({ run })]]), catalogue, clock },
      recorder: createRecorder({ db, log, appended: () => undefined }),
      ...{ catalogueVersion: catalogue.version, receipt: () => 'receipt' },
      asking: (caller) => {
        const known = { catalogue, at: clock(), case: undefined, item: undefined }
        return Promise.resolve({ caller, at: clock(), known, case: undefined })
      },
    })
    const body = Buffer.from('{"query":"{ grants { code } }"}')
    const app = appBefore((_request, caller) =>
      graphql({ body, accept: undefined, defect: () => undefined }, caller),
    )
    const reply = await app.inject(questionOf('market'))
    await app.close()
    const code = /"code":"(answer-too-large)"/.exec(reply.body)?.[1]
    return [
      reply.statusCode,
      code,
      (await world.entriesAfter(before)).map((one) => one.body['kind']),
    ]
  }
  const limit = answerLimits[what]
  expect(await ask(limit - 1)).toEqual([200, undefined, ['answer']])
  expect(await ask(limit)).toEqual([200, undefined, ['answer']])
  expect(await ask(limit + 1)).toEqual([422, 'answer-too-large', ['refusal']])
})

test('29 rows of an answer, as many as five pages of the audit can have', async () => {
  const { log, db } = world.world.exchange
  const at = world.clock.now.toISOString()
  await log.append(
    db,
    Array.from(
      { length: 200 },
      (_, i) => ({ kind: 'import-started', at, runId: `r${i}` }) as const,
    ),
  )
  const pages = times(
    queryLimits.rootFields,
    (i) => `a${i}: audit(first: 200) { entries { kind } }`,
  )
  const reply = await world.ask(`{ ${pages} }`, {}, { department: 'haikouAffairs' })
  expect([reply.status, codesIn(reply)]).toEqual([200, []])
  expect(reply.text.split('"kind"')).toHaveLength(answerLimits.rows + 1)
})

test.for([
  ['statement_timeout', '8s'],
  ['lock_timeout', '2s'],
  ['idle_in_transaction_session_timeout', '10s'],
])('30 %s of a request is %s', async ([setting, expected]) => {
  const { db } = world.world.exchange
  const row = await db.row<{ value: string }>(sql`select current_setting(${setting}) as value`)
  expect(row?.value).toBe(expected)
})

/** The server before an exchange that answers as it is told: what is waited for is in our hands. */
function appBefore(graphql: GraphQLEndpoint) {
  const { vault, log, logger, settings } = world.world.exchange
  const unused = () => Promise.reject(new Error('nobody asks here'))
  const acts = { change: unused, reissue: unused, accept: unused }
  const vaultDesk = { ...acts, issue: unused, reservePlaces: unused }
  const nobody = {
    ...{ show: unused, search: unused, count: unused },
    ...{ importStatus: unused, importErrors: unused, importErrorFile: unused },
  }
  return createApp({
    ...{ vault, log, logger, trust: () => settings.keys.trust, clock: settings.clock },
    ...{
      tls: undefined,
      verifyPerMinute: 1,
      readiness: unused,
      attend: unused,
      vaultDesk,
      fieldCheck: unused,
      verification: { verify: unused, verifyAll: unused, stateOf: unused },
      vaultReading: nobody,
      stockDesk: { importPortion: unused },
    },
    ...{ declared: () => undefined, answered: () => undefined },
    authenticate: ({ authorization = '' }) =>
      Promise.resolve({
        ...{ department: authorization, officer: 'o', purpose: undefined, jti: randomUUID() },
        ...{ token: 't', rid: randomUUID(), attempt: 1, asked: new Uint8Array(32) },
      }),
    graphql,
  })
}

const questionOf = (authorization: string) =>
  ({ method: 'POST', url: '/graphql', headers: { authorization }, payload: {} }) as const

test('31 an answer is waited for ten seconds, and not a moment less', async () => {
  const begun = Promise.withResolvers<undefined>()
  const app = appBefore(() => {
    begun.resolve(undefined)
    return new Promise(() => undefined) // As a source would that never answers.
  })
  await app.ready()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    let status = 0
    const reply = app.inject(questionOf('market')).then(({ statusCode, body }) => {
      status = statusCode
      return body
    })
    await begun.promise
    vi.advanceTimersByTime(httpLimits.requestMs - 1)
    await new Promise(setImmediate)
    expect(status).toBe(0)
    vi.advanceTimersByTime(1)
    expect(JSON.parse(await reply)).toMatchObject({ code: 'took-too-long', status: 504 })
  } finally {
    vi.useRealTimers()
    await app.close()
  }
})

test('32 verifications of one address: so many a minute, whatever it calls itself', async () => {
  world.clock.now = new Date(world.clock.now.getTime() + rateLimits.windowMs)
  const ask = (i: number) =>
    world.send({
      ...raw,
      body: 'x',
      headers: { ...raw.headers, 'x-forwarded-for': `192.0.2.${i}` },
    })
  const { perMinute } = rateLimits
  const first = await ask(0)
  expect(first.headers.get('ratelimit-policy')).toBe(`"verify";q=${perMinute};w=60`)
  expect(first.headers.get('ratelimit')).toBe(`"verify";r=${perMinute - 1};t=60`)
  const others = await Promise.all(Array.from({ length: perMinute - 1 }, (_, i) => ask(i)))
  expect(others.every(({ status }) => status === 200)).toBe(true)
  const refused = await ask(perMinute)
  expect([refused.status, codesIn(refused)]).toEqual([429, ['too-many-requests']])
  expect(refused.headers.get('retry-after')).toBe('60')
  expect((await world.send({ ...anonymous, path: '/livez' })).status).toBe(200)
  world.clock.now = new Date(world.clock.now.getTime() + rateLimits.windowMs)
  expect((await ask(0)).status).toBe(200)
})

test('33 a department that floods waits for itself: others are answered meanwhile', async () => {
  const { atOnce, waiting } = turnLimits
  const end = Promise.withResolvers<undefined>()
  const app = appBefore(async (_request, { department }) => {
    if (department === 'market') await end.promise
    return Response.json({ department })
  })
  const flood = Array.from({ length: atOnce + waiting + 1 }, () => app.inject(questionOf('market')))
  const refused = await Promise.race(flood)
  expect([refused.statusCode, refused.json()]).toMatchObject([429, { code: 'too-many-requests' }])
  expect(refused.headers['retry-after']).toBe('1')
  expect((await app.inject(questionOf('police'))).json()).toEqual({ department: 'police' })
  end.resolve(undefined)
  const replies = await Promise.all(flood)
  expect(replies.filter(({ statusCode }) => statusCode === 200)).toHaveLength(atOnce + waiting)
  await app.close()
})
