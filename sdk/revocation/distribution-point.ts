/**
 * Which list covers which certificate: the distribution points a certificate names (RFC 5280
 * §4.2.1.13) and the part of the certificates a list speaks about (§5.2.5), read and matched (§6.3.3,
 * step b). Nothing is fetched from anywhere; names are compared, never followed.
 */
import { readName } from '../certificate/name.ts'
import type { Name } from '../certificate/name.ts'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { contextTag, elementsOf, fieldsOf, insideOf, namedBitsOf } from '../der-value.ts'
import { concatBytes, toText } from '../primitives.ts'
import { Problem } from '../problem.ts'

const pointLimits = { points: 16, names: 16, bytes: 1_024 } as const

/** Bits 1 to 8 of ReasonFlags: every reason there is (§4.2.1.13). */
export const allReasons = 0b1_1111_1110

/** Either whole names, in a form in which equal ones are equal strings, or the end of one. */
type PointNames = { readonly whole: readonly string[] } | { readonly relative: string }

export interface DistributionPoint {
  readonly names?: PointNames
  /** A mask of the reasons its lists know. */
  readonly reasons: number
  /** Who issues its lists, when that is not who issued the certificate. */
  readonly crlIssuers?: readonly string[]
}

export interface IssuingPoint {
  readonly der: Uint8Array
  readonly names?: PointNames
  readonly only?: 'users' | 'cas' | 'attributes'
  readonly reasons: number
  readonly isIndirect: boolean
}

const option = (number: number): number => contextTag(number, 'primitive')
const group = (number: number): number => contextTag(number, 'constructed')

/** The value of a certificate's cRLDistributionPoints. @throws Problem */
export function readDistributionPoints(value: DerNode): readonly DistributionPoint[] {
  return elementsOf(value, pointLimits.points).map((node) => {
    const fields = fieldsOf(node)
    const names = fields.optional(group(0))
    const reasons = fields.optional(option(1))
    const issuers = fields.optional(group(2))
    fields.end()
    if (!names && !issuers) refuse('distribution-point')
    return {
      ...(names && { names: readPointNames(insideOf(names)) }),
      reasons: reasonMaskOf(reasons),
      ...(issuers && { crlIssuers: readNames(issuers) }),
    }
  })
}

/** The value of a list's issuingDistributionPoint. @throws Problem */
export function readIssuingPoint(value: DerNode): IssuingPoint {
  const fields = fieldsOf(value)
  const names = fields.optional(group(0))
  const flag = (number: number): boolean => isTrue(fields.optional(option(number)))
  const [users, cas] = [flag(1), flag(2)]
  const reasons = fields.optional(option(3))
  const [isIndirect, attributes] = [flag(4), flag(5)]
  fields.end()
  const kinds = { users, cas, attributes }
  const [only, another] = (['users', 'cas', 'attributes'] as const).filter((kind) => kinds[kind])
  if (value.children.length === 0 || another) refuse('distribution-point')
  return {
    der: value.bytes,
    ...(names && { names: readPointNames(insideOf(names)) }),
    ...(only && { only }),
    reasons: reasonMaskOf(reasons),
    isIndirect,
  }
}

/** The one directory name of an entry's certificateIssuer (§5.3.3). @throws Problem */
export function readCertificateIssuer(value: DerNode): Name {
  const names = elementsOf(value, pointLimits.names).filter(({ tag }) => tag === group(4))
  const [only, another] = names
  return !only || another ? refuse('certificate-issuer') : readName(insideOf(only))
}

/** The point every certificate has: lists of its issuer about everything (§6.3.3, at the end). */
export function pointOfIssuer(issuer: Name): DistributionPoint {
  return { names: { whole: [directoryKey(issuer.keys)] }, reasons: allReasons }
}

/** Whether the point says that this is who issues its lists, instead of the issuer of the certificate. */
export function pointNamesIssuer(point: DistributionPoint, crlIssuer: Name): boolean {
  return point.crlIssuers?.includes(directoryKey(crlIssuer.keys)) ?? false
}

/** Whether a list is of this point, whose issuer of lists it was found to be: they share a name. */
export function isListOfPoint(
  list: { readonly point: IssuingPoint | undefined; readonly issuer: Name },
  point: DistributionPoint,
): boolean {
  if (!list.point?.names) return true
  const names = point.names ? wholeNames(point.names, list.issuer) : (point.crlIssuers ?? [])
  return wholeNames(list.point.names, list.issuer).some((name) => names.includes(name))
}

function wholeNames(names: PointNames, issuer: Name): readonly string[] {
  return 'whole' in names ? names.whole : [directoryKey([...issuer.keys, names.relative])]
}

/** DistributionPointName: fullName or nameRelativeToCRLIssuer. */
function readPointNames(node: DerNode): PointNames {
  if (node.tag === group(0)) return { whole: readNames(node) }
  if (node.tag !== group(1)) refuse('distribution-point')
  const [relative] = readName(retagged(tags.sequence, retagged(tags.set, node.content).bytes)).keys
  return { relative: relative ?? refuse('distribution-point') }
}

function readNames({ children }: DerNode): readonly string[] {
  const isBounded = children.length > 0 && children.length <= pointLimits.names
  return isBounded ? children.map(keyOf) : refuse('distribution-point')
}

/** Entries of a directory and URIs; of any other name nobody knows how a list is had from it. */
function keyOf(node: DerNode): string {
  if (node.tag === group(4)) return directoryKey(readName(insideOf(node)).keys)
  if (node.tag !== option(6)) refuse('distribution-point')
  return `uri ${toText(node.bytes, 'hex')}`
}

function directoryKey(relativeNames: readonly string[]): string {
  return `directory ${JSON.stringify(relativeNames)}`
}

/** ReasonFlags under an implicit tag. */
function reasonMaskOf(flags: DerNode | undefined): number {
  if (!flags) return allReasons
  const bits = namedBitsOf(retagged(tags.bitString, flags.content))
  return bits.reduce((mask, bit) => mask | (1 << bit), 0) & allReasons
}

/** TRUE under an implicit tag; FALSE is the default, which DER does not write. */
function isTrue(flag: DerNode | undefined): boolean {
  if (flag && (flag.content.length !== 1 || flag.content[0] !== 0xff)) refuse('default-written')
  return flag !== undefined
}

/** What stood under an implicit tag, under its own: read with the rules of its type. */
function retagged(tag: number, content: Uint8Array): DerNode {
  const { length } = content
  if (length > pointLimits.bytes) refuse('distribution-point')
  const header = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff]
  const shortest = length >= 0x80 && length < 0x100 ? [0x81, length] : header
  return readDer(concatBytes(Uint8Array.of(tag, ...shortest), content))
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}
