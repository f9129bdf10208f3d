/** What judging one path may cost: all of it is used and it is still good, one more and it is not. */
import { describe, expect, test } from 'vitest'
import type { Certificate } from '../sdk/certificate.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { budgetLimits, createBudget } from '../sdk/certificate/budget.ts'
import { judgePath } from '../sdk/certificate/path.ts'
import type { PathQuestion } from '../sdk/certificate/path.ts'
import { at, createForge, named } from './certforge/forge.ts'
import type { Order, Party } from './certforge/forge.ts'
import { alternativeNames, dns, nameConstraints } from './certforge/name-writer.ts'
import { keyIds } from './extension.ts'

const { root, ca, keys, sealOf } = createForge('ec-rsa')
const day = (number: number): Date => new Date(Date.UTC(2026, 0, number))

type Asked = Pick<PathQuestion, 'leaf' | 'intermediates'> & Partial<PathQuestion>

/** The verdict, and how much of one kind of work it took. */
function judge(asked: Asked, work: keyof typeof budgetLimits): readonly [string, number] {
  const budget = createBudget()
  const question = { anchors: [root.der], at, profile: 'rfc5280', ...asked } as const
  const verdict = judgePath(question, budget)
  return [verdict.ok ? 'ok' : verdict.code, budget.spent()[work]]
}

/** So many that differ in nothing but what they are known by. */
function copies({ der }: Party, count: number): readonly Certificate[] {
  const certificate = parseCertificate(der)
  const { fingerprint } = certificate
  return Array.from({ length: count }, (_, n) => ({
    ...certificate,
    fingerprint: `${fingerprint} ${n}`,
  }))
}

/** Claims to be the authority with this key, and is newer, so that it is tried first. */
function impostorOf({ name, keys: claimed }: Party, order: Partial<Order>): Party {
  const roles = { keyIds: keyIds(claimed.publicKey, root.keys.publicKey), ...order.roles }
  return ca({ name, issuer: root, from: day(3), ...order, roles })
}

describe('one of each kind more than there may be is refused', () => {
  test.for(['signatures', 'paths', 'names'] as const)('%s', (work) => {
    const budget = createBudget()
    expect(budget.spend(work, budgetLimits[work])).toBe(true)
    expect(budget.exhausted()).toBe(undefined)
    expect(budget.spend(work)).toBe(false)
    expect(budget.exhausted()).toBe(`too-many-${work}`)
    expect(budget.spent()[work]).toBe(budgetLimits[work])
    // From then on nothing is left of anything.
    expect(['signatures', 'paths', 'names'].map((one) => budget.spend(one as typeof work))).toEqual(
      [false, false, false],
    )
  })
})

test('signatures: impostors with other keys, each to be verified', () => {
  const issuer = ca({ name: named('issuer'), issuer: root, from: day(1) })
  const leaf = sealOf({ issuer }).der
  const impostor = impostorOf(issuer, {})
  const among = (count: number): Asked => ({
    leaf,
    intermediates: [issuer.der, ...copies(impostor, count)],
  })
  // Two of the signatures are those of the good path.
  const most = budgetLimits.signatures - 2
  expect(judge(among(most), 'signatures')).toEqual(['ok', budgetLimits.signatures])
  expect(judge(among(most + 1), 'signatures')).toEqual([
    'too-many-signatures',
    budgetLimits.signatures,
  ])
})

test('paths: authorities that are none, and one that leads to the roots for nothing', () => {
  const issuer = ca({ name: named('issuer'), issuer: root, from: day(1) })
  const { name, keys: own } = issuer
  const leaf = sealOf({ issuer }).der
  const roles = { constraints: [] }
  const none = impostorOf(issuer, { roles })
  const unsigned = ca({
    ...{ name, keys: own, issuer: { name: root.name, keys: keys() }, from: day(2) },
    roles: { keyIds: keyIds(own.publicKey, root.keys.publicKey) },
  })
  const noRoot = impostorOf(root, { roles })
  const roots = 100
  const among = (count: number): Asked => ({
    leaf,
    intermediates: [issuer.der, unsigned.der, ...copies(none, count)],
    anchors: [...copies(noRoot, roots), root.der],
  })
  // All roots are tried twice, and each of the two authorities once.
  const most = budgetLimits.paths - 2 * (roots + 1) - 2
  expect(judge(among(most), 'paths')).toEqual(['ok', budgetLimits.paths])
  expect(judge(among(most + 1), 'paths')).toEqual(['too-many-paths', budgetLimits.paths])
})

test('names: bases of two authorities, times the names below them', () => {
  const bases = (count: number) =>
    nameConstraints(
      [],
      Array.from({ length: count }, (_, n) => dns(`a${n}.b`)),
    )
  /** The subject of the leaf is a name too, and for the upper authority that of the lower one. */
  const many = alternativeNames(Array.from({ length: 199 }, (_, n) => dns(`c${n}.d`)))
  const below = (upper: number, lower: number): Asked => {
    const above = { names: upper > 0 ? [bases(upper)] : [] }
    const first = ca({ name: named('first'), issuer: root, roles: above })
    const second = ca({ name: named('second'), issuer: first, roles: { names: [bases(lower)] } })
    const leaf = sealOf({ issuer: second, roles: { department: [many] } }).der
    return { leaf, intermediates: [first.der, second.der] }
  }
  expect(250 * 200).toBe(budgetLimits.names)
  expect(judge(below(0, 250), 'names')).toEqual(['ok', budgetLimits.names])
  expect(249 * 200 + 201).toBe(budgetLimits.names + 1)
  expect(judge(below(1, 249), 'names')).toEqual(['too-many-names', 249 * 200])
})
