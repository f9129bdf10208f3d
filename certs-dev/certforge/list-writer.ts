/**
 * Writes revocation lists of every kind, byte by byte (RFC 5280 §5): version 1, delta, indirect, of a
 * part of the certificates, and whatever no authority ought to sign. The lists of the development PKI
 * itself are made in `make.ts`.
 */
import { contextTag } from '../../sdk/der-value.ts'
import { tags } from '../../sdk/der.ts'
import { der, integer, octets, oid, sequence } from '../der-writer.ts'
import { nameDer } from '../make.ts'
import type { NameParts, Signer } from '../make.ts'
import { signed } from './signed.ts'

export interface ListOrder {
  readonly issuer: Signer
  readonly from: Date
  readonly until?: Date | undefined
  readonly entries: readonly ListEntry[]
  /** In DER; a list of version 1 when left out. */
  readonly extensions?: readonly Uint8Array[] | undefined
}

export interface ListEntry {
  /** Hexadecimal, as the INTEGER holds it. */
  readonly serial: string
  readonly from: Date
  readonly extensions?: readonly Uint8Array[]
}

export function writeList(order: ListOrder): Uint8Array {
  const { issuer, from, until, entries, extensions } = order
  return signed(issuer.key, (algorithm) =>
    sequence(
      ...(extensions ? [integer(1)] : []),
      ...[algorithm, nameDer(issuer.name), time(from)],
      ...(until ? [time(until)] : []),
      ...(entries.length > 0 ? [sequence(...entries.map(entryDer))] : []),
      ...(extensions ? [group(0, sequence(...extensions))] : []),
    ),
  )
}

function entryDer({ serial, from, extensions }: ListEntry): Uint8Array {
  const number = der(tags.integer, Buffer.from(serial, 'hex'))
  return sequence(number, time(from), ...(extensions ? [sequence(...extensions)] : []))
}

export function group(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return der(contextTag(number, 'constructed'), ...contents)
}

/** YYYYMMDDhhmmssZ, of any year. */
export function generalizedTime(at: Date): Uint8Array {
  const digits = at.toISOString().slice(0, 19).replace(/\D/g, '')
  return der(tags.generalizedTime, Buffer.from(`${digits}Z`))
}

/** UTCTime until 2049 (RFC 5280 §4.1.2.5). */
export function time(at: Date): Uint8Array {
  if (at.getUTCFullYear() > 2049) return generalizedTime(at)
  const digits = at.toISOString().slice(2, 19).replace(/\D/g, '')
  return der(tags.utcTime, Buffer.from(`${digits}Z`))
}

export function extensionDer(type: string, value: Uint8Array, isCritical = false): Uint8Array {
  const critical = isCritical ? [der(tags.boolean, Uint8Array.of(0xff))] : []
  return sequence(oid(type), ...critical, octets(value))
}

/** Numbers of the reasons (RFC 5280 §5.3.1). */
export const reasons = {
  ...{ unspecified: 0, keyCompromise: 1, superseded: 4, hold: 6, remove: 8 },
} as const

export function reasonCode(code: number): Uint8Array {
  return extensionDer('2.5.29.21', der(tags.enumerated, Uint8Array.of(code)))
}

export function invalidSince(at: Date): Uint8Array {
  return extensionDer('2.5.29.24', generalizedTime(at))
}

export function certificateIssuer(name: NameParts, isCritical = true): Uint8Array {
  return extensionDer('2.5.29.29', sequence(group(4, nameDer(name))), isCritical)
}

export function listNumber(number: number, isCritical = false): Uint8Array {
  return extensionDer('2.5.29.20', integer(number), isCritical)
}

export function deltaOf(number: number, isCritical = true): Uint8Array {
  return extensionDer('2.5.29.27', integer(number), isCritical)
}

/** Where a list can be had, or what part of the certificates it is about. */
export interface Point {
  readonly names?: readonly Uint8Array[]
  /** One relative name after that of the issuer. */
  readonly relative?: readonly [type: string, value: string]
  /** Bits of ReasonFlags. */
  readonly reasons?: readonly number[]
}

export function uri(text: string): Uint8Array {
  return der(contextTag(6, 'primitive'), Buffer.from(text))
}

export function directory(name: NameParts): Uint8Array {
  return group(4, nameDer(name))
}

export interface CertificatePoint extends Point {
  readonly crlIssuer?: NameParts
}

/** cRLDistributionPoints, its value only: the extensions of certificates are made elsewhere. */
export function pointsDer(points: readonly CertificatePoint[]): Uint8Array {
  return sequence(
    ...points.map((point) =>
      sequence(
        ...pointName(point),
        ...reasonFlags(point, 1),
        ...(point.crlIssuer ? [group(2, directory(point.crlIssuer))] : []),
      ),
    ),
  )
}

/** issuingDistributionPoint; `flags` are the numbers of what is TRUE in it. */
export function issuingPoint(
  point: Point & { readonly flags?: readonly number[] },
  isCritical = true,
): Uint8Array {
  const flags = point.flags ?? []
  const flag = (number: number): Uint8Array[] =>
    flags.includes(number) ? [der(contextTag(number, 'primitive'), Uint8Array.of(0xff))] : []
  const value = sequence(
    ...[...pointName(point), ...flag(1), ...flag(2), ...reasonFlags(point, 3)],
    ...[...flag(4), ...flag(5)],
  )
  return extensionDer('2.5.29.28', value, isCritical)
}

function pointName({ names, relative }: Point): Uint8Array[] {
  if (names) return [group(0, group(0, ...names))]
  if (!relative) return []
  const [type, value] = relative
  return [group(0, group(1, sequence(oid(type), der(tags.utf8String, Buffer.from(value)))))]
}

function reasonFlags({ reasons: bits }: Point, number: number): Uint8Array[] {
  if (!bits) return []
  const flags = bits.reduce((mask, bit) => mask | (0x8000 >> bit), 0)
  const unused = Math.min(15, 31 - Math.clz32(flags & -flags))
  const bytes = unused >= 8 ? [unused - 8, flags >> 8] : [unused, flags >> 8, flags & 0xff]
  return [der(contextTag(number, 'primitive'), Uint8Array.from(bytes))]
}
