/**
 * What the platform does with keys: reads and writes them, verifies and signs. Which signatures mean
 * anything is `algorithm.ts`. In a browser `key.browser.ts` takes its seat, which verifies only.
 */
import {
  constants,
  createECDH,
  createPublicKey,
  KeyObject,
  sign as signByNode,
  verify as verifyByNode,
} from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import { writePem } from '../pem.ts'

/**
 * A public or private key. The pure sdk looks at `type`, `asymmetricKeyType` and `asymmetricKeyDetails`,
 * and leaves everything else to this file.
 */
export type Key = KeyObject

export function isKey(value: unknown): value is Key {
  return value instanceof KeyObject
}

/** The key of a SubjectPublicKeyInfo (RFC 5280 §4.1). Throws when the platform knows none like it. */
export function keyOfSpki(spki: Uint8Array): Key {
  // Node makes a key of PEM in a third of the time that it takes for the object DER has to come in.
  return createPublicKey(writePem([spki], 'PUBLIC KEY'))
}

/** The SubjectPublicKeyInfo of a public key, or of the public half of a private one. */
export function spkiOf(key: Key): Uint8Array {
  return publicHalf(key).export({ format: 'der', type: 'spki' })
}

/** Throws when the numbers are no key, for example because the point is on no curve. */
export function keyOfJwk(jwk: JsonObject): Key {
  return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }) // Node looks at the members itself.
}

/** The public members of a key of EC, RSA or Ed25519. */
export function jwkOf(key: Key): JsonObject {
  return publicHalf(key).export({ format: 'jwk' }) as JsonObject // It is JSON by its definition.
}

export function publicHalf(key: Key): Key {
  return key.type === 'private' ? createPublicKey(key) : key
}

export interface Signing {
  /** None where the signature brings its own, as Ed25519 does. */
  readonly hash: string | null
  readonly key: Key
  readonly message: Uint8Array
}

/** Signatures of ECDSA are SEQUENCE { r, s } (RFC 3279 §2.2.3). */
export function sign({ hash, key, message }: Signing): Uint8Array {
  return signByNode(hash, message, key)
}

export interface Verifying extends Signing {
  readonly signature: Uint8Array
  /** Of RSASSA-PSS, in bytes; other signatures of RSA are PKCS #1's. */
  readonly saltLength: number | undefined
}

/** May throw at keys that are not to be used so, such as PSS keys bound to another hash. */
export function verify({ hash, key, message, signature, saltLength }: Verifying): boolean {
  // The key goes to Node as it is: an object around it costs as much as half a signature.
  if (saltLength === undefined) return verifyByNode(hash, message, key, signature)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verifyByNode(hash, message, { key, padding, saltLength }, signature)
}

/** The PKCS #8 of a private key. */
export function pkcs8Of(key: Key): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8' })
}

/** A random number on the curve of SM2 and the point it leads to, 0x04‖x‖y. */
export function randomSm2(): { readonly scalar: Uint8Array; readonly point: Uint8Array } {
  const once = createECDH('SM2')
  const point = once.generateKeys()
  return { point, scalar: once.getPrivateKey() }
}
