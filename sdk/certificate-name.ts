/**
 * Distinguished names (RFC 5280 §4.1.2.4, X.501): read, compared and shown. Names are compared by
 * their encodings, byte for byte: stricter than RFC 5280 §7.1, which also matches other spellings of
 * the same text, and therefore never a wrong match.
 */
import { tags } from './der.ts'
import type { DerNode } from './der.ts'
import { elementsOf, expectTag, fieldsOf, oidOf, textOf } from './der-value.ts'
import { Problem } from './problem.ts'

const nameLimits = { attributes: 32, textLength: 256 } as const

export interface Name {
  readonly der: Uint8Array
  /** For people, never for comparison: `C=CN, O=…, CN=…`. */
  readonly text: string
  /** The encodings of the relative names, from the root of the directory. */
  readonly parts: readonly Uint8Array[]
  /** The same relative names in the form in which equal names are equal strings. */
  readonly keys: readonly string[]
  readonly key: string
  readonly attributes: readonly Attribute[]
}

interface Attribute {
  readonly oid: string
  readonly value: string
}

export const organisationOid = '2.5.4.10'

const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  [organisationOid]: 'O',
  '2.5.4.11': 'OU',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.25': 'DC',
}

/**
 * A name with at least one attribute.
 * @throws Problem invalid-certificate, invalid-der
 */
export function readName(node: DerNode): Name {
  const parts = elementsOf(node, nameLimits.attributes)
  const attributes = parts.flatMap((part) => expectTag(part, tags.set).children.map(readAttribute))
  if (parts.some((part) => part.children.length === 0)) {
    throw new Problem('invalid-certificate', { rule: 'empty-relative-name' })
  }
  return {
    der: node.bytes,
    text: attributes.map(show).join(', '),
    parts: parts.map((part) => part.bytes),
    keys: parts.map((part) => Buffer.from(part.bytes).toString('hex')),
    key: Buffer.from(node.bytes).toString('hex'),
    attributes,
  }
}

export function sameName(a: Name, b: Name): boolean {
  return Buffer.compare(a.der, b.der) === 0
}

/** Whether the name lies at or below the base of a subtree (RFC 5280 §4.2.1.10). */
export function isWithin(name: Name, base: Name): boolean {
  return base.parts.every((part, i) => {
    const own = name.parts[i]
    return own !== undefined && Buffer.compare(own, part) === 0
  })
}

/** The value of an attribute that occurs exactly once. */
export function onlyValueOf(name: Name, oid: string): string | undefined {
  const [only, another] = name.attributes.filter((attribute) => attribute.oid === oid)
  return another ? undefined : only?.value
}

function readAttribute(node: DerNode): Attribute {
  const fields = fieldsOf(node)
  const oid = oidOf(fields.next(tags.oid))
  const value = textOf(fields.next(), nameLimits.textLength)
  fields.end()
  return { oid, value }
}

function show({ oid, value }: Attribute): string {
  return `${shortNames[oid] ?? oid}=${value.replace(/[,+"\\<>;=]/g, '\\$&')}`
}
