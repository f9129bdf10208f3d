/** Evidence that outlives certificates, and evidence that must not be believed. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeResponse } from '../certs-dev/certforge/ocsp-writer.ts'
import { explicit, issueTimeStamp } from '../certs-dev/time-stamp.ts'
import { issueCa, issueCrl, issueDepartmentCa, issueSeal } from '../test/certificates.ts'
import { ecKeys, named } from '../certs-dev/certforge/forge.ts'
import type { Roles } from '../certs-dev/certforge/forge.ts'
import { der } from '../certs-dev/der-writer.ts'
import { extension, purposes } from '../certs-dev/extension.ts'
import type { Party } from '../test/certificates.ts'
import { timeStampAuthority } from '../test/time-stamping.ts'
import type { Authority } from '../test/time-stamping.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import { writeChain } from './certificate/chain.ts'
import { ocspSigningOid, purposeOid } from './certificate/purpose-oid.ts'
import { tags } from './der.ts'
import type { Crl } from './revocation/crl.ts'
import {
  addArchiveTimeStamp,
  addTimeStamp,
  addValidationData,
  bytesToArchive,
  bytesToTimeStamp,
  createEvidence,
  evidenceLevel,
  verifyEvidence,
} from './evidence.ts'
import { evidenceLimits } from './evidence/form.ts'
import { parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { signJws } from './jws.ts'
import { fromUtf8, sha256, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

const day = (text: string): Date => new Date(`${text}T12:00:00Z`)
const days = (date: Date, count: number): Date => new Date(date.getTime() + count * 86_400_000)
const long = { from: day('2020-01-01'), until: day('2045-01-01') }

const root = await issueCa({ name: named('root', 'platform'), ...long })
const licensing = await issueCa({ name: named('licensing', 'platform'), issuer: root, ...long }, 1)
/** Ends long after its seals, and before the last archive. */
const department = await issueDepartmentCa({
  ...{ name: named('dept'), issuer: licensing, from: long.from, until: day('2032-01-01') },
})
/** Ends with the year 2026. */
const seal = await issueSeal({ issuer: department })
const anchors = [root.certificate]

const authority = (from: string, until: string): Promise<Authority> =>
  timeStampAuthority([licensing], { from: day(from), until: day(until) })
const first = await authority('2026-01-01', '2027-06-01')
const second = await authority('2027-01-01', '2030-06-01')
const third = await authority('2030-01-01', '2033-06-01')

const sealedAt = day('2026-06-01')
const archivedAt = day('2027-03-01')
const renewedAt = day('2030-03-01')

interface Revoked {
  readonly party: { readonly serial: string }
  readonly from: Date
}

/** Lists of every CA, made that day and fresh for a month. */
function listsAt(at: Date, revoked: readonly Revoked[] = []): Promise<readonly Crl[]> {
  const entries = revoked.map(({ party, from }) => ({ serial: party.serial, from }))
  return Promise.all(
    [root, licensing, department].map((issuer) =>
      issueCrl({ issuer, from: days(at, -1), until: days(at, 30), revoked: entries }),
    ),
  )
}

function sealed(by: Party = seal, header: JsonObject = {}): string {
  const thumbprint = toBase64url(sha256(by.der))
  const [leaf, ...cas] = [by, department, licensing].map(({ der }) => der)
  return signJws({
    header: {
      ...{ typ: 'dc+sd-jwt', kid: thumbprint, iat: sealedAt.getTime() / 1000 },
      ...{ 'x5t#S256': thumbprint, x5c: leaf ? writeChain([leaf, ...cas]) : [], ...header },
    },
    payload: '{"vct":"x"}',
    key: by.keys.privateKey,
  })
}

const compact = sealed()

function stamped(envelope: string, by: Authority = first, at = sealedAt): string {
  const data = bytesToTimeStamp(envelope)
  return addTimeStamp(envelope, issueTimeStamp({ authority: by, data, at }))
}

async function withLists(
  envelope: string,
  at: Date,
  revoked?: readonly Revoked[],
): Promise<string> {
  const certificates = [seal, department, licensing].map(({ der }) => der)
  const lists = await listsAt(at, revoked)
  return addValidationData(envelope, { certificates, crls: lists.map(({ der }) => der) })
}

function archived(envelope: string, by: Authority, at: Date): string {
  const data = bytesToArchive(envelope)
  return addArchiveTimeStamp(envelope, issueTimeStamp({ authority: by, data, at }))
}

const basic = createEvidence(compact)
const timed = stamped(basic)
const complete = await withLists(timed, archivedAt)
const archive = archived(complete, second, archivedAt)
const renewed = archived(await withLists(archive, renewedAt), third, renewedAt)
const today = await listsAt(day('2026-06-02'))

async function outcome(envelope: string, at: Date, crls?: readonly Crl[]): Promise<string> {
  const trust = { anchors, crls: crls ?? (await listsAt(at)) }
  const verdict = verifyEvidence(envelope, { trust, at })
  if (!verdict.ok) return `${verdict.code} ${verdict.detail}`.trim()
  return `${verdict.level} ${verdict.provenAt?.toISOString().slice(0, 19) ?? 'at no proven time'}`
}

const proven = '2026-06-01T12:00:01'

describe('the envelope', () => {
  test('has the three strings of the token, and nothing of them changes on the way', () => {
    const [header, payload, signature] = compact.split('.')
    for (const envelope of [basic, timed, complete, archive, renewed]) {
      expect(parseJsonObject(envelope, { ...wide })).toMatchObject({
        ...{ payload, protected: header, signature },
      })
    }
    expect(createEvidence(`${compact}~WyJhIl0~`)).toBe(basic)
  })

  test('is of a level by its parts', () => {
    const levels = [basic, timed, complete, archive, renewed].map(evidenceLevel)
    expect(levels).toEqual(['B-B', 'B-T', 'B-LT', 'B-LTA', 'B-LTA'])
    expect(evidenceLevel(archived(timed, second, archivedAt))).toBe('B-T')
  })

  test('asks time for the ASCII of the signature, and for everything before the archive', () => {
    const [header = '', payload = '', signature = ''] = compact.split('.')
    expect(fromUtf8(bytesToTimeStamp(timed))).toBe(signature)
    const whole = `${payload}.${header}.${signature}.${etsiU(complete).join('')}`
    expect(fromUtf8(bytesToArchive(complete))).toBe(whole)
  })

  test('takes no token that was made for other bytes', () => {
    const token = issueTimeStamp({ authority: first, data: utf8('other'), at: sealedAt })
    expect(() => addTimeStamp(basic, token)).toThrow(Problem)
    expect(() => addArchiveTimeStamp(complete, token)).toThrow(Problem)
    expect(() => addTimeStamp(basic, Buffer.from('noise'))).toThrow(Problem)
    expect(() => addValidationData(basic, { crls: [Buffer.from('noise')] })).toThrow(Problem)
  })

  test('takes no more than its limits', () => {
    const token = etsiU(timed)
    const full = write(
      basic,
      Array.from({ length: evidenceLimits.elements }, () => token[0] ?? ''),
    )
    expect(evidenceLevel(full)).toBe('B-T')
    expect(() => stamped(full)).toThrow(Problem)
  })

  test.for<[of: string, value: (values: readonly Json[]) => Json]>([
    ['certificates', (values) => ({ xVals: values.map((x509Cert) => ({ x509Cert })) })],
    ['lists', (crlVals) => ({ rVals: { crlVals } })],
    ['responses', (ocspVals) => ({ rVals: { ocspVals } })],
  ])('takes so many %s in one element, and no more', ([, value]) => {
    const read = (n: number) => () => {
      const values = Array.from({ length: n }, () => ({ val: 'eA==' }))
      return evidenceLevel(write(timed, [...etsiU(timed), element(value(values))]))
    }
    const { values } = evidenceLimits
    expect(read(values - 1)).not.toThrow()
    expect(read(values)).not.toThrow()
    expect(read(values + 1)).toThrow(Problem)
  })
})

const wide = { depth: 8, membersPerObject: 8, stringLength: 1_000_000 }

function etsiU(envelope: string): string[] {
  const { header } = parseJsonObject(envelope, wide) as unknown as {
    header?: { etsiU: string[] }
  }
  return header?.etsiU ?? []
}

function write(envelope: string, elements: readonly Json[]): string {
  return JSON.stringify({ ...parseJsonObject(envelope, wide), header: { etsiU: elements } })
}

function element(value: Json): string {
  return toBase64url(utf8(JSON.stringify(value)))
}

describe('as time goes by', () => {
  test.for([
    ['the seal alone, while it lives', basic, '2026-06-02', 'B-B at no proven time'],
    ['the seal alone, later', basic, '2027-01-15', 'certificate-expired'],
    ['its time, while the authority lives', timed, '2027-05-01', `B-T ${proven}`],
    ['its time, later', timed, '2027-06-15', 'certificate-expired'],
    ['lists alone hold nothing up', complete, '2027-06-15', 'certificate-expired'],
    ['archived, by the next authority', archive, '2027-06-15', `B-LTA ${proven}`],
    ['as long as that one lives', archive, '2030-05-01', `B-LTA ${proven}`],
    ['and no longer', archive, '2030-06-15', 'certificate-expired'],
    ['archived again', renewed, '2030-06-15', `B-LTA ${proven}`],
    ['for years', renewed, '2033-05-01', `B-LTA ${proven}`],
  ] as const)('%s', async ([, envelope, at, expected]) => {
    expect(await outcome(envelope, day(at))).toMatch(new RegExp(`^${expected}`))
  })

  test('before it was made, there is nothing yet', async () => {
    expect(await outcome(timed, day('2026-05-01'))).toBe('time-stamp-from-future')
  })

  test('lists that nobody publishes any more are in the archive', async () => {
    // Only the authority of the last time-stamp must still be on lists of today.
    const lists = (await listsAt(day('2033-05-01'))).slice(0, 2)
    expect(await outcome(renewed, day('2033-05-01'), lists)).toBe(`B-LTA ${proven}`)
    const whileItLives = (await listsAt(day('2031-05-01'))).slice(0, 2)
    expect(await outcome(renewed, day('2031-05-01'), whileItLives)).toContain('revocation-unknown')
    expect(await outcome(timed, day('2027-05-01'), lists)).toContain('revocation-unknown')
    expect(await outcome(renewed, day('2033-05-01'), [])).toContain('revocation-unknown')
  })
})

describe('a revoked seal', () => {
  const party = seal.certificate
  test.for([
    ['later', days(sealedAt, 1), `B-T ${proven}`],
    ['a second after its time-stamp', new Date(sealedAt.getTime() + 2_000), `B-T ${proven}`],
    ['when it was stamped', sealedAt, 'certificate-revoked'],
    ['before it was stamped', days(sealedAt, -1), 'certificate-revoked'],
  ] as const)('%s', async ([, from, expected]) => {
    const at = day('2026-07-01')
    expect(await outcome(timed, at, await listsAt(at, [{ party, from }]))).toContain(expected)
  })

  test('is revoked when only the archive says so', async () => {
    const revoked = [{ party, from: days(sealedAt, -1) }]
    const envelope = archived(await withLists(timed, archivedAt, revoked), second, archivedAt)
    expect(await outcome(envelope, day('2028-01-01'))).toContain('certificate-revoked')
  })

  test('cannot be stamped into the past by a department of its own', async () => {
    const own = await timeStampAuthority([department, licensing], {
      ...{ ...long, name: named('tsa') },
    })
    expect(await outcome(stamped(basic, own), day('2026-06-02'))).toContain(
      'name-outside-constraints',
    )
  })
})

describe('a revoked authority', () => {
  const party = first.certificate

  test('takes its time-stamps with it', async () => {
    const at = day('2026-07-01')
    const lists = await listsAt(at, [{ party, from: days(at, -1) }])
    expect(await outcome(timed, at, lists)).toContain('certificate-revoked')
  })

  test('takes nothing that was archived before', async () => {
    const at = day('2028-01-01')
    const later = await listsAt(at, [{ party, from: days(archivedAt, 1) }])
    expect(await outcome(archive, at, later)).toBe(`B-LTA ${proven}`)
    const sooner = await listsAt(at, [{ party, from: days(archivedAt, -1) }])
    expect(await outcome(archive, at, sooner)).toContain('certificate-revoked')
  })
})

type Case = readonly [string, () => string | Promise<string>, string]
const at = day('2026-06-02')
const stamp = etsiU(timed)[0] ?? ''
const containerOf = (encoded: string): JsonObject =>
  parseJsonObject(fromUtf8(fromBase64url(encoded)), wide)
const part = (name: 'payload' | 'protected' | 'signature', value: Json): string =>
  JSON.stringify({ ...parseJsonObject(timed, wide), [name]: value })
const tokenFor = (envelope: string, change = {}): string => {
  const token = issueTimeStamp({
    ...{ authority: first, data: bytesToTimeStamp(envelope), at: sealedAt, change },
  })
  return element({ sigTst: { tstTokens: [{ val: Buffer.from(token).toString('base64') }] } })
}

/** What a JAdES signer may say under his signature, and our seals do not. */
const signedHeaders: readonly (readonly [string, JsonObject, string?])[] = [
  ['a payload as it is', { b64: false }],
  ['a payload as it is, which is critical', { b64: false, crit: ['b64'] }],
  ['nothing critical', { crit: [] }],
  ['what is critical in a text', { crit: 'sigT' }],
  ['a name twice critical', { crit: ['iat', 'iat'] }],
  ['the unsigned header critical', { crit: ['etsiU'] }],
  ['something critical that is not there', { crit: ['sigT'] }],
  ['something critical that nobody knows', { crit: ['x'], x: 1 }],
  ['objects elsewhere', { sigD: { mId: 'http://uri.etsi.org/19182/ObjectIdByURI', pars: ['a'] } }],
  ['objects elsewhere, critical', { sigD: {}, crit: ['sigD'] }],
  ['a time in words', { sigT: '2026-06-01T12:00:00Z' }],
  ['a time in words, critical', { sigT: '2026-06-01T12:00:00Z', crit: ['sigT'] }],
  ['a policy', { sigPId: { id: 'urn:oid:1.2.3' } }],
  ['a commitment', { srCms: [{ commId: { id: 'urn:oid:1.2.3' } }] }],
  ['a place', { sigPl: { addressCountry: 'CN' } }],
  ['roles', { srAts: [] }],
  ['a time-stamp of the content', { adoTst: { tstTokens: [{ val: 'AA==' }] } }],
  ['a certificate by another hash', { 'x5t#o': { digAlg: 'S384', digVal: 'AA' } }],
  ['certificates by other hashes', { sigX5ts: [] }],
  ['a certificate by SHA-1', { x5t: 'AA' }],
  ['a certificate by address', { x5u: 'https://a.test/x.pem' }],
  ['a content type', { cty: 'json' }],
  ['an end', { exp: 4_102_444_800 }],
  ['evidence under the signature', { etsiU: [stamp] }],
  [
    'the hash of another certificate',
    { 'x5t#S256': department.certificate.fingerprint },
    'thumbprint',
  ],
  ['the hash of no certificate', { 'x5t#S256': '' }, 'thumbprint'],
  ['a hash that is a number', { 'x5t#S256': 1 }, 'thumbprint'],
  ['another kind of document', { typ: 'jose' }, 'wrong-typ'],
  ['no time', { iat: null }, 'iat'],
  ['the time in words', { iat: '1780315200' }, 'iat'],
  ['a time before all', { iat: -1 }, 'iat'],
  ['a time to come', { iat: days(at, 1).getTime() / 1000 }, 'iat'],
  ['no chain', { x5c: [] }, 'evidence-malformed'],
  ['the chain of the authority', { x5c: writeChain([department.der]) }, 'signature-invalid'],
  ['the chain upside down', { x5c: writeChain([department.der, seal.der]) }, 'signature-invalid'],
]

const bad: readonly Case[] = [
  ['no JSON', () => 'noise', 'evidence-malformed syntax'],
  ['a list', () => '[]', 'evidence-malformed object-expected'],
  ['nothing', () => '{}', 'evidence-malformed text'],
  ['a member twice', () => timed.replace('{', `{"payload":"e30",`), 'duplicate-name'],
  ['a member too many', () => timed.replace('{', '{"more":1,'), 'unknown-member'],
  ['disclosures', () => timed.replace('{', '{"disclosures":[],'), 'unknown-member'],
  ['a header beside etsiU', () => timed.replace('"etsiU"', '"kid":"x","etsiU"'), 'unknown-member'],
  ['another header', () => timed.replace('"etsiU"', '"etsi"'), 'unknown-member'],
  ['no elements', () => write(timed, []), 'evidence-malformed list'],
  ['elements that are none', () => timed.replace(/"etsiU":\[.*\]/, '"etsiU":{}'), 'list'],
  [
    '33 elements',
    () =>
      write(
        timed,
        Array.from({ length: 33 }, () => stamp),
      ),
    'list',
  ],
  ['a number among them', () => write(timed, [1]), 'unknown-element'],
  ['padding', () => write(timed, [`${stamp}=`]), 'invalid-encoding'],
  ['an element that is no JSON', () => write(timed, [toBase64url(utf8('{'))]), 'syntax'],
  ['an unknown element', () => write(timed, [element({ cSig: {} })]), 'unknown-element'],
  ['a built-in name', () => write(timed, [element({ toString: {} })]), 'unknown-element'],
  [
    'two in one',
    () => write(timed, [element({ ...containerOf(stamp), xVals: [] })]),
    'unknown-element',
  ],
  ['clear and encoded', () => write(timed, [stamp, containerOf(stamp)]), 'clear-element'],
  [
    'a clear archive',
    () => write(archive, etsiU(archive).map(containerOf)),
    'evidence-malformed clear-element',
  ],
  ['no token', () => write(timed, [element({ sigTst: { tstTokens: [] } })]), 'list'],
  [
    'two tokens',
    () => write(timed, [element({ sigTst: { tstTokens: [{ val: 'AA==' }, { val: 'AA==' }] } })]),
    'list',
  ],
  [
    'a token of another encoding',
    () => write(timed, [element({ sigTst: { tstTokens: [{ val: 'AA==', encoding: 'x' }] } })]),
    'unknown-member',
  ],
  [
    'a canonicalisation',
    () => write(timed, [element({ sigTst: { canonAlg: 'x', tstTokens: [{ val: 'AA==' }] } })]),
    'unknown-member',
  ],
  ['base64 that is not', () => write(timed, [element(token('A'))]), 'base64'],
  ['base64url in place of base64', () => write(timed, [element(token('_-_-'))]), 'base64'],
  ['a token of noise', () => write(timed, [element(token('AAAA'))]), 'time-stamp-malformed'],
  [
    'a token that is too long',
    () => write(timed, [element(token(Buffer.alloc(65_537).toString('base64')))]),
    'token-size',
  ],
  [
    'a certificate of another kind',
    () => write(timed, [element({ xVals: [{ otherCert: { val: 'AA==' } }] })]),
    'unknown-member',
  ],
  [
    'an OCSP response that is none',
    () => write(timed, [element({ rVals: { ocspVals: [{ val: 'AA==' }] } })]),
    'evidence-malformed tag',
  ],
  [
    'a list of noise',
    () => write(timed, [stamp, element({ rVals: { crlVals: [{ val: 'AAAA' }] } })]),
    'evidence-malformed',
  ],
  ...[
    ...['cSig', 'sigPSt', 'xRefs', 'rRefs', 'axRefs', 'arRefs', 'sigRTst', 'rfsTst', 'axVals'],
    ...['arVals', 'anyValData', 'tstVD', 'SIGTST', ''],
  ].map((name): Case => {
    const written = (): string => write(timed, [stamp, element({ [name]: containerOf(stamp) })])
    return [`§5.3 the element "${name}"`, written, 'unknown-element']
  }),
  ...signedHeaders.map(([name, header, expected = 'header-not-allowed']): Case => [
    `§5 ${name}`,
    () => createEvidence(sealed(seal, header)),
    expected,
  ]),
  [
    '§5 a time after the one that is proven',
    () => stamped(createEvidence(sealed(seal, { iat: sealedAt.getTime() / 1000 + 62 }))),
    'iat',
  ],
  ['another payload', () => part('payload', 'e30'), 'signature-invalid'],
  ['no payload', () => part('payload', ''), 'signature-invalid'],
  ['a token of no form', () => part('signature', ''), 'token-malformed'],
  ['another signature', () => part('signature', 'AA'), 'signature-invalid'],
  ['a payload that is an object', () => part('payload', {}), 'evidence-malformed text'],
  ['another seal', () => createEvidence(resealed()), 'signature-invalid'],
  ['an embedded key', () => createEvidence(sealed(seal, { jwk: {} })), 'header-not-allowed'],
  ['the stamp of another document', () => write(timed, [tokenFor(other)]), 'imprint-mismatch'],
  [
    'the imprint of the decoded signature',
    () => write(timed, [tokenOver(fromBase64url(compact.split('.')[2] ?? ''))]),
    'imprint-mismatch',
  ],
  [
    'a signature stamp as an archive',
    () => write(timed, [element({ arcTst: containerOf(stamp)['sigTst'] ?? null })]),
    'imprint-mismatch',
  ],
  [
    'an authority that signs nothing of the kind',
    async () => stamped(basic, await sealingAuthority()),
    'wrong-purpose',
  ],
  [
    'a critical extension of the token',
    () => write(timed, [tokenFor(basic, { info: { extensions: explicit(1, criticalOne) } })]),
    'unknown-critical-extension',
  ],
  [
    '§5.3.4 a stamp of the payload',
    () => write(timed, [tokenOver(utf8(compact.split('.')[1] ?? ''))]),
    'imprint-mismatch',
  ],
  ['§5.3.4 a stamp of the token', () => write(timed, [tokenOver(utf8(compact))]), 'imprint'],
  [
    '§5.3.4 a good stamp, and one of another document',
    () => write(timed, [stamp, tokenFor(other)]),
    'imprint-mismatch',
  ],
  [
    '§5.3.6 an archive of nothing but the token',
    () => write(timed, [stamp, archiveOver(utf8(compact))]),
    'imprint-mismatch',
  ],
  [
    '§5.3.6 an archive of the elements alone',
    () => write(timed, [stamp, archiveOver(utf8(stamp))]),
    'imprint-mismatch',
  ],
  [
    '§5.3.6 an archive with the header before the payload',
    () => write(timed, [stamp, archiveOver(utf8(`${compact}.${stamp}`))]),
    'imprint-mismatch',
  ],
  [
    '§5.3.6 an archive with commas between',
    () => {
      const [header = '', payload = '', signature = ''] = compact.split('.')
      const both = `${payload}.${header}.${signature}.${stamp},${stamp}`
      return write(timed, [stamp, stamp, archiveOver(utf8(both))])
    },
    'imprint-mismatch',
  ],
  [
    '§5.3.6 the archive of another document',
    () => write(timed, [stamp, archiveOver(bytesToArchive(stamped(other)))]),
    'imprint-mismatch',
  ],
  [
    '§5.3.6 an archive twice',
    () => {
      const again = archiveOver(bytesToArchive(timed))
      return write(timed, [stamp, again, again])
    },
    'imprint-mismatch',
  ],
  [
    '§5.3.6 an archive before what it covers',
    () => write(timed, [archiveOver(bytesToArchive(timed)), stamp]),
    'imprint-mismatch',
  ],
  ['a stamp of the future', () => stamped(basic, first, days(at, 1)), 'time-stamp-from-future'],
  ['a stamp before its authority', () => stamped(basic, second, sealedAt), 'certificate-not-yet'],
]

const other = createEvidence(sealed(seal, { iat: 1 }))
const criticalOne = Buffer.from('300a06032a03040101ff0400', 'hex')
const token = (val: string): JsonObject => ({ sigTst: { tstTokens: [{ val }] } })

function tokenOver(data: Uint8Array): string {
  const made = issueTimeStamp({ authority: first, data, at: sealedAt })
  return element(token(Buffer.from(made).toString('base64')))
}

/** An archive time-stamp over these bytes, whatever they are. */
function archiveOver(data: Uint8Array): string {
  return element({ arcTst: containerOf(tokenOver(data))['sigTst'] ?? null })
}

/** Under the certificate of the seal, by the key of somebody else. */
function resealed(): string {
  return sealed({ ...seal, keys: ecKeys() })
}

function sealingAuthority(): Promise<Authority> {
  return Promise.resolve({
    ...{ key: seal.keys.privateKey, certificate: seal.certificate },
    chain: [seal, department, licensing].map(({ certificate }) => certificate),
  })
}

test.for(bad.map((one, i) => [i + 1, ...one] as const))(
  'refused: %i %s',
  async ([, , make, expected]) => {
    expect(await outcome(await make(), at, today)).toContain(expected)
  },
)

describe('harmless in an envelope', () => {
  const again = (value: Json) => (): string => write(timed, [stamp, element(value)])
  const values = (parties: readonly { readonly der: Uint8Array }[]): Json => ({
    xVals: parties.map(({ der }) => ({
      x509Cert: { val: Buffer.from(der).toString('base64') },
    })),
  })
  test.for<readonly [string, () => string | Promise<string>, string]>([
    ['a stamp twice', () => write(timed, [stamp, stamp]), 'B-T'],
    ['two stamps, of which the earlier proves', () => stamped(timed, first, at), 'B-T'],
    ['certificates twice', again(values([department, department])), 'B-T'],
    ['certificates of strangers', again(values([...second.chain, ...third.chain])), 'B-T'],
    ['lists twice', async () => withLists(await withLists(timed, at), at), 'B-LT'],
  ])('%s', async ([, make, level]) => {
    expect(await outcome(await make(), at, today)).toMatch(new RegExp(`^${level} ${proven}`))
  })
})

describe('an archive', () => {
  const inYears = day('2028-01-01')

  test.for<readonly [string, (elements: readonly string[]) => readonly string[]]>([
    ['an element removed', (all) => all.filter((_, i) => i !== 1)],
    ['the stamp removed', (all) => all.slice(1)],
    ['elements swapped', ([a = '', b = '', c = '', d = '']) => [a, c, b, d]],
    ['an element put in', ([a = '', ...more]) => [a, a, ...more]],
  ])('with %s before it is broken', async ([, change]) => {
    expect(await outcome(write(archive, change(etsiU(archive))), inYears)).toBe('imprint-mismatch')
  })

  test('cannot be older than what it covers', async () => {
    const envelope = archived(complete, first, days(sealedAt, -1))
    expect(await outcome(envelope, day('2026-07-01'))).toContain('time-stamp-from-future')
  })

  test('that came too late covers nothing', async () => {
    const late = archived(await withLists(timed, day('2027-07-01')), second, day('2027-07-01'))
    expect(await outcome(late, inYears)).toContain('certificate-expired')
  })

  test('does not use lists that came after it', async () => {
    const empty = archived(timed, second, archivedAt)
    const after = await withLists(empty, archivedAt)
    expect(await outcome(after, inYears)).toContain('revocation-unknown')
  })
})

describe('whatever is damaged', () => {
  const trust = { anchors, crls: today }

  test('no byte of an envelope can be changed, or it makes no difference', () => {
    const honest = JSON.stringify(essence(timed))
    const bytes = Buffer.from(timed)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 127 }), (place, mask) => {
        const damaged = Buffer.from(bytes)
        damaged[place] = (damaged[place] ?? 0) ^ mask
        const found = essence(damaged.toString('latin1'))
        expect(found === undefined || JSON.stringify(found) === honest).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  /** What a believer would rely on. */
  function essence(envelope: string): unknown {
    const verdict = verifyEvidence(envelope, { trust, at })
    if (!verdict.ok) return undefined
    const { payload, signature, protected: header } = parseJsonObject(envelope, wide)
    const { level, provenAt } = verdict
    return { level, provenAt, payload, signature, header }
  }

  test('noise is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (noise) => {
        expect(verifyEvidence(noise, { trust, at }).ok).toBe(false)
      }),
      { numRuns: 100 },
    )
  })
})

/** What the CAs answered that day about the certificates below them, fresh for a month. */
function responsesAt(at: Date, revokedAt?: Date): readonly Uint8Array[] {
  const from = days(at, -1)
  const below: readonly (readonly [Party, Party])[] = [
    [department, seal],
    [licensing, department],
    [root, licensing],
  ]
  return below.map(([issuer, { certificate }]) =>
    writeResponse({
      responder: { name: issuer.name, key: issuer.keys.privateKey },
      producedAt: from,
      answers: [
        {
          ...{ certificate, issuer: issuer.certificate, from, until: days(at, 30) },
          status: certificate === seal.certificate && revokedAt ? { revokedAt } : 'good',
        },
      ],
    }),
  )
}

/** The lists that the authorities of the time-stamps need, and responses about the seal. */
async function answered(at: Date, revokedAt?: Date): Promise<string> {
  const lists = (await listsAt(at)).slice(0, 2)
  return addValidationData(timed, {
    certificates: [seal, department, licensing].map(({ der }) => der),
    crls: lists.map(({ der }) => der),
    ocsp: responsesAt(at, revokedAt),
  })
}

describe('OCSP responses in the envelope', () => {
  const sealing = [purposes(purposeOid.seal)]
  const withoutDepartment = async (time: Date): Promise<readonly Crl[]> =>
    (await listsAt(time)).slice(0, 2)

  test('stand beside the lists in rVals, and alone', async () => {
    const [, , both] = etsiU(await answered(archivedAt)).map(containerOf)
    expect(Object.keys((both?.['rVals'] ?? {}) as JsonObject)).toEqual(['crlVals', 'ocspVals'])
    const responses = responsesAt(archivedAt)
    const alone = addValidationData(timed, { ocsp: responses })
    expect(evidenceLevel(alone)).toBe('B-LT')
    expect(containerOf(etsiU(alone)[1] ?? '')).toEqual({
      rVals: { ocspVals: responses.map((der) => ({ val: Buffer.from(der).toString('base64') })) },
    })
  })

  test.for<readonly [string, Date | undefined, string]>([
    ['say that the seal is good', undefined, `B-LT ${proven}`],
    ['say that it was revoked later', days(sealedAt, 1), `B-LT ${proven}`],
    ['say that it was revoked when it was stamped', sealedAt, 'certificate-revoked'],
    ['say that it was revoked before', days(sealedAt, -1), 'certificate-revoked'],
  ])('%s', async ([, revokedAt, expected]) => {
    const time = day('2026-07-01')
    const envelope = await answered(time, revokedAt)
    expect(await outcome(envelope, time, await withoutDepartment(time))).toContain(expected)
  })

  test('without them nobody knows; a list of today that names the seal says more', async () => {
    const time = day('2026-07-01')
    const lists = await withoutDepartment(time)
    expect(await outcome(timed, time, lists)).toContain('revocation-unknown')
    const named = await listsAt(time, [{ party: seal.certificate, from: days(sealedAt, -1) }])
    expect(await outcome(await answered(time), time, named)).toContain('certificate-revoked')
  })

  test('are no word of today once they are old, but for CAs that have ended', async () => {
    const envelope = archived(await answered(archivedAt), second, archivedAt)
    const living = day('2028-01-01')
    expect(await outcome(envelope, living, await withoutDepartment(living))).toContain(
      'revocation-unknown',
    )
    const again = archived(await withLists(envelope, renewedAt), third, renewedAt)
    const over = day('2033-05-01')
    expect(await outcome(again, over, await withoutDepartment(over))).toBe(`B-LTA ${proven}`)
    const revoked = await answered(archivedAt, days(sealedAt, -1))
    const forged = archived(revoked, second, archivedAt)
    expect(await outcome(forged, living)).toContain('certificate-revoked')
  })

  const noCheck = extension('1.3.6.1.5.5.7.48.1.5', { isCritical: false, value: der(tags.null) })
  test.for<readonly [string, Roles, Party, 'good' | 'revoked', string]>([
    ['a delegate', { more: [noCheck] }, department, 'good', `B-LT ${proven}`],
    ['a delegate, against it', { more: [noCheck] }, department, 'revoked', 'certificate-revoked'],
    ['one who may be revoked, and nobody knows', {}, department, 'good', 'revocation-unknown'],
    ['a delegate of another', { more: [noCheck] }, licensing, 'good', 'revocation-unknown'],
    ['one who may only seal', { purpose: sealing }, department, 'good', 'revocation-unknown'],
  ])('of %s', async ([, roles, issuer, said, expected]) => {
    const time = day('2026-07-01')
    const purpose = [purposes(ocspSigningOid)]
    const delegate = await issueSeal({ issuer, name: named('ocsp'), roles: { purpose, ...roles } })
    const from = days(time, -1)
    const { certificate } = seal
    const status = said === 'good' ? said : { revokedAt: days(sealedAt, -1) }
    const about = { certificate, issuer: department.certificate, status }
    const response = writeResponse({
      responder: { name: delegate.name, key: delegate.keys.privateKey },
      ...{ producedAt: from, answers: [{ ...about, from, until: days(time, 30) }] },
      certificates: [delegate.der],
    })
    const envelope = addValidationData(timed, { ocsp: [response] })
    expect(await outcome(envelope, time, await withoutDepartment(time))).toContain(expected)
  })

  test('of a stranger say nothing', async () => {
    const time = day('2026-07-01')
    const response = writeResponse({
      responder: { name: department.name, key: ecKeys().privateKey },
      producedAt: days(time, -1),
      answers: [
        {
          ...{ certificate: seal.certificate, issuer: department.certificate, status: 'good' },
          ...{ from: days(time, -1), until: days(time, 30) },
        },
      ],
    })
    const envelope = addValidationData(timed, { ocsp: [response] })
    expect(await outcome(envelope, time, await withoutDepartment(time))).toContain(
      'revocation-unknown',
    )
  })

  test.for<readonly [string, Json, string]>([
    ['another member', { crlVals: [{ val: 'AA==' }], otherVals: [] }, 'unknown-member'],
    ['neither lists nor responses', {}, 'list'],
    ['an empty list', { ocspVals: [] }, 'list'],
    ['no response', { ocspVals: [{ val: 'AA==' }] }, 'evidence-malformed'],
  ])('are refused with %s', async ([, rVals, expected]) => {
    expect(await outcome(write(timed, [...etsiU(timed), element({ rVals })]), at)).toContain(
      expected,
    )
  })

  test('are read before they are written', () => {
    expect(() => addValidationData(basic, { ocsp: [Buffer.from('noise')] })).toThrow(Problem)
  })
})
