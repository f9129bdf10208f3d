/**
 * The flattened JSON form of an SD-JWT (RFC 9901 §8) as the compact one, which is also what a holder
 * signs (§8.1). Whether any of it is true is decided by whoever reads the compact form.
 */
import { isJsonObject, parseJsonObject } from '../json.ts'
import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'

const flattenedMembers: readonly string[] = ['payload', 'protected', 'signature', 'header']
const unprotectedMembers: readonly string[] = ['disclosures', 'kb_jwt']

/**
 * A text that begins like JSON as the compact form; any other text as it is.
 * @throws Problem invalid-licence-document, invalid-json
 */
export function compactSdJwt(text: string): string {
  return text.startsWith('{') ? compactOf(text) : text
}

function compactOf(text: string): string {
  const form = parseJsonObject(text)
  const { payload, protected: signedHeader, signature, header } = form
  const unprotected = isJsonObject(header) ? header : refuse()
  const { disclosures = [], kb_jwt: keyBinding = '' } = unprotected
  const isKnown =
    Object.keys(form).every((name) => flattenedMembers.includes(name)) &&
    Object.keys(unprotected).every((name) => unprotectedMembers.includes(name))
  if (!isKnown || !Array.isArray(disclosures)) refuse()
  const parts: readonly Json[] = [...(disclosures as readonly Json[]), keyBinding]
  const jwt = [signedHeader, payload, signature].map((part) => partOf(part, '.')).join('.')
  return [jwt, ...parts.map((part) => partOf(part, '~'))].join('~')
}

/** A text that cannot be taken for two. */
function partOf(part: Json | undefined, separator: string): string {
  return typeof part === 'string' && !part.includes(separator) ? part : refuse()
}

function refuse(): never {
  throw new Problem('invalid-licence-document', { rule: 'form' })
}
