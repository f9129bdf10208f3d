/**
 * Whether an SD-JWT is true, with or without key binding (RFC 9901 §7; for credentials also the SD-JWT
 * VC draft §3). Compact or as flattened JSON (RFC 9901 §8). What the claims mean, and whether the key is
 * of the issuer they name, is the caller's business; licences have `licence.ts`.
 */
import { parseJsonObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { readJws, judgeJws } from '../jws.ts'
import type { VerificationKeys } from '../jws/key.ts'
import { fromUtf8 } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { credentialType, isNeverHidden, splitPresentation } from '../sd-jwt.ts'
import { revealClaims } from './claims.ts'
import { compactSdJwt } from './flattened.ts'
import { checkKeyBinding } from './key-binding.ts'
import type { KeyBinding, KeyBindingPolicy } from './key-binding.ts'

export interface SdJwtQuestion {
  readonly at: Date
  /** To the letter. Default `dc+sd-jwt`, a credential, whose `vct` and validity stand in clear. */
  readonly typ?: string
  /** Every parameter of the header that may occur. */
  readonly headerAllowed?: readonly string[]
  readonly keyBinding?: KeyBindingPolicy
}

export type SdJwtVerdict =
  | {
      readonly ok: true
      /** The claims as the issuer wrote them, as far as they are disclosed. */
      readonly payload: JsonObject
      readonly header: JsonObject
      readonly keyBinding?: KeyBinding
    }
  | { readonly ok: false; readonly code: string }

const headerAllowedByDefault: readonly string[] = ['alg', 'typ', 'kid', 'x5c', 'x5t#S256', 'iat']

/** @param sdJwt the compact form, or the text of the flattened JSON form */
export function verifySdJwt(
  sdJwt: string,
  keys: VerificationKeys,
  question: SdJwtQuestion,
): SdJwtVerdict {
  try {
    return judge(compactSdJwt(sdJwt), keys, question)
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return { ok: false, code: String(thrown.detail['rule'] ?? thrown.code) }
  }
}

function judge(sdJwt: string, keys: VerificationKeys, question: SdJwtQuestion): SdJwtVerdict {
  const { at, typ = credentialType, headerAllowed = headerAllowedByDefault } = question
  const presentation = splitPresentation(sdJwt)
  const jws = judgeJws(readJws(presentation.jwt), keys, { typ, headerAllowed })
  if (!jws.ok) return jws
  const signed = parseJsonObject(fromUtf8(jws.payload))
  const { claims, algorithm, paths } = revealClaims(signed, presentation.disclosures)
  if (typ === credentialType) checkCredential(claims, [...paths.values()])
  checkPeriod(claims, at)
  const holder = { cnf: signed['cnf'], algorithm, at }
  const keyBinding = checkKeyBinding(presentation, holder, question.keyBinding)
  const answer = { ok: true, payload: claims, header: jws.header } as const
  return keyBinding ? { ...answer, keyBinding } : answer
}

/** What a credential is, and until when, is not for its holder to withhold. */
function checkCredential({ vct }: JsonObject, hidden: readonly (readonly unknown[])[]): void {
  if (typeof vct !== 'string' || vct === '') refuse('vct')
  if (hidden.some(([name]) => isNeverHidden(name))) refuse('hidden-claim')
}

/** RFC 7519 §4.1. Written so that a time that is no time is never inside. */
function checkPeriod({ nbf, exp, iat }: JsonObject, at: Date): void {
  if ([nbf, exp, iat].some((time) => time !== undefined && typeof time !== 'number')) refuse('time')
  const seconds = at.getTime() / 1000
  if (typeof nbf === 'number' && !(nbf <= seconds)) refuse('not-yet-valid')
  if (typeof exp === 'number' && !(seconds < exp)) refuse('expired')
}

function refuse(rule: string): never {
  throw new Problem('invalid-licence-document', { rule })
}
