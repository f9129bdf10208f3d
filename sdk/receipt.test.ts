import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toBase64url } from './base64url.ts'
import { signCheckpoint } from './checkpoint.ts'
import { parseJson } from './json.ts'
import { signJws } from './jws.ts'
import { emptyRoot, inclusionProof, leafHash, rootOf } from './merkle.ts'
import {
  answerHash,
  judgeUnredeemed,
  readInclusionEvidence,
  redeemReceipt,
  signReceipt,
  verifyReceipt,
} from './receipt.ts'
import type { ReceiptClaims } from './receipt.ts'

const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const log = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys = new Map([['receipts-1', signer.publicKey]])
const leaves = Array.from({ length: 20 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))
const leafAt = (index: number): Uint8Array => leaves[index] ?? emptyRoot
const claims: ReceiptClaims = {
  iss: 'exchange.test',
  iat: 1_795_000_000,
  rid: 'request-1',
  attempt: 1,
  dept: 'meilanMarket',
  jti: 'q7J0Zr0m3l2nV5d8yYxwKA',
  leaf: toBase64url(leafAt(7)),
  origin: 'exchange.test/log/2026',
  mmd: 60,
  ah: answerHash({ licences: [] }),
}
const receipt = signReceipt(claims, signer.privateKey, 'receipts-1')

/** A receipt with whatever payload, signed correctly. */
function signed(payload: unknown, header: Record<string, string> = {}): string {
  return signJws({
    header: { kid: 'receipts-1', typ: 'receipt+jwt', ...header },
    payload: JSON.stringify(payload),
    key: signer.privateKey,
  })
}

describe('the hash of an answer', () => {
  test('is one for each value, however its members are ordered or its numbers written', () => {
    expect(answerHash({ b: [1, 'x'], a: null })).toBe(
      answerHash(parseJson('{"a":null,"b":[1.0,"x"]}')),
    )
    expect(answerHash({ a: 1 })).not.toBe(answerHash({ a: '1' }))
    expect(answerHash(null)).toBe('dCNOmK_nSY-12vHzasLXiswzlGT5UHA7jAGYkvmCuQs')
  })
})

describe('a receipt', () => {
  test('says what was signed', () => {
    expect(verifyReceipt(receipt, keys)).toEqual({ ok: true, claims })
  })

  test.for<[string, string, string]>([
    [
      'of a key we do not know',
      signReceipt(claims, signer.privateKey, 'receipts-2'),
      'unknown-key',
    ],
    [
      'of another key under a known name',
      signReceipt(claims, stranger.privateKey, 'receipts-1'),
      'signature-invalid',
    ],
    ['of another type', signed(claims, { typ: 'request+jwt' }), 'wrong-typ'],
    [
      'with a header it must not have',
      signed(claims, { jku: 'https://keys.test' }),
      'header-not-allowed',
    ],
    ['that is no token', 'receipt', 'token-malformed'],
    ['that is empty', '', 'token-malformed'],
    ['with one character more', `${receipt}A`, 'signature-invalid'],
    ['that is no object', signed([claims]), 'claims-malformed'],
    ['with a foreign claim', signed({ ...claims, exp: 1 }), 'claims-malformed'],
    ['with another merge delay', signed({ ...claims, mmd: 86_400 }), 'claims-malformed'],
    ['with text for a number', signed({ ...claims, attempt: '1' }), 'claims-malformed'],
    ['of attempt 0', signed({ ...claims, attempt: 0 }), 'claims-malformed'],
    ['with a fraction of a second', signed({ ...claims, iat: 1.5 }), 'claims-malformed'],
    ['with a short leaf', signed({ ...claims, leaf: claims.leaf.slice(1) }), 'claims-malformed'],
    [
      'with a leaf spelt otherwise',
      signed({ ...claims, leaf: `${claims.leaf.slice(0, -1)}B` }),
      'claims-malformed',
    ],
    ['with padding', signed({ ...claims, ah: `${claims.ah}=` }), 'claims-malformed'],
    ['with no such department', signed({ ...claims, dept: 'Meilan market' }), 'claims-malformed'],
    [
      'with a very long request id',
      signed({ ...claims, rid: 'x'.repeat(257) }),
      'claims-malformed',
    ],
  ])('%s is refused', ([, token, code]) => {
    expect(verifyReceipt(token, keys)).toEqual({ ok: false, code })
  })

  test.for(Object.keys(claims))('without %s is refused, and never signed', (name) => {
    const incomplete = Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
    expect(verifyReceipt(signed(incomplete), keys)).toEqual({ ok: false, code: 'claims-malformed' })
    const wrong = { ...claims, [name]: null } as ReceiptClaims // Wrong on purpose.
    expect(() => signReceipt(wrong, signer.privateKey, 'receipts-1')).toThrow('invalid-receipt')
  })

  test('with any character changed is not accepted, and nothing throws', () => {
    fc.assert(
      fc.property(fc.nat(receipt.length - 1), fc.string({ maxLength: 2 }), (place, text) => {
        const changed = receipt.slice(0, place) + text + receipt.slice(place + 1)
        fc.pre(changed !== receipt)
        expect(verifyReceipt(changed, keys).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('redeeming', () => {
  const { origin } = claims
  const trusted = {
    originPrefix: 'exchange.test/log/',
    keys: [{ key: log.publicKey, from: new Date(0) }],
  }
  const checkpoint = signCheckpoint({ origin, size: 20, root: rootOf(leaves) }, log.privateKey)
  const evidence = { index: 7, size: 20, proof: inclusionProof(leaves, 7), checkpoint }
  const redeem = (change: Partial<typeof evidence>, other: Partial<ReceiptClaims> = {}): string => {
    const outcome = redeemReceipt({
      claims: { ...claims, ...other },
      evidence: { ...evidence, ...change },
      log: trusted,
    })
    return outcome.ok ? `under a head of ${outcome.head.size}` : outcome.code
  }

  test('a kept promise leads to the head it is under', () => {
    expect(redeem({})).toBe('under a head of 20')
  })

  test('fails for any other leaf, proof, head or log', () => {
    const shorter = signCheckpoint(
      { origin, size: 19, root: rootOf(leaves.slice(0, 19)) },
      log.privateKey,
    )
    const next = signCheckpoint(
      { origin: 'exchange.test/log/2027', size: 20, root: rootOf(leaves) },
      log.privateKey,
    )
    const forged = signCheckpoint(
      { origin, size: 20, root: rootOf(leaves) },
      generateKeyPairSync('ed25519').privateKey,
    )
    const ofOther = inclusionProof(leaves, 8)
    expect(redeem({}, { leaf: toBase64url(leafAt(8)) })).toBe('not-included')
    expect(redeem({ index: 8, proof: ofOther })).toBe('not-included')
    expect(redeem({ index: 6 })).toBe('not-included')
    expect(redeem({ index: -1 })).toBe('not-included')
    expect(redeem({ proof: evidence.proof.slice(1) })).toBe('not-included')
    expect(redeem({ size: 19 })).toBe('other-size')
    expect(redeem({ checkpoint: shorter })).toBe('other-size')
    expect(redeem({ checkpoint: shorter, size: 19 })).toBe('not-included')
    expect(redeem({ checkpoint: next })).toBe('invalid-checkpoint')
    expect(redeem({ checkpoint: forged })).toBe('invalid-checkpoint')
    expect(redeem({ checkpoint: '' })).toBe('invalid-checkpoint')
    expect(redeem({ checkpoint: next }, { origin: 'exchange.test/log/2027' })).toBe(
      'under a head of 20',
    )
    expect(redeem({}, { origin: 'elsewhere.test/log/2026' })).toBe('other-log')
    expect(redeem({}, { origin: 'exchange.test/log/2026/more' })).toBe('other-log')
    expect(redeem({}, { origin: 'exchange.test/log/' })).toBe('other-log')
  })

  test('reads what the log answers over HTTP', () => {
    const answer = { origin, ...evidence, proof: evidence.proof.map(toBase64url) }
    const read = readInclusionEvidence(JSON.stringify(answer))
    expect(redeem(read as typeof evidence)).toBe('under a head of 20')
    for (const wrong of [
      { ...answer, index: '7' },
      { ...answer, size: null },
      { ...answer, proof: 'AA' },
      { ...answer, proof: [7] },
      { ...answer, checkpoint: 7 },
    ]) {
      expect(() => readInclusionEvidence(JSON.stringify(wrong))).toThrow('invalid-json')
    }
    const padded = { ...answer, proof: ['AA=='] }
    expect(() => readInclusionEvidence(JSON.stringify(padded))).toThrow('invalid-encoding')
  })
})

test.for([
  ['as it is given', 0, 'pending'],
  ['a millisecond before its time is up', 59_999, 'pending'],
  ['when its time is up', 60_000, 'promise-broken'],
] as const)('a receipt without a proof %s: %d ms, %s', ([, ms, code]) => {
  expect(judgeUnredeemed(claims, new Date(claims.iat * 1000 + ms))).toBe(code)
})
