/**
 * Certificate policies along a path (RFC 5280 §6.1.2–6.1.5), with the policy graph of RFC 9618 in
 * place of the tree, which grows without measure: of each policy there is one node for each
 * certificate. A node remembers which of the anchor's policies it comes from, so that one walk from
 * the anchor to the leaf answers everything and nothing need be pruned.
 */
import type { PathFailure } from './check.ts'
import { isSelfIssued } from './read.ts'
import type { Certificate } from './read.ts'

export const anyPolicy = '2.5.29.32.0'

/** What the relying party starts with (RFC 5280 §6.1.1 (c)–(g)). */
export interface PolicyQuestion {
  /** Policies that will do; every one when left out. */
  readonly acceptable?: readonly string[]
  readonly requireExplicit?: boolean
  readonly inhibitMapping?: boolean
  readonly inhibitAny?: boolean
}

interface Node {
  /** What the next certificate may call this policy. */
  readonly expected: ReadonlySet<string>
  /** The policies in the anchor's own terms. */
  readonly origins: ReadonlySet<string>
}

/** The nodes of one certificate, by policy; none at all means that no policy holds any more. */
type Level = ReadonlyMap<string, Node>

interface State {
  readonly level: Level
  /** Certificates left until each rule holds; 0 is now. */
  readonly explicit: number
  readonly mapping: number
  readonly any: number
}

const anyNode: Node = { expected: new Set([anyPolicy]), origins: new Set([anyPolicy]) }

/** The path from the leaf to the anchor, which itself is not looked at. */
export function checkPolicies(
  path: readonly Certificate[],
  question: PolicyQuestion,
): PathFailure | undefined {
  const below = path.slice(0, -1).toReversed()
  if (question.requireExplicit !== true && !below.some(steersPolicies)) return undefined
  let state = begin(question, below.length)
  for (const [i, certificate] of below.entries()) {
    const next = after(state, certificate, i === below.length - 1)
    if (!next) return 'policy'
    state = next
  }
  const isMet = state.explicit > 0 || meets(state.level, question.acceptable ?? [anyPolicy])
  return isMet ? undefined : 'policy'
}

/** Where nobody asks for a policy, and none is mapped, nothing can be missing. */
function steersPolicies({ extensions }: Certificate): boolean {
  return extensions.policyConstraints !== undefined || extensions.policyMappings !== undefined
}

/** §6.1.2 (a) and (d)–(f). */
function begin(question: PolicyQuestion, length: number): State {
  const never = length + 1
  return {
    level: new Map([[anyPolicy, anyNode]]),
    explicit: question.requireExplicit === true ? 0 : never,
    mapping: question.inhibitMapping === true ? 0 : never,
    any: question.inhibitAny === true ? 0 : never,
  }
}

/** One certificate nearer to the leaf; undefined when the path ends here (§6.1.3 (f), §6.1.4 (a)). */
function after(state: State, certificate: Certificate, isLeaf: boolean): State | undefined {
  const level = descend(state, certificate, isLeaf)
  if (state.explicit === 0 && level.size === 0) return undefined
  const mapped = isLeaf ? level : mapPolicies(state.mapping, level, certificate)
  return mapped && { ...count(state, certificate, isLeaf), level: mapped }
}

/** §6.1.3 (d) and (e): what of the level above this certificate goes on with. */
function descend({ level, any }: State, certificate: Certificate, isLeaf: boolean): Level {
  const policies = certificate.extensions.policies ?? new Set<string>()
  const offered = originsByExpectation(level)
  const isAnyMeant = policies.has(anyPolicy) && (any > 0 || isPassedOver(certificate, isLeaf))
  const named = [...policies].filter((policy) => policy !== anyPolicy)
  const next = new Map<string, Node>()
  // anyPolicy goes on with everything that was offered, itself included.
  for (const policy of isAnyMeant ? [...named, ...offered.keys()] : named) {
    const origins = offered.get(policy) ?? ownOrigin(level, policy)
    if (origins) next.set(policy, { expected: new Set([policy]), origins })
  }
  return next
}

/** What an authority issued to itself on the way does not count. */
function isPassedOver(certificate: Certificate, isLeaf: boolean): boolean {
  return !isLeaf && isSelfIssued(certificate)
}

/** Below anyPolicy every policy begins anew. */
function ownOrigin(level: Level, policy: string): ReadonlySet<string> | undefined {
  return level.has(anyPolicy) ? new Set([policy]) : undefined
}

/** Which policies the level expects, and where each comes from. */
function originsByExpectation(level: Level): ReadonlyMap<string, ReadonlySet<string>> {
  const offered = new Map<string, Set<string>>()
  for (const { expected, origins } of level.values()) {
    for (const policy of expected) {
      const known = offered.get(policy) ?? new Set()
      for (const origin of origins) known.add(origin)
      offered.set(policy, known)
    }
  }
  return offered
}

/** §6.1.4 (a) and (b); undefined when anyPolicy is mapped, which must not be. */
function mapPolicies(mapping: number, level: Level, certificate: Certificate): Level | undefined {
  const targets = mappingTargets(certificate)
  if (!targets) return undefined
  const mapped = new Map(level)
  for (const [policy, expected] of targets) {
    const origins = level.get(policy)?.origins ?? ownOrigin(level, policy)
    if (mapping === 0) mapped.delete(policy)
    else if (origins) mapped.set(policy, { expected, origins })
  }
  return mapped
}

/** What each policy of the issuer is called by the subject. */
function mappingTargets({
  extensions,
}: Certificate): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const targets = new Map<string, Set<string>>()
  for (const { issuerPolicy, subjectPolicy } of extensions.policyMappings ?? []) {
    if (issuerPolicy === anyPolicy || subjectPolicy === anyPolicy) return undefined
    targets.set(issuerPolicy, (targets.get(issuerPolicy) ?? new Set()).add(subjectPolicy))
  }
  return targets
}

/** §6.1.4 (h)–(j) and §6.1.5 (a)–(b): the counters, one certificate nearer to the leaf. */
function count(state: State, certificate: Certificate, isLeaf: boolean): Omit<State, 'level'> {
  const step = isPassedOver(certificate, isLeaf) ? 0 : 1
  const { policyConstraints, inhibitAnyPolicy } = certificate.extensions
  const { requireExplicit, inhibitMapping } = policyConstraints ?? {}
  // In the leaf only a demand that holds at once means anything.
  const isLate = isLeaf && requireExplicit !== 0
  return {
    explicit: lower(state.explicit, step, isLate ? undefined : requireExplicit),
    mapping: lower(state.mapping, step, inhibitMapping),
    any: lower(state.any, step, inhibitAnyPolicy),
  }
}

function lower(count: number, step: number, limit: number | undefined): number {
  return Math.min(Math.max(count - step, 0), limit ?? Number.POSITIVE_INFINITY)
}

/** §6.1.5 (g): whether what holds for the leaf is among what the relying party accepts. */
function meets(level: Level, acceptable: readonly string[]): boolean {
  if (acceptable.includes(anyPolicy)) return level.size > 0
  if (level.has(anyPolicy)) return acceptable.length > 0
  return [...level.values()].some(({ origins }) => acceptable.some((one) => origins.has(one)))
}
