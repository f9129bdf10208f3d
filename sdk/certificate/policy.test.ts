/**
 * The policy graph against the policy tree that RFC 5280 §6.1 describes, grown here branch by branch
 * and without a thought for its size: for every small path both must answer the same.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { issueCa } from '../../test/certificates.ts'
import { named } from '../../certs-dev/certforge/forge.ts'
import { checkPolicies } from './policy.ts'
import type { PolicyQuestion } from './policy.ts'
import type { PolicyMapping } from './policy-extension.ts'
import type { Certificate } from './read.ts'

const any = '2.5.29.32.0'
const [a, b, c] = ['1.2.1', '1.2.2', '1.2.3'] as const

/** What one certificate of a path says about policies; the first is the nearest to the anchor. */
interface Says {
  readonly policies?: readonly string[]
  readonly mappings?: readonly PolicyMapping[]
  readonly requireExplicit?: number | undefined
  readonly inhibitMapping?: number | undefined
  readonly inhibitAny?: number | undefined
  readonly isSelfIssued?: boolean
}

let anchor: Certificate
let other: Certificate
beforeAll(async () => {
  anchor = (await issueCa({ name: named('anchor') })).certificate
  other = (await issueCa({ name: named('other') })).certificate
})

function saying(says: Says): Certificate {
  const { policies, mappings, requireExplicit, inhibitMapping, inhibitAny, isSelfIssued } = says
  const extensions = {
    ...anchor.extensions,
    ...(policies && { policies: new Set(policies) }),
    ...(mappings && { policyMappings: mappings }),
    policyConstraints: { requireExplicit, inhibitMapping },
    ...(inhibitAny !== undefined && { inhibitAnyPolicy: inhibitAny }),
  }
  return { ...anchor, issuer: isSelfIssued === true ? anchor.subject : other.subject, extensions }
}

function holds(path: readonly Says[], question: PolicyQuestion): boolean {
  return checkPolicies([...path.map(saying).toReversed(), anchor], question) === undefined
}

interface Branch {
  readonly policy: string
  readonly expected: readonly string[]
  readonly parent: Branch | undefined
}

/** Certificates left until each rule holds. */
interface Counts {
  readonly explicit: number
  readonly mapping: number
  readonly any: number
}

/** RFC 5280 §6.1.2–6.1.5, to the letter. Pruning is left out: a branch without leaves is no leaf. */
function treeHolds(path: readonly Says[], question: PolicyQuestion): boolean {
  const start = (isAtOnce: boolean | undefined): number => (isAtOnce === true ? 0 : path.length + 1)
  let counts: Counts = {
    explicit: start(question.requireExplicit),
    mapping: start(question.inhibitMapping),
    any: start(question.inhibitAny),
  }
  let leaves: Branch[] | undefined = [{ policy: any, expected: [any], parent: undefined }]
  for (const [i, says] of path.entries()) {
    const isLast = i === path.length - 1
    const isOwn = says.isSelfIssued === true && !isLast
    leaves = grow(leaves, says, counts.any > 0 || isOwn)
    if (counts.explicit === 0 && leaves.length === 0) return false
    if (isLast) break
    leaves = rename(leaves, says, counts.mapping > 0)
    if (!leaves) return false
    counts = next(counts, says, isOwn)
  }
  return !isDemanded(counts, path) || leaves.some((leaf) => isWanted(leaf, question))
}

/** §6.1.5 (a)–(b). */
function isDemanded({ explicit }: Counts, path: readonly Says[]): boolean {
  return explicit <= 1 || path.at(-1)?.requireExplicit === 0
}

/** §6.1.4 (h)–(j). */
function next(counts: Counts, says: Says, isOwn: boolean): Counts {
  const lower = (count: number, limit = Infinity): number =>
    Math.min(isOwn ? count : Math.max(count - 1, 0), limit)
  return {
    explicit: lower(counts.explicit, says.requireExplicit),
    mapping: lower(counts.mapping, says.inhibitMapping),
    any: lower(counts.any, says.inhibitAny),
  }
}

/** §6.1.5 (g)(iii). */
function isWanted(leaf: Branch, { acceptable: wanted = [any] }: PolicyQuestion): boolean {
  if (wanted.includes(any)) return true
  const origin = originOf(leaf)
  return origin === any ? wanted.length > 0 : wanted.includes(origin)
}

/** §6.1.3 (d). */
function grow(leaves: readonly Branch[], { policies = [] }: Says, isAnyMeant: boolean): Branch[] {
  const named = policies.filter((policy) => policy !== any)
  const grown = named.flatMap((policy) => {
    const expecting = leaves.filter(({ expected }) => expected.includes(policy))
    const parents = expecting.length > 0 ? expecting : leaves.filter((leaf) => leaf.policy === any)
    return parents.map((parent) => ({ policy, expected: [policy], parent }))
  })
  if (!policies.includes(any) || !isAnyMeant) return grown
  const rest = leaves.flatMap((parent) =>
    parent.expected
      .filter((policy) => !grown.some((leaf) => leaf.parent === parent && leaf.policy === policy))
      .map((policy) => ({ policy, expected: [policy], parent })),
  )
  return [...grown, ...rest]
}

/** §6.1.4 (a) and (b). */
function rename(
  leaves: readonly Branch[],
  { mappings = [] }: Says,
  isAllowed: boolean,
): Branch[] | undefined {
  let renamed = [...leaves]
  for (const from of new Set(mappings.map(({ issuerPolicy }) => issuerPolicy))) {
    const to = mappings.filter((one) => one.issuerPolicy === from).map((one) => one.subjectPolicy)
    if (from === any || to.includes(any)) return undefined
    const isThere = renamed.some(({ policy }) => policy === from)
    const parent = renamed.find(({ policy }) => policy === any)?.parent
    const isUnderAny = renamed.some(({ policy }) => policy === any)
    if (!isAllowed) renamed = renamed.filter(({ policy }) => policy !== from)
    else if (isThere) {
      renamed = renamed.map((leaf) => (leaf.policy === from ? { ...leaf, expected: to } : leaf))
    } else if (isUnderAny) renamed.push({ policy: from, expected: to, parent })
  }
  return renamed
}

/** The policy of the first branch below anyPolicy, in the words of the anchor. */
function originOf(leaf: Branch): string {
  const { parent } = leaf
  return leaf.policy === any || !parent || parent.policy === any ? leaf.policy : originOf(parent)
}

const policy = fc.constantFrom(a, b, c, any)
const count = fc.option(fc.nat(2), { nil: undefined, freq: 2 })
const mappingOf = fc.record({
  issuerPolicy: fc.constantFrom(a, b, c),
  subjectPolicy: fc.constantFrom(a, b, c),
})
const sayings = fc.record({
  policies: fc.uniqueArray(policy, { maxLength: 3 }),
  mappings: fc.array(mappingOf, { maxLength: 3 }),
  requireExplicit: count,
  inhibitMapping: count,
  inhibitAny: count,
  isSelfIssued: fc.boolean(),
})
const questions = fc.record({
  acceptable: fc.uniqueArray(policy, { maxLength: 2 }),
  requireExplicit: fc.boolean(),
  inhibitMapping: fc.boolean(),
  inhibitAny: fc.boolean(),
})

test('the graph answers as the tree does', () => {
  const verdicts = { true: 0, false: 0 }
  fc.assert(
    fc.property(fc.array(sayings, { minLength: 1, maxLength: 4 }), questions, (path, question) => {
      const expected = treeHolds(path, question)
      verdicts[`${expected}`] += 1
      expect(holds(path, question)).toBe(expected)
    }),
    { numRuns: 1_000 },
  )
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(100)
})

describe('what the test suites of others ask', () => {
  const own = { isSelfIssued: true } as const
  const map = (issuerPolicy: string, subjectPolicy: string): PolicyMapping => ({
    ...{ issuerPolicy, subjectPolicy },
  })
  const explicit = { requireExplicit: true } as const
  test.for<readonly [string, readonly Says[], PolicyQuestion, boolean]>([
    ['one all the way', [{ policies: [a] }, { policies: [a] }], explicit, true],
    ['a gap in the middle', [{ policies: [a] }, {}, { policies: [a] }], explicit, false],
    ['a gap, and nobody minds', [{ policies: [a] }, {}, { policies: [a] }], {}, true],
    [
      'two, one of them wanted',
      [{ policies: [a, b] }, { policies: [b] }],
      { ...explicit, acceptable: [b] },
      true,
    ],
    [
      'any at the end, another wanted',
      [{ policies: [a] }, { policies: [any] }],
      { ...explicit, acceptable: [b] },
      false,
    ],
    [
      'any from the start, nothing accepted',
      [{ policies: [any] }],
      { ...explicit, acceptable: [] },
      false,
    ],
    ['demanded ten later', [{ requireExplicit: 10 }, {}, {}], {}, true],
    ['demanded two later, three follow', [{ requireExplicit: 2 }, {}, {}, {}], {}, false],
    ['demanded two later, one issued to itself', [{ requireExplicit: 2 }, own, {}], {}, true],
    ['a demand is never taken back', [{ requireExplicit: 0 }, { requireExplicit: 5 }], {}, false],
    ['the leaf demands', [{}, { requireExplicit: 0 }], {}, false],
    [
      'mapped twice',
      [
        { policies: [a], mappings: [map(a, b)] },
        { policies: [b], mappings: [map(b, c)] },
        { policies: [c] },
      ],
      { ...explicit, acceptable: [a] },
      true,
    ],
    [
      'mapped crosswise',
      [{ policies: [a, b], mappings: [map(a, b), map(b, a)] }, { policies: [a] }],
      { ...explicit, acceptable: [b] },
      true,
    ],
    [
      'mapped crosswise, the name stays',
      [{ policies: [a, b], mappings: [map(a, b), map(b, a)] }, { policies: [a] }],
      { ...explicit, acceptable: [a] },
      false,
    ],
    [
      'mapped, inhibited one later',
      [
        { policies: [a], inhibitMapping: 1 },
        { policies: [a], mappings: [map(a, b)] },
        { policies: [b] },
      ],
      explicit,
      true,
    ],
    [
      'mapped, inhibited at once',
      [
        { policies: [a], inhibitMapping: 0 },
        { policies: [a], mappings: [map(a, b)] },
        { policies: [b] },
      ],
      explicit,
      false,
    ],
    [
      'mapped after one issued to itself',
      [
        { policies: [a], inhibitMapping: 1 },
        { ...own, policies: [a] },
        { policies: [a], mappings: [map(a, b)] },
        { policies: [b] },
      ],
      explicit,
      true,
    ],
    [
      'any inhibited, issued to itself',
      [{ policies: [any], inhibitAny: 0 }, { ...own, policies: [any] }, { policies: [a] }],
      explicit,
      true,
    ],
    [
      'any inhibited, the leaf issued to itself',
      [
        { policies: [any], inhibitAny: 0 },
        { ...own, policies: [any] },
      ],
      explicit,
      false,
    ],
    [
      'any inhibited one later',
      [{ policies: [any], inhibitAny: 1 }, { policies: [any] }, { policies: [any] }],
      explicit,
      false,
    ],
  ])('%s', ([, path, question, expected]) => {
    expect(holds(path, question)).toBe(expected)
    expect(treeHolds(path, question)).toBe(expected)
  })
})
