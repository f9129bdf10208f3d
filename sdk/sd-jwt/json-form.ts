/**
 * The JSON forms of an SD-JWT (RFC 9901 §8), flattened or general, taken apart into the compact one,
 * which is also what a holder signs (§8.1). Of several signatures over one payload the first brings
 * the disclosures and the token of the holder.
 */
import { isJsonObject, parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'

const signaturesMax = 10

export interface SdJwtForm {
  /** With the first signature. */
  readonly compact: string
  /** All of them, each with the payload. */
  readonly signatures: readonly FormSignature[]
}

export interface FormSignature {
  readonly jwt: string
  /** Which key it is said to be of, by nobody's signature. */
  readonly kid?: Json | undefined
}

/** @throws Problem invalid-licence-document, invalid-json */
export function readForm(text: string): SdJwtForm {
  if (!isForm(text)) return { compact: text, signatures: [{ jwt: text.split('~', 1).join() }] }
  const [first, ...others] = readSignatures(parseJsonObject(text))
  if (!first || others.some(({ unprotected }) => Object.keys(unprotected).length > 0)) refuse()
  const { disclosures = [], kb_jwt: keyBinding = '', ...unknown } = first.unprotected
  if (!Array.isArray(disclosures) || Object.keys(unknown).length > 0) refuse()
  const parts = [first.jwt, ...(disclosures as readonly Json[]), keyBinding]
  return {
    compact: parts.map((part) => partOf(part, '~')).join('~'),
    signatures: [first, ...others],
  }
}

/**
 * The compact form of a document with one signature and nothing unsigned about its key.
 * @throws Problem invalid-licence-document, invalid-json
 */
export function compactSdJwt(text: string): string {
  if (!isForm(text)) return text
  const { compact, signatures } = readForm(text)
  return signatures.length === 1 && signatures[0]?.kid === undefined ? compact : refuse()
}

/** A compact one begins with the header in base64url. */
function isForm(text: string): boolean {
  return text.startsWith('{')
}

interface ReadSignature extends FormSignature {
  /** What stands beside the `kid`. */
  readonly unprotected: JsonObject
}

function readSignatures({ payload, signatures, ...flattened }: JsonObject): ReadSignature[] {
  if (signatures === undefined) return [readSignature(flattened, payload)]
  const isGeneral = Array.isArray(signatures) && Object.keys(flattened).length === 0
  if (!isGeneral || signatures.length > signaturesMax) refuse()
  return signatures.map((entry: Json) => readSignature(entry, payload))
}

function readSignature(entry: Json, payload: Json | undefined): ReadSignature {
  const { protected: signedHeader, signature, header = {}, ...others } = objectOf(entry)
  if (Object.keys(others).length > 0) refuse()
  const { kid, ...unprotected } = objectOf(header)
  const jwt = [signedHeader, payload, signature].map((part) => partOf(part, '.')).join('.')
  return { jwt, kid, unprotected }
}

function objectOf(value: Json): JsonObject {
  return isJsonObject(value) ? value : refuse()
}

/** A text that cannot be taken for two. */
function partOf(part: Json | undefined, separator: string): string {
  return typeof part === 'string' && !part.includes(separator) ? part : refuse()
}

function refuse(): never {
  throw new Problem('invalid-licence-document', { rule: 'form' })
}
