/**
 * The statement of an annotated copy (加注件): who had it made, what for, until when, and the digest of
 * the face it belongs to; a compact JWS of the exchange's receipt key (typ `copy+jwt`).
 */
import { parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { signJws, verifyJws } from '../jws.ts'
import { fromUtf8 } from '../primitives.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'

export interface CopyClaims {
  /** Exchange id. */
  readonly iss: string
  /** Seconds since 1970; from `exp` on the copy says nothing any more. */
  readonly iat: number
  readonly exp: number
  /** Number of the copy, 32 hexadecimal digits. */
  readonly jti: string
  readonly licenceId: string
  /** `documentDigest` of the licence. */
  readonly doc: string
  /** Base64url SHA-256 of the face without the bytes of this statement. */
  readonly face: string
  /** Of the licence, when the copy was made. */
  readonly state: string
  /** What the copy may be used for (用途), in which case, and who had it made. */
  readonly purpose: string
  readonly case: string
  readonly maker: string
}

const textLength = 200
/** Words that are printed: one line, at most so long. */
export const isCopyText = (value: Json | undefined): value is string =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= textLength &&
  !/\p{C}/u.test(value)
const isTime = (value: Json | undefined): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isHash = (value: Json | undefined): boolean =>
  typeof value === 'string' && /^[\w-]{43}$/.test(value)

const claimRules: Readonly<Record<keyof CopyClaims, (value: Json | undefined) => boolean>> = {
  iss: isCopyText,
  iat: isTime,
  exp: isTime,
  jti: (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value),
  licenceId: isCopyText,
  doc: isHash,
  face: isHash,
  state: isCopyText,
  purpose: isCopyText,
  case: isCopyText,
  maker: isCopyText,
}

/** @throws Problem invalid-copy naming the first member that is not right */
export function signCopy(claims: CopyClaims, { key, kid }: CopySigner): string {
  const rule = brokenRule({ ...claims })
  if (rule !== undefined) throw new Problem('invalid-copy', { rule })
  return signJws({ header: { kid, typ: copyType }, payload: JSON.stringify(claims), key })
}

export interface CopySigner {
  readonly key: Key
  readonly kid: string
}

const copyType = 'copy+jwt'

export type CopyVerdict =
  { readonly ok: true; readonly claims: CopyClaims } | { readonly ok: false; readonly code: string }

/** Whether one of these keys signed the statement; what it is about is the caller's question. */
export function verifyCopy(token: string, keys: ReadonlyMap<string, Key>): CopyVerdict {
  const jws = verifyJws(token, keys, { typ: copyType })
  if (!jws.ok) return jws
  const claims = claimsIn(jws.payload)
  return claims ? { ok: true, claims } : { ok: false, code: 'claims-malformed' }
}

function claimsIn(payload: Uint8Array): CopyClaims | undefined {
  try {
    const claims = parseJsonObject(fromUtf8(payload))
    const isRight = brokenRule(claims) === undefined
    return isRight ? (claims as unknown as CopyClaims) : undefined // Each was held against its rule.
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

/** A claim that is wrong, missing, or not one of ours. */
function brokenRule(claims: JsonObject): string | undefined {
  const foreign = Object.keys(claims).find((name) => !Object.hasOwn(claimRules, name))
  if (foreign !== undefined) return 'unknown-claim'
  const broken = Object.entries(claimRules).find(([name, isRight]) => !isRight(claims[name]))?.[0]
  return broken ?? (Number(claims['iat']) < Number(claims['exp']) ? undefined : 'exp')
}
