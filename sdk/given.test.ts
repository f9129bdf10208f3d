import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createForge, at } from '../certs-dev/certforge/forge.ts'
import { ders, under } from '../certs-dev/certforge/case.ts'
import { parseCertificate, validatePath } from './certificate.ts'
import type { PathQuestion } from './certificate.ts'
import { purposeOid } from './certificate/purpose-oid.ts'
import { openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { verifyTimeStamp } from './evidence/time-stamp.ts'
import { verifyEvidence } from './evidence.ts'
import { signJws, verifyJws } from './jws.ts'
import { verifyLicence } from './licence.ts'
import { leafHash, nodeHash, verifyConsistency, verifyInclusion } from './merkle.ts'
import { openNote, writeVerifierKey } from './note.ts'
import { writePem } from './pem.ts'
import { utf8 } from './primitives.ts'
import { Problem } from './problem.ts'
import { redeemReceipt, verifyReceipt } from './receipt.ts'
import { verifySdJwt } from './sd-jwt/verify.ts'
import { encodeStatusList, verifyStatusList } from './status.ts'

const forge = createForge('ec-rsa')
const { leaf, intermediates } = under(forge, forge.department)
const path: PathQuestion = {
  ...{ leaf, intermediates, anchors: ders(forge.root), at, profile: 'strict' },
  purpose: purposeOid.seal,
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const spki = publicKey.export({ format: 'der', type: 'spki' })
const token = signJws({ header: { typ: 't' }, payload: 'x', key: privateKey })

const [left, right] = [leafHash(utf8('a')), leafHash(utf8('b'))]
const root = nodeHash(left, right)
const inclusion = { leafHash: left, index: 0, size: 2, proof: [right], root }
const consistency = { oldSize: 1, newSize: 2, oldRoot: left, newRoot: root, proof: [right] }

const uri = 'https://example.org/1'
const seconds = at.getTime() / 1000
const list = signJws({
  header: { typ: 'statuslist+jwt' },
  payload: JSON.stringify({
    ...{ sub: uri, iat: seconds, exp: seconds + 60 },
    status_list: { ...encodeStatusList({ bits: 1, statuses: [0, 1] }) },
  }),
  key: privateKey,
})

const origin = 'example.org/log'
const head = signCheckpoint({ origin, size: 2, root }, privateKey)
const noteKey = { name: origin, type: 'ed25519', key: publicKey } as const
const policy = { witnesses: [], quorum: 1, at }

/** A validator, and what it is asked: positions with, where it is an object, the members of each. */
type Asked = readonly [string, (...given: never[]) => unknown, readonly unknown[]]

const validators: readonly Asked[] = [
  ['validatePath', validatePath, [{ ...path, crls: [], ocsp: [], policies: {}, dnsName: 'a.org' }]],
  ['verifyJws', verifyJws, [token, publicKey, { typ: 't', headerAllowed: 'any' }]],
  ['verifyInclusion', verifyInclusion, [inclusion]],
  ['verifyConsistency', verifyConsistency, [consistency]],
  ['verifyStatusList', verifyStatusList, [list, publicKey, { uri, at }]],
  ['verifySdJwt', verifySdJwt, [token, publicKey, { at, typ: null, keyBinding: 'forbidden' }]],
  ['verifyReceipt', verifyReceipt, [token, new Map()]],
  ['redeemReceipt', redeemReceipt, [{ claims: {}, evidence: {}, log: {} }]],
  ['verifyTimeStamp', verifyTimeStamp, [utf8('x'), { data: left, anchors: [], at }]],
  ['verifyEvidence', verifyEvidence, ['{}', { trust: { anchors: [], crls: [] }, at }]],
  ['verifyLicence', verifyLicence, ['x', { trust: {}, at, status: '', evidence: [] }]],
  ['openNote', openNote, [head, [noteKey]]],
  ['openCheckpoint', openCheckpoint, [head, { origin, keys: [publicKey] }, policy]],
]

/** The same, with anything at all in the place of one of its parts. */
function spoilt(given: readonly unknown[], [place, name, value]: [number, number, unknown]) {
  const position = place % given.length
  return given.map((one, i) => {
    if (i !== position) return one
    if (one?.constructor !== Object) return value
    const names = Object.keys(one)
    const member = names[name % (names.length + 1)]
    return member === undefined ? value : { ...one, [member]: value }
  })
}

const spoiling = fc.tuple(fc.nat(), fc.nat(), fc.anything({ withBigInt: true, withDate: true }))

/** What it says, or the Problem by which it says so; what else is thrown is a defect. */
function outcome(validate: Asked[1], given: readonly unknown[]): unknown {
  try {
    const answer = validate(...(given as never[]))
    return typeof answer === 'object' && answer !== null && 'ok' in answer ? answer.ok : answer
  } catch (thrown) {
    if (thrown instanceof Problem) return false
    throw thrown
  }
}

describe('whatever a caller without types hands in', () => {
  test.for(validators)('is no error of %s', ([, validate, given]) => {
    fc.assert(
      fc.property(spoiling, (change) => {
        outcome(validate, spoilt(given, change))
      }),
      { numRuns: 60 },
    )
  })

  const wrong = [undefined, null, 0, 'x', true, [], {}, () => true, Symbol('x'), 1n, new Map()]
  test.for(validators)('is nothing %s accepts', ([, validate, given]) => {
    for (const value of wrong) {
      expect(outcome(validate, [value, ...given.slice(1)])).not.toBe(true)
    }
  })

  test('is no audience and no nonce that a token without them would have', () => {
    const keyBinding = { presence: 'required' } as never
    const verdict = verifySdJwt(token, publicKey, { at, keyBinding })
    expect(verdict).toEqual({ ok: false, code: 'question-malformed' })
  })

  test.for<readonly [keyof PathQuestion, unknown]>([
    ['leaf', 5],
    ['leaf', {}],
    ['intermediates', leaf],
    ['anchors', undefined],
    ['anchors', [{}]],
    ['at', {}],
    ['at', 'yesterday'],
    ['profile', 'lenient'],
    ['profile', undefined],
    ['purpose', 5],
    ['dnsName', ['a.org']],
    ['crls', [{}]],
    ['requireRevocation', 'false'],
    ['policies', { requireExplicit: 1 }],
    ['policies', { initialExplicitPolicy: true }],
    ['policies', { acceptable: ['1.2.3'], explicit: true }],
    ['policies', new Set(['1.2.3'])],
    ['policies', [123]],
    ['policies', '1.2.3'],
  ])('is named: %s, %o', ([name, value]) => {
    const verdict = validatePath({ ...path, [name]: value })
    expect(verdict).toEqual({ ok: false, code: 'question-malformed', detail: name })
  })
})

describe('the forms that are taken', () => {
  const pem = (der: Uint8Array): string => writePem([der], 'CERTIFICATE')
  test.for<readonly [string, Partial<PathQuestion>]>([
    ['DER', {}],
    ['bytes of any kind', { leaf: Buffer.from(leaf), anchors: [new Uint8Array(forge.root.der)] }],
    ['PEM', { leaf: pem(leaf), intermediates: intermediates.map(pem) }],
    ['read', { leaf: parseCertificate(leaf), anchors: [parseCertificate(pem(forge.root.der))] }],
    ['milliseconds', { at: at.getTime() }],
    ['text in UTC', { at: '2026-06-01T12:00:00Z' }],
    ['text elsewhere', { at: '2026-06-01T20:00:00.000+08:00' }],
    ['null for nothing', { dnsName: null, crls: null, policies: null } as never],
  ])('of a path: %s', ([, form]) => {
    expect(validatePath({ ...path, ...form }).ok).toBe(true)
  })

  test('two certificates in one text are none', () => {
    const both = writePem([leaf, forge.root.der], 'CERTIFICATE')
    expect(validatePath({ ...path, leaf: both })).toMatchObject({ code: 'certificate-malformed' })
  })

  test.for<readonly [string, Parameters<typeof verifyJws>[1]]>([
    ['a key', publicKey],
    ['a JWK', { ...publicKey.export({ format: 'jwk' }) } as never],
    ['DER', spki],
    ['PEM', writePem([spki], 'PUBLIC KEY')],
    ['a list of one', [spki]],
  ])('of a key: %s', ([, keys]) => {
    expect(verifyJws(token, keys, { typ: 't' }).ok).toBe(true)
  })

  test('a key in DER is read strictly, and no certificate is a key', () => {
    for (const key of [Buffer.concat([spki, Buffer.of(0)]), leaf, 'PUBLIC KEY']) {
      expect(verifyJws(token, key, { typ: 't' })).toEqual({ ok: false, code: 'key-not-usable' })
    }
  })

  test('sizes and places of a tree, also as big numbers', () => {
    expect(verifyInclusion({ ...inclusion, index: 0n, size: 2n })).toBe(true)
    expect(verifyInclusion({ ...inclusion, index: 1n, size: 2n })).toBe(false)
    expect(verifyInclusion({ ...inclusion, size: 2n ** 64n })).toBe(false)
    expect(verifyConsistency({ ...consistency, oldSize: 1n, newSize: 2n })).toBe(true)
    expect(verifyConsistency({ ...consistency, oldSize: 2n ** 64n + 1n })).toBe(false)
  })

  test('verifier keys of notes, also as text', () => {
    const { signatures } = openNote(head, [writeVerifierKey(noteKey)])
    expect(signatures).toHaveLength(1)
  })
})
