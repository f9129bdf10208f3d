/**
 * What the protected header of a token may say (RFC 7515 §4): an allow-list, and within it nothing by
 * which the sender could bring a key, name another one, or change the rules of reading. An extension
 * that must be understood (§4.1.11) is understood by the caller, or the token is refused.
 */
import type { Json, JsonObject } from '../json.ts'

export interface HeaderExpectation {
  /** The one type, to the letter. Left out: any, for tokens that are not of ours. */
  readonly typ?: string
  /**
   * Every parameter that may occur, `alg` and `typ` included. Default: alg, kid, typ. `any` is for
   * tokens that are not of ours: RFC 7515 §4 ignores what it does not know.
   */
  readonly headerAllowed?: readonly string[] | 'any'
  /** Extensions the caller acts on, to be named in `crit`; `b64` (RFC 7797) is ours to act on. */
  readonly criticalUnderstood?: readonly string[]
}

export const headerLimits = { kidLength: 256, critical: 16 } as const

/**
 * They let the sender choose the key, hide how large a token is, or are read by some and not by others:
 * no caller can allow them. `b64` has a meaning when `crit` names it (RFC 7797 §6), and only then.
 */
const neverAllowed: ReadonlySet<string> = new Set(['jwk', 'jku', 'x5u', 'zip', 'crit', 'b64'])
const allowedByDefault: readonly string[] = ['alg', 'kid', 'typ']

/** Parameters of RFC 7515 and 7518, which `crit` must not name. */
const registered: ReadonlySet<string> = new Set([
  ...['alg', 'jku', 'jwk', 'kid', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'typ', 'cty', 'crit'],
  ...['enc', 'zip', 'epk', 'apu', 'apv', 'iv', 'tag', 'p2s', 'p2c'],
])

/** Whether every parameter is one of those that may occur, and `kid` and `crit` are well formed. */
export function isHeaderAllowed(header: JsonObject, expected: HeaderExpectation): boolean {
  const { headerAllowed = allowedByDefault, criticalUnderstood = [] } = expected
  const critical = criticalIn(header, criticalUnderstood)
  if (!critical) return false
  const kid = header['kid']
  if (kid !== undefined && !isKeyId(kid)) return false
  const isAllowed = (name: string): boolean =>
    !neverAllowed.has(name) && (headerAllowed === 'any' || headerAllowed.includes(name))
  return Object.keys(header).every((name) => critical.includes(name) || isAllowed(name))
}

/** `crit` and the extensions it names, all of them understood; undefined when they are not. */
function criticalIn(
  header: JsonObject,
  understood: readonly string[],
): readonly string[] | undefined {
  const { crit } = header
  if (crit === undefined) return []
  if (!isListOfNames(crit)) return undefined
  const areUnderstood = crit.every(
    (name) => understood.includes(name) && Object.hasOwn(header, name) && !registered.has(name),
  )
  const isB64Right = header['b64'] === undefined || typeof header['b64'] === 'boolean'
  return areUnderstood && isB64Right ? ['crit', ...crit] : undefined
}

/** Not empty, each name once. */
function isListOfNames(value: Json): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const areNames = value.length <= headerLimits.critical && value.every(isText)
  return areNames && new Set(value).size === value.length
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isKeyId(kid: Json): boolean {
  return isText(kid) && /^\P{Cc}+$/u.test(kid) && kid.length <= headerLimits.kidLength
}
