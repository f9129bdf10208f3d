/** What is remembered must not be told from what is worked out again. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { before, createForge, sealedAt, types } from '../../test/forging.ts'
import type { Presented } from '../../test/forging.ts'
import { createIssuing, issuingAt } from '../../test/issuing.ts'
import { readLicence } from './document.ts'
import { createRecall } from './recall.ts'
import { isTrustedChain } from './trust-memory.ts'
import { verifyLicence } from '../licence.ts'
import type { LicenceQuestion } from '../licence.ts'

const dayMs = 86_400_000
const issuing = await createIssuing(types)
const { sealed, logged, listOf } = createForge(issuing)

/** Sealed now and then, by seals that are good, ended or revoked. */
const made = [issuing.marketSeal, issuing.expiredSeal, issuing.revokedSeal].flatMap((signer) =>
  [sealedAt, before(29 * dayMs), before(31 * dayMs)].map((at) => {
    const document = sealed({ signer, at })
    return { document, evidence: logged(document, { at }) }
  }),
)
const lists = [issuingAt, before(dayMs), before(-dayMs)].map((at) => listOf({ at }))

/** All moments at which anything may change, and those right beside them. */
const { anchors, crls } = issuing.trust
const moments = [
  ...anchors.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]),
  ...crls.flatMap(({ thisUpdate, nextUpdate }) => [thisUpdate, nextUpdate]),
  ...[0, 60, -840, -900, 86_400].map((seconds) => before(seconds * 1_000)),
].map((moment) => moment.getTime())
const time = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }).map((seconds) => before(seconds * 1_000)),
  fc
    .tuple(fc.constantFrom(...moments), fc.integer({ min: -1, max: 1 }))
    .map(([moment, beside]) => new Date(moment + beside)),
  fc.date({ min: before(60 * dayMs), max: before(-900 * dayMs), noInvalidDate: true }),
)

/** The first as often as all others together. */
function mostly<One>(all: readonly One[]): fc.Arbitrary<One> {
  return fc.oneof(fc.constantFrom(...all.slice(0, 1)), fc.constantFrom(...all))
}

test('a verdict from memory is the verdict of a verifier without any', () => {
  const trusts = [
    issuing.trust,
    { ...issuing.trust, crls: [] },
    { ...issuing.trust, crls: crls.slice(1) },
  ]
  const asked = fc.record({
    ...{ at: time, trust: mostly(trusts), status: mostly(lists), one: mostly(made) },
    isProven: mostly([true, false]),
  })
  const verdicts = new Set<string>()
  fc.assert(
    fc.property(asked, ({ at, trust, status, one, isProven }) => {
      const question: LicenceQuestion = {
        ...{ at, trust, status },
        ...(isProven ? { evidence: one.evidence } : {}),
      }
      const remembered = verifyLicence(one.document, question)
      expect(remembered).toEqual(
        verifyLicence(one.document, { ...question, trust: { ...trust } }), // A trust nobody knows yet.
      )
      verdicts.add(remembered.verdict)
    }),
    { numRuns: 120 },
  )
  expect([...verdicts].sort()).toEqual(['invalid', 'unknown', 'valid'])
})

test('what is remembered about cannot be changed behind its back', () => {
  const document = sealed()
  const presented: Presented['asked'] = { evidence: logged(document) }
  verifyLicence(document, { trust: issuing.trust, at: issuingAt, ...presented } as LicenceQuestion)
  expect(Object.isFrozen(issuing.trust.crls)).toBe(true)
})

test('a chain is known to the letter, under the trust that its path was proven under', () => {
  const trust = { ...issuing.trust }
  const document = sealed()
  const { x5c } = readLicence(document)
  const [leaf = '', ...others] = x5c
  expect(isTrustedChain(x5c, trust)).toBe(false)
  verifyLicence(document, { trust, at: issuingAt })
  expect(isTrustedChain([...x5c], trust)).toBe(true)
  const unlike = [
    [`${leaf}\n`, ...others],
    [`x${leaf}`, ...others],
    [leaf],
    [...x5c, ''],
    [...x5c, 1],
  ]
  for (const one of [...unlike, leaf, [], undefined]) expect(isTrustedChain(one, trust)).toBe(false)
  expect(isTrustedChain(x5c, { ...trust })).toBe(false)
})

test('an answer is recalled between its moments, and for the same order of times, only', () => {
  const [low, high] = [new Date(10), new Date(20)]
  /** Any comparisons of two times with two moments and with one another. */
  const truth = (a: Date, b: Date): string =>
    JSON.stringify([low, high, b].map((one) => [a < one, a <= one]).concat([[b < low, b <= high]]))
  const date = fc.integer({ min: 8, max: 22 }).map((ms) => new Date(ms))
  const recall = createRecall<string>(4)
  let worked = 0
  fc.assert(
    fc.property(date, date, (a, b) => {
      const answer = recall.answer(['key'], [a, b], () => {
        worked += 1
        return { answer: truth(a, b), moments: [high, low] }
      })
      expect(answer).toBe(truth(a, b))
    }),
    { numRuns: 500 },
  )
  expect(worked).toBeLessThan(500)
})

test('the oldest is forgotten first, and a time that is none is not remembered', () => {
  const recall = createRecall<number>(2)
  let worked = 0
  const ask = (key: string, at = 0): number =>
    recall.answer([key], [new Date(at)], () => ({ answer: (worked += 1), moments: [] }))
  expect([ask('a'), ask('b'), ask('a'), ask('c'), ask('b'), ask('a')]).toEqual([1, 2, 1, 3, 2, 4])
  expect(ask('x', NaN)).not.toBe(ask('x', NaN))
})

test('keys that end alike, or are cut elsewhere, are not taken for one another', () => {
  const recall = createRecall<string>(4)
  const end = 'z'.repeat(1_000)
  const keys = [[`a${end}`], [`b${end}`], ['a', end], ['', `a${end}`], [`a${end}`, ''], []]
  const asked = [...keys, ...keys].map((key) =>
    recall.answer(key, [], () => ({ answer: JSON.stringify(key), moments: [] })),
  )
  expect(asked).toEqual([...keys, ...keys].map((key) => JSON.stringify(key)))
})
