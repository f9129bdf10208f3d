/**
 * The holder's own token at the end of a presentation (RFC 9901 §4.3, §7.3): signed with the key the
 * issuer wrote into `cnf`, made for one audience and one nonce, over exactly this presentation.
 */
import { anyOf, isLike, isOneOf, isText, optional } from '../given.ts'
import { isJsonObject, parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { signJws, verifyJws } from '../jws.ts'
import { digestText, fromUtf8 } from '../primitives.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'
import { sdAlgorithm, sdAlgorithms, splitPresentation } from '../sd-jwt.ts'
import type { Presentation, SdAlgorithm } from '../sd-jwt.ts'
import { periodRefusal } from './period.ts'

const keyBindingType = 'kb+jwt'
/** How old a holder's token may be, and how far ahead of ours the holder's clock, seconds. */
export const keyBindingLimits = { age: 300, clockSkew: 60 } as const

/** What the holder was asked to sign. */
export interface KeyBindingQuestion {
  readonly audience: string
  readonly nonce: string
}

/** Default: a token of the holder is refused. `optional` verifies it when there is one. */
export type KeyBindingPolicy = 'forbidden' | KeyBindingRule

interface KeyBindingRule extends KeyBindingQuestion {
  readonly presence: 'required' | 'optional'
  /** How old the token may be, seconds. */
  readonly age?: number
}

/** For who asks without types: a member that is missing would match one that is missing. */
export const isKeyBindingPolicy = optional(
  anyOf(
    isOneOf('forbidden'),
    isLike<KeyBindingRule>({
      ...{ audience: isText, nonce: isText, presence: isOneOf('required', 'optional') },
      age: optional(Number.isFinite),
    }),
  ),
)

export interface KeyBinding extends KeyBindingQuestion {
  readonly issuedAt: Date
}

/**
 * The presentation with the token of its holder, whose key is the private half of `cnf`.
 * @param sdJwt what is shown; a token at its end is replaced
 */
export function bindSdJwt(
  sdJwt: string,
  binding: KeyBindingQuestion & {
    readonly key: Key
    readonly at: Date
    /** The one the issuer chose. */
    readonly algorithm?: SdAlgorithm
  },
): string {
  const { bound } = splitPresentation(sdJwt)
  const { key, audience, nonce, at, algorithm = sdAlgorithm } = binding
  const iat = Math.floor(at.getTime() / 1000)
  const sd_hash = digestText(bound, sdAlgorithms[algorithm])
  const payload = JSON.stringify({ iat, aud: audience, nonce, sd_hash })
  return bound + signJws({ header: { typ: keyBindingType }, payload, key })
}

/** What the issuer said of the holder, and when the holder is asked. */
interface BoundHolder {
  readonly cnf: Json | undefined
  readonly algorithm: SdAlgorithm
  readonly at: Date
}

/**
 * The binding, when all of it is right; undefined when there is none and none is required.
 * @throws Problem invalid-licence-document, invalid-json, invalid-encoding
 */
export function checkKeyBinding(
  { bound, keyBinding }: Presentation,
  holder: BoundHolder,
  policy: KeyBindingPolicy = 'forbidden',
): KeyBinding | undefined {
  if (keyBinding === undefined) {
    const isMissing = policy !== 'forbidden' && policy.presence === 'required'
    return isMissing ? refuse('key-binding-missing') : undefined
  }
  if (policy === 'forbidden') refuse('key-binding-not-expected')
  return verifyKeyBinding(keyBinding, bound, { ...holder, ...policy })
}

function verifyKeyBinding(
  token: string,
  bound: string,
  { cnf, algorithm, audience, nonce, at, age = keyBindingLimits.age }: BoundHolder & KeyBindingRule,
): KeyBinding {
  // An id of the key may stand there, but the issuer has named the one key it can be.
  const expected = { typ: keyBindingType, headerAllowed: ['alg', 'typ', 'kid'] }
  const jws = verifyJws(token, holderKey(cnf), expected)
  if (!jws.ok) refuse(`key-binding-${jws.code}`)
  const signed = parseJsonObject(fromUtf8(jws.payload))
  const { iat, aud, nonce: answered, sd_hash } = signed
  if (aud !== audience) refuse('key-binding-audience')
  if (answered !== nonce) refuse('key-binding-nonce')
  if (sd_hash !== digestText(bound, sdAlgorithms[algorithm])) refuse('key-binding-of-other')
  if (!isRecent(iat, at, age) || periodRefusal(signed, at)) refuse('key-binding-time')
  return { audience, nonce, issuedAt: new Date(iat * 1000) }
}

/** Written so that a time that is no time is never recent. */
function isRecent(iat: Json | undefined, at: Date, ageMax: number): iat is number {
  if (typeof iat !== 'number') return false
  const age = at.getTime() / 1000 - iat
  return -keyBindingLimits.clockSkew <= age && age <= ageMax
}

/** `cnf` holds one key and nothing else (RFC 7800 §3.2): nothing is looked up or decrypted. */
function holderKey(cnf: Json | undefined): JsonObject {
  const { jwk, ...others } = isJsonObject(cnf) ? cnf : {}
  // A set of keys would leave the choice to the presentation.
  const isOneKey = isJsonObject(jwk) && Object.hasOwn(jwk, 'kty') && !Object.hasOwn(jwk, 'keys')
  if (!isOneKey || Object.keys(others).length > 0) refuse('holder-key')
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== 'kid'))
}

function refuse(rule: string): never {
  throw new Problem('invalid-licence-document', { rule })
}
