/**
 * Distinguished names (RFC 5280 §4.1.2.4, X.501): read, compared and shown. Names are compared as
 * RFC 5280 §7.1 says: by their text, whatever type of string wrote it, without regard to case and to
 * the amount of white space. Our own PKI writes names in one way only, and the strict profile asks
 * for the very same bytes: that is `certificate-strict.ts`.
 */
import { tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { expectTag, fieldsOf, isText, oidOf, textOf } from '../der-value.ts'
import { fromText, toText } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { remembering } from './remembering.ts'

const nameLimits = { attributes: 32, textLength: 256 } as const

export interface Name {
  readonly der: Uint8Array
  /** For people, never for comparison: `C=CN, O=…, CN=…`. */
  readonly text: string
  /**
   * The encodings of the relative names, a character for each byte, from the root of the directory;
   * none in an empty name.
   */
  readonly parts: readonly string[]
  /** The same relative names in the form in which equal names are equal strings. */
  readonly keys: readonly string[]
  readonly key: string
  readonly attributes: readonly Attribute[]
  /** Whether every value is of the string types that new certificates use. */
  readonly isPlain: boolean
}

interface Attribute {
  readonly oid: string
  readonly value: string
  readonly text: string
  readonly key: string
  readonly isPlain: boolean
}

export const organisationOid = '2.5.4.10'
export const emailAddressOid = '1.2.840.113549.1.9.1'

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
  [emailAddressOid]: 'emailAddress',
}

/** A name, which may be empty. @throws Problem invalid-certificate, invalid-der */
export const readName = remembering(readNewName)

function readNewName(node: DerNode, encoded: string): Name {
  const parts = expectTag(node, tags.sequence).children
  if (parts.length > nameLimits.attributes) refuse('too-many')
  const relatives = parts.map(readRelative)
  const attributes = relatives.flat()
  if (attributes.length > nameLimits.attributes) refuse('too-many')
  const keys = relatives.map(keyOf)
  return {
    der: fromText(encoded, 'latin1'),
    text: attributes.map(({ text }) => text).join(', '),
    parts: parts.map(({ from, end }) => encoded.slice(from - node.from, end - node.from)),
    keys,
    key: keys.join('\u0002'),
    attributes,
    isPlain: attributes.every(({ isPlain }) => isPlain),
  }
}

export function sameName(a: Name, b: Name): boolean {
  return a.key === b.key
}

export function isEmpty(name: Name): boolean {
  return name.parts.length === 0
}

/** Whether the name lies at or below the base of a subtree (RFC 5280 §4.2.1.10). */
export function isWithin(name: Name, base: Name): boolean {
  return base.keys.every((key, i) => name.keys[i] === key)
}

/** The value of an attribute that occurs exactly once. */
export function onlyValueOf(name: Name, oid: string): string | undefined {
  const [only, another] = valuesOf(name, oid)
  return another === undefined ? only : undefined
}

export function valuesOf(name: Name, oid: string): readonly string[] {
  return name.attributes.filter((attribute) => attribute.oid === oid).map(({ value }) => value)
}

function readRelative(node: DerNode): readonly Attribute[] {
  const attributes = expectTag(node, tags.set).children.map(readAttribute)
  return attributes.length === 0 ? refuse('empty-relative-name') : attributes
}

/** The attributes of one relative name have no order (X.501 §9.3). */
function keyOf(relative: readonly Attribute[]): string {
  const [only, another] = relative
  if (only && !another) return only.key
  return relative
    .map(({ key }) => key)
    .sort()
    .join('\u0001')
}

const plainTypes: ReadonlySet<number> = new Set([
  tags.utf8String,
  tags.printableString,
  tags.ia5String,
])

/** All who are of one organisation share most of them. */
const readAttribute = remembering(readNewAttribute)

/** A value that is no text is shown in hexadecimal and compared byte for byte. */
function readNewAttribute(node: DerNode): Attribute {
  const fields = fieldsOf(node)
  const oid = oidOf(fields.next(tags.oid))
  const field = fields.next()
  fields.end()
  if (!isText(field)) {
    const value = `#${toText(field.bytes, 'hex')}`
    return { oid, value, text: shown(oid, value), key: `${oid}${value}`, isPlain: false }
  }
  const value = textOf(field, nameLimits.textLength)
  const isPlain = plainTypes.has(field.tag)
  return { oid, value, text: shown(oid, value), key: `${oid}=${comparable(value)}`, isPlain }
}

/** What RFC 5280 §7.1 takes from RFC 4518: compatible characters, case and white space are folded. */
function comparable(value: string): string {
  if (simple.test(value)) return value.toLowerCase()
  return value.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}

/** Words of ASCII and of unified Han, one space between two: there is nothing to be folded but case. */
const simple = /^[!-~\u4e00-\u9fff]+(?: [!-~\u4e00-\u9fff]+)*$/

function shown(oid: string, value: string): string {
  return `${shortNames[oid] ?? oid}=${value.replace(/[,+"\\<>;=]/g, '\\$&')}`
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}
