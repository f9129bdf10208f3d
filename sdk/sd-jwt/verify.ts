/**
 * Whether an SD-JWT is true, with or without key binding (RFC 9901 §7; for credentials also the SD-JWT
 * VC draft §3). Compact or as JSON (RFC 9901 §8), where every signature has to hold. What the claims
 * mean, and whether the key is of the issuer they name, is the caller's business; licences have
 * `licence.ts`.
 */
import { anyOf, isMoment, isOneOf, isText, listOf, look, momentOf, optional } from '../given.ts'
import type { Moment, Rule } from '../given.ts'
import { parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { readJws, judgeJws } from '../jws.ts'
import type { JwsVerdict } from '../jws.ts'
import type { VerificationKeys } from '../jws/key.ts'
import { fromUtf8 } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { credentialType, isNeverHidden, splitPresentation } from '../sd-jwt.ts'
import { revealClaims } from './claims.ts'
import { readForm } from './json-form.ts'
import type { FormSignature, SdJwtForm } from './json-form.ts'
import { checkKeyBinding, isKeyBindingPolicy } from './key-binding.ts'
import type { KeyBinding, KeyBindingPolicy } from './key-binding.ts'
import { periodRefusal } from './period.ts'

export interface SdJwtQuestion {
  readonly at: Moment
  /** To the letter; null: any or none. Default `dc+sd-jwt`, a credential. */
  readonly typ?: string | null
  /** Every parameter of the header that may occur. */
  readonly headerAllowed?: readonly string[] | 'any'
  /** Who asks: a document that says whom it is for (`aud`) has to be for us. */
  readonly audience?: string
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

/** Credentials, by their name now and in older drafts: `vct` and validity stand in clear. */
const credentialTypes: readonly unknown[] = [credentialType, 'vc+sd-jwt']

/** @param sdJwt the compact form, or the text of a JSON form */
export function verifySdJwt(
  sdJwt: string,
  keys: VerificationKeys,
  question: SdJwtQuestion,
): SdJwtVerdict {
  const { question: asked } = look(question, rules)
  if (!isText(sdJwt) || !asked) return { ok: false, code: 'question-malformed' }
  try {
    return judge(readForm(sdJwt), keys, asked)
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return { ok: false, code: String(thrown.detail['rule'] ?? thrown.code) }
  }
}

const rules: Readonly<Record<keyof SdJwtQuestion, Rule>> = {
  at: isMoment,
  typ: anyOf(optional(isText), isOneOf(null)),
  headerAllowed: optional(anyOf(listOf(isText), isOneOf('any'))),
  audience: optional(isText),
  keyBinding: isKeyBindingPolicy,
}

function judge(form: SdJwtForm, keys: VerificationKeys, question: SdJwtQuestion): SdJwtVerdict {
  const at = momentOf(question.at)
  const presentation = splitPresentation(form.compact)
  const jws = judgeSignatures(form, keys, question)
  if (!jws.ok) return jws
  const signed = parseJsonObject(fromUtf8(jws.payload))
  const { claims, algorithm, paths } = revealClaims(signed, presentation.disclosures)
  if (credentialTypes.includes(jws.header['typ'])) checkCredential(claims, [...paths.values()])
  const untimely = periodRefusal(claims, at)
  if (untimely) refuse(untimely)
  if (!isFor(claims['aud'], question.audience)) refuse('audience')
  const holder = { cnf: signed['cnf'], algorithm, at }
  const keyBinding = checkKeyBinding(presentation, holder, question.keyBinding)
  const answer = { ok: true, payload: claims, header: jws.header } as const
  return keyBinding ? { ...answer, keyBinding } : answer
}

/** What the first one signs, when all of them hold. */
function judgeSignatures(
  { signatures }: SdJwtForm,
  keys: VerificationKeys,
  question: SdJwtQuestion,
): JwsVerdict {
  const verdicts = signatures.map((signature) => judgeSignature(signature, keys, question))
  return verdicts.find(({ ok }) => !ok) ?? verdicts[0] ?? refuse('form')
}

function judgeSignature(
  { jwt, kid }: FormSignature,
  keys: VerificationKeys,
  { typ = credentialType, headerAllowed = headerAllowedByDefault }: SdJwtQuestion,
): JwsVerdict {
  const jws = readJws(jwt)
  // RFC 7515 §7.2.1: a parameter is either signed or not.
  const isHint = kid === undefined || (typeof kid === 'string' && !Object.hasOwn(jws.header, 'kid'))
  if (!isHint) refuse('form')
  return judgeJws(jws, keys, { headerAllowed, kid, ...(typ !== null && { typ }) })
}

/** What a credential is, and until when, is not for its holder to withhold. */
function checkCredential({ vct }: JsonObject, hidden: readonly (readonly unknown[])[]): void {
  if (typeof vct !== 'string' || vct === '') refuse('vct')
  if (hidden.some(([name]) => isNeverHidden(name))) refuse('hidden-claim')
}

/** RFC 7519 §4.1.3: who is not named is not meant. */
function isFor(aud: Json | undefined, audience: string | undefined): boolean {
  const named: readonly Json[] = Array.isArray(aud) ? aud : [aud ?? null]
  return aud === undefined || (audience !== undefined && named.includes(audience))
}

function refuse(rule: string): never {
  throw new Problem('invalid-licence-document', { rule })
}
