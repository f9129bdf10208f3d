/**
 * The forgeries that are shown to whoever verifies: numbered, each with the verdict and the check
 * that sees it. Of those that are PDF, codes or pictures the bytes are handed in here where a licence is
 * expected; as faces and codes they are judged in `vault/face.test.ts`.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isLong } from '../../test/faults/settings.ts'
import { findingsOf } from '../../test/findings.ts'
import {
  before,
  claimsOf,
  createForge,
  items,
  licenceIdOf,
  malformed,
  minuteMs,
  pathBroken,
  seconds,
  type,
  types,
  uri,
} from '../../test/forging.ts'
import type { Presented } from '../../test/forging.ts'
import {
  createIssuing,
  exchange,
  holder,
  issuingAt as at,
  market,
  police,
  signerOf,
} from '../../test/issuing.ts'
import { toBase64url } from '../base64url.ts'
import { verifyLicences } from '../batch.ts'
import { openCheckpoint, signCheckpoint } from '../checkpoint.ts'
import { createEvidence } from '../evidence.ts'
import { leafHash, rootOf, verifyConsistency } from '../merkle.ts'
import { cosign } from '../note.ts'
import { utf8 } from '../primitives.ts'
import { answerHash, judgeUnredeemed, signReceipt, verifyReceipt } from '../receipt.ts'
import { discloseOnly, makeDisclosure, splitSdJwt } from '../sd-jwt.ts'
import { statusListTtl } from '../status/signer.ts'
import { departmentUrn } from './document.ts'

const dayMs = 86_400_000
const copies = isLong ? 1_000 : 100
const issuing = await createIssuing(types)
const { document, freshList, sealed, edited, logged, listOf, verify } = createForge(issuing)
const { trust, logKey } = issuing

const platform = { zh: '证通 测试', organisation: '证通' }
const testRoot = await holder({ profile: 'root', owner: platform })
const testSeal = signerOf(await holder({ profile: 'seal', owner: market, issuer: testRoot }))
const { licensing, marketAuthority } = issuing
const sealOf = async (owner: typeof market, issuer = licensing) =>
  signerOf(await holder({ profile: 'seal', owner, issuer }))
const abused = {
  sameName: await sealOf({ ...police, zh: market.zh }),
  /** A Cyrillic М and В in the code of the organisation. */
  confusable: await sealOf({ ...market, organisation: market.organisation.replace('MB', 'МВ') }),
  sm2: await sealOf({ ...market, curve: 'SM2' }, marketAuthority),
}

interface Case {
  readonly number: number
  readonly name: string
  /** Where the thing itself is handed in. */
  readonly onlyBytes?:
    'as a face: vault/face.test.ts' | 'as a code: vault/face.test.ts' | 'pictures are not read'
  readonly present: () => Presented
  readonly expected: string
}

const bytes = (content: string | Buffer): Presented => ({
  document: typeof content === 'string' ? content : content.toString('latin1'),
  asked: { evidence: logged(document) },
})
const pdf = (content: string): Presented =>
  bytes(`%PDF-1.7\n1 0 obj\n<< ${content} >>\nstream\n${document}\nendstream\nendobj\n%%EOF\n`)
/** What a symbol of version 40 with the lowest correction can hold. */
const qrBytesMax = 2_953
const listAt = (time: Date, status: 'valid' | 'invalid' = 'valid') => listOf({ at: time, status })
const noTimeSeen = { issuedAt: new Date(NaN), expiresAt: new Date(NaN) }
const seenAt = (time: Date) => ({
  ...{ uri, issuedAt: time, expiresAt: new Date(time.getTime() + statusListTtl * 1000) },
})
const askedAt = (time: Date): NonNullable<Presented['asked']> => ({
  at: time,
  status: listAt(time),
})
/** 2026-06-02 00:00 in Haikou. */
const midnight = new Date('2026-06-01T16:00:00Z')

/** What follows its last tilde could only be a token of the holder. */
const bytesAround = malformed('key-binding-not-expected')
const noTilde = malformed('separator-missing')

const cases: readonly Case[] = [
  {
    ...{ number: 1, name: 'a PDF with other pixels around the whole licence' },
    ...{
      onlyBytes: 'as a face: vault/face.test.ts',
      present: () => pdf('/Type /Catalog'),
      expected: bytesAround,
    },
  },
  {
    ...{ number: 2, name: 'a licence of A in the envelope of B' },
    present: () => ({ asked: { evidence: createEvidence(sealed()) } }),
    expected: 'invalid; proven-time evidence-of-other-document',
  },
  {
    ...{ number: 3, name: 'no signature, the dot kept' },
    present: () => bytes(document.replace(/\.[\w-]+~/, '.~')),
    expected: malformed('token-malformed'),
  },
  {
    ...{ number: 3, name: 'no signature, the dot gone too' },
    present: () => bytes(document.replace(/\.[\w-]+~/, '~')),
    expected: malformed('token-malformed'),
  },
  {
    ...{ number: 4, name: 'a PDF saved again' },
    ...{
      onlyBytes: 'as a face: vault/face.test.ts',
      present: () => pdf('/Producer (a)'),
      expected: bytesAround,
    },
  },
  {
    ...{ number: 5, name: 'two licences one after the other' },
    present: () => bytes(document + sealed()),
    expected: malformed('invalid-encoding'),
  },
  {
    ...{ number: 5, name: 'two signatures, the first one true' },
    present: () => {
      const [payload, header, signature] = partsOf(document)
      const signatures = [
        { protected: header, signature },
        { protected: header, signature: 'AA' },
      ]
      return bytes(JSON.stringify({ payload, signatures }))
    },
    expected: malformed('form'),
  },
  {
    ...{ number: 6, name: 'an address of a host that looks like ours' },
    ...{
      onlyBytes: 'as a code: vault/face.test.ts',
      present: () => bytes('https://exchange.tеst/v/1'),
    },
    expected: noTilde,
  },
  {
    ...{ number: 7, name: 'another licence than the one shown, with its proof' },
    ...{ onlyBytes: 'as a code: vault/face.test.ts' },
    present: () => ({ document: sealed(), asked: { evidence: logged(document) } }),
    expected: 'invalid; proven-time proof-of-other-document',
  },
  {
    ...{ number: 8, name: 'as much of the licence as one symbol holds' },
    ...{
      onlyBytes: 'as a code: vault/face.test.ts',
      present: () => bytes(document.slice(0, qrBytesMax)),
    },
    expected: noTilde,
  },
  {
    ...{ number: 9, name: 'a true licence that has ended' },
    present: () => ({ document: sealed({ claims: { exp: seconds(at) } }) }),
    expected: 'invalid; period expired',
  },
  {
    ...{ number: 10, name: 'a suspended licence' },
    present: () => ({ asked: { status: listOf({ status: 'suspended' }) } }),
    expected: 'invalid; status suspended',
  },
  {
    ...{ number: 11, name: 'a version that a later one took the place of, which its issuer ended' },
    present: () => ({ asked: { status: listOf({ status: 'invalid' }) } }),
    expected: 'invalid; status revoked',
  },
  {
    ...{ number: 12, name: 'a revoked licence with a list from before the revocation' },
    present: () => ({
      asked: { status: { token: listAt(before(minuteMs)), lastSeen: seenAt(at) } },
    }),
    expected: 'unknown; status status-list-rolled-back',
  },
  {
    ...{ number: 12, name: 'a revoked licence with a list of its own second that ends sooner' },
    present: () => {
      const lastSeen = { ...seenAt(at), expiresAt: new Date(at.getTime() + 901_000) }
      return { asked: { status: { token: freshList, lastSeen } } }
    },
    expected: 'unknown; status status-list-rolled-back',
  },
  {
    ...{ number: 12, name: 'a revoked licence, the list last seen being of another address' },
    present: () => ({
      asked: { status: { token: freshList, lastSeen: { ...seenAt(at), uri: `${uri}1` } } },
    }),
    expected: 'unknown; status status-list-of-other-address',
  },
  {
    ...{ number: 12, name: 'a revoked licence, the list last seen being of no time' },
    present: () => ({
      asked: { status: { token: freshList, lastSeen: { uri, ...noTimeSeen } } },
    }),
    expected: 'unknown; status status-list-rolled-back',
  },
  {
    ...{ number: 13, name: 'an issuer that had lost its authority before' },
    present: () => ({ document: sealed({ claims: claimsOf(type.lostBefore) }) }),
    expected: 'invalid; issuer-authorised type-not-granted',
  },
  {
    ...{ number: 13, name: 'an issuer that lost its authority after, of a licence logged later' },
    present: () => {
      const made = sealed({ claims: claimsOf(type.lostAfter) })
      return { document: made, asked: { evidence: logged(made, { at: before(29 * minuteMs) }) } }
    },
    expected: 'invalid; issuer-authorised type-not-granted',
  },
  {
    ...{ number: 14, name: 'a licence of tomorrow' },
    present: () => ({ document: sealed({ claims: { nbf: seconds(at) + 86_400 } }) }),
    expected: 'invalid; period not-yet-valid',
  },
  {
    ...{ number: 14, name: 'a licence sealed and logged tomorrow' },
    present: () => {
      const made = sealed({ at: before(-dayMs) })
      return { document: made, asked: { evidence: logged(made, { at: before(-dayMs) }) } }
    },
    expected: 'unknown; proven-time recorded-later',
  },
  {
    ...{ number: 15, name: 'a copy that does not show when it ends' },
    present: () => {
      const hiding = sealed({ claims: { exp: undefined }, items: { ...items, exp: seconds(at) } })
      return { document: discloseOnly(hiding, new Set(['exp'])) }
    },
    expected: malformed('hidden-claim'),
  },
  {
    ...{ number: 15, name: 'a copy that shows an item nobody signed' },
    present: () => {
      const more = makeDisclosure('scope', ['酒'], randomBytes(16))
      return bytes(`${discloseOnly(document, new Set(['name']))}${more.encoded}~`)
    },
    expected: malformed('disclosure-not-signed'),
  },
  {
    ...{ number: 16, name: 'a stale status list' },
    present: () => ({ asked: { status: listAt(before(statusListTtl * 1000)) } }),
    expected: 'unknown; status status-list-expired',
  },
  {
    ...{ number: 17, name: 'offline, by a clock a day ahead' },
    present: () => ({ asked: { at: before(-dayMs) } }),
    expected: 'unknown; status status-list-expired',
  },
  {
    ...{ number: 17, name: 'offline, by a clock a day behind' },
    present: () => ({ asked: { at: before(dayMs) } }),
    expected: 'unknown; proven-time recorded-later; status status-list-from-future',
  },
  {
    ...{ number: 18, name: 'a type that is not of this issuer' },
    present: () => ({ document: sealed({ claims: claimsOf(type.identity) }) }),
    expected: 'invalid; issuer-authorised type-not-granted',
  },
  {
    ...{ number: 18, name: 'a type of the issuer, and the identifier of another' },
    present: () => ({
      document: sealed({ claims: { licenceId: licenceIdOf(type.lostAfter) } }),
    }),
    expected: 'invalid; identifier other-type',
  },
  {
    ...{ number: 19, name: 'a licence of the test exchange' },
    present: () => ({ document: sealed({ signer: testSeal }) }),
    expected: pathBroken('untrusted-root'),
  },
  {
    ...{ number: 20, name: 'a picture of 30,000 by 30,000 pixels' },
    ...{ onlyBytes: 'pictures are not read', present: () => bytes(png(30_000)), expected: noTilde },
  },
  {
    ...{ number: 21, name: 'an SVG with a script around the licence' },
    ...{ onlyBytes: 'pictures are not read' },
    present: () => bytes(`<svg><script>alert(1)</script><text>${document}</text></svg>`),
    expected: bytesAround,
  },
  {
    ...{ number: 22, name: 'a HEIC' },
    ...{
      onlyBytes: 'pictures are not read',
      present: () => bytes('\0\0\0\x18ftypheic\0\0\0\0mif1'),
    },
    expected: noTilde,
  },
  {
    ...{ number: 23, name: 'a PDF of 100 pages' },
    ...{ onlyBytes: 'as a face: vault/face.test.ts', present: () => pdf('x'.repeat(100 * 4_096)) },
    expected: malformed('length'),
  },
  {
    ...{ number: 24, name: 'a PDF with JavaScript' },
    ...{
      onlyBytes: 'as a face: vault/face.test.ts',
      present: () => pdf('/S /JavaScript /JS (app.alert(1))'),
    },
    expected: bytesAround,
  },
  {
    ...{ number: 25, name: 'a PDF with a password' },
    ...{
      onlyBytes: 'as a face: vault/face.test.ts',
      present: () => pdf('/Encrypt << /Filter /Standard >>'),
    },
    expected: bytesAround,
  },
  { number: 26, name: 'nothing', present: () => bytes(''), expected: noTilde },
  {
    ...{ number: 27, name: '4 MiB of noise', present: () => bytes(randomBytes(4_194_304)) },
    expected: malformed('length'),
  },
  {
    ...{ number: 29, name: 'the proof of another leaf of the same tree' },
    present: () => ({ asked: { evidence: { ...logged(document), index: 4 } } }),
    expected: 'invalid; proven-time not-in-log',
  },
  {
    ...{ number: 29, name: 'the proof of another licence' },
    present: () => ({ asked: { evidence: logged(sealed()) } }),
    expected: 'invalid; proven-time proof-of-other-document',
  },
  {
    ...{ number: 30, name: 'a head signed by the key before, after its end' },
    present: () => {
      const old = generateKeyPairSync('ed25519')
      const [now] = trust.logKeys
      const ended = { key: old.publicKey, from: before(9 * dayMs), until: before(dayMs) }
      const logKeys = [ended, ...(now ? [{ ...now, from: before(2 * dayMs) }] : [])]
      const evidence = logged(document, { key: old.privateKey })
      return { asked: { trust: { ...trust, logKeys }, evidence } }
    },
    expected: 'invalid; proven-time invalid-checkpoint',
  },
  {
    ...{ number: 31, name: 'the head of another log of the same key' },
    present: () => ({ asked: { evidence: logged(document, { origin: 'other.test/log/2026' }) } }),
    expected: 'invalid; proven-time other-log',
  },
  {
    ...{ number: 32, name: 'a place at the end of the tree' },
    present: () => ({ asked: { evidence: { ...logged(document), index: 7 } } }),
    expected: 'invalid; proven-time not-in-log',
  },
  {
    ...{ number: 32, name: 'a place that wraps round to the right one' },
    present: () => ({ asked: { evidence: { ...logged(document), index: 2 ** 32 + 3 } } }),
    expected: 'invalid; proven-time not-in-log',
  },
  {
    ...{ number: 36, name: 'digests of SM3 under a signature with SHA-256' },
    present: () => ({ document: sealed({ claims: { _sd_alg: 'sm3' } }) }),
    expected: malformed('digest-algorithm'),
  },
  {
    ...{ number: 36, name: 'the algorithm of SM2 over the key of another curve' },
    present: () => ({ document: sealed({ header: { alg: 'SGD_SM3_SM2' } }) }),
    expected: 'invalid; seal algorithm-mismatch',
  },
  {
    ...{ number: 36, name: 'the algorithm of P-256 over a key of SM2' },
    present: () => ({ document: sealed({ signer: abused.sm2, header: { alg: 'ES256' } }) }),
    expected: 'invalid; seal algorithm-mismatch',
  },
  {
    ...{ number: 37, name: 'an issuer spelt with a letter that looks alike' },
    present: () => ({ document: sealed({ claims: { iss: departmentUrn('haikouMаrket') } }) }),
    expected: 'invalid; issuer-authorised issuer-unknown; identifier other-issuer',
  },
  {
    ...{ number: 37, name: 'a seal of an organisation spelt with letters that look alike' },
    present: () => ({ document: sealed({ signer: abused.confusable }) }),
    expected: 'invalid; issuer-authorised seal-of-other-department',
  },
  {
    ...{ number: 38, name: 'a department that is called the same' },
    present: () => ({ document: sealed({ signer: abused.sameName }) }),
    expected: 'invalid; issuer-authorised seal-of-other-department',
  },
  {
    ...{ number: 39, name: 'another licence of the same number' },
    present: () => ({
      document: sealed({ items: { ...items, capital: 5e9 } }),
      asked: { evidence: logged(document) },
    }),
    expected: 'invalid; proven-time proof-of-other-document',
  },
  ...['2030/03/01', '01.03.2030', '3/1/30', '２０３０-03-01', '1893456000'].map((exp) => ({
    ...{ number: 40, name: `an end that reads ${exp}` },
    present: () => ({ document: sealed({ claims: { exp } }) }),
    expected: malformed('exp'),
  })),
  ...['2026/06/01 11:00', '1 juin 2026', '２０２６-06-01T11:00:00.000Z'].map((recordedAt) => ({
    ...{ number: 40, name: `an entry recorded at ${recordedAt}` },
    present: () => ({ asked: { evidence: logged(document, { entry: { recordedAt } }) } }),
    expected: 'invalid; proven-time entry-malformed',
  })),
  {
    ...{ number: 41, name: 'the first moment of the day after, in Haikou' },
    present: () => ({
      document: sealed({ claims: { exp: seconds(midnight) } }),
      asked: askedAt(midnight),
    }),
    expected: 'invalid; period expired',
  },
  {
    ...{ number: 41, name: 'the last millisecond of the day before, in Haikou' },
    present: () => ({
      document: sealed({ claims: { nbf: seconds(midnight) } }),
      asked: askedAt(new Date(midnight.getTime() - 1)),
    }),
    expected: 'invalid; period not-yet-valid',
  },
]

function partsOf(licence: string): [payload: string, header: string, signature: string] {
  const [header = '', payload = '', signature = ''] = splitSdJwt(licence).jwt.split('.')
  return [payload, header, signature]
}

/** The beginning of a PNG that claims to be a square of that many pixels. */
function png(side: number): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  const before = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  return Buffer.concat([before, header, Buffer.from('0802000000', 'hex')])
}

describe('not valid is', () => {
  test.for(
    cases.map((one) => {
      const only = one.onlyBytes ? ` (its bytes; ${one.onlyBytes})` : ''
      return [`${one.number} ${one.name}${only}`, one] as const
    }),
  )('%s', ([, { present, expected }]) => {
    expect(findingsOf(verify(present()))).toBe(expected)
  })

  test(`28 the same document ${copies} times at once`, async () => {
    const forged = edited({ claims: { exp: seconds(at) + 1e9 } })
    const task = { document: forged, at, status: freshList, evidence: logged(forged) }
    const verdicts = await verifyLicences(Array<typeof task>(copies).fill(task), {
      trust,
      threads: 2,
    })
    expect(verdicts).toHaveLength(copies)
    expect(new Set(verdicts.map(findingsOf))).toEqual(new Set(['invalid; seal signature-invalid']))
  })
})

describe('not believed is', () => {
  const leaves = Array.from({ length: 9 }, (_, i) => leafHash(utf8(`entry ${i}`)))
  const origin = `${exchange}/log/2026`

  test('33 a log that has grown without a proof that it has', () => {
    const growth = {
      oldSize: 7,
      newSize: 9,
      oldRoot: rootOf(leaves.slice(0, 7)),
      newRoot: rootOf(leaves),
    }
    expect(verifyConsistency({ ...growth, proof: [] })).toBe(false)
  })

  test('34 the promise of an entry that was never shown', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const claims = {
      ...{ iss: exchange, iat: seconds(at), rid: 'request-1', attempt: 1, dept: 'haikouMarket' },
      ...{ jti: toBase64url(randomBytes(16)), leaf: toBase64url(randomBytes(32)), origin },
      ...{ mmd: 60 as const, ah: answerHash({}) },
    }
    const receipt = signReceipt(claims, privateKey, 'receipts-1')
    expect(verifyReceipt(receipt, new Map([['receipts-1', publicKey]]))).toEqual({
      ok: true,
      claims,
    })
    const until = [59_999, 60_000].map((ms) => judgeUnredeemed(claims, before(-ms)))
    expect(until).toEqual(['pending', 'promise-broken'])
  })

  test('35 a head that fewer witnesses saw than were asked for', () => {
    const head = { origin, size: leaves.length, root: rootOf(leaves) }
    const note = signCheckpoint(head, logKey)
    const witnesses = ['a', 'b'].map((name) => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const witness = { name: `witness.test/${name}`, type: 'cosignature' } as const
      const text = note.slice(0, note.indexOf('\n\n') + 1)
      return {
        known: { ...witness, key: publicKey },
        line: cosign(text, { ...witness, key: privateKey }, at),
      }
    })
    const known = witnesses.map((witness) => witness.known)
    const keys = trust.logKeys.map(({ key }) => key)
    const open = (lines: string) =>
      openCheckpoint(note + lines, { origin, keys }, { witnesses: known, quorum: 2, at })
    const [one = '', other = ''] = witnesses.map(({ line }) => line)
    expect(() => open('')).toThrow('witnesses')
    expect(() => open(one)).toThrow('witnesses')
    expect(() => open(one + one)).toThrow('witnesses')
    expect(open(one + other).size).toBe(leaves.length)
  })
})

test('every forgery of the list is there', () => {
  const numbers = new Set([...cases.map(({ number }) => number), 28, 33, 34, 35])
  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, i) => i + 1))
})
