/** Writes the extensions that foreign authorities put into their certificates (RFC 5280 §4.2.1). */
import 'reflect-metadata'
import type * as x509 from '@peculiar/x509'
import { der, integer, oid, sequence } from '../certs-dev/der-writer.ts'
import { extension } from '../certs-dev/extension.ts'
import { nameDer } from '../certs-dev/make.ts'

type Bytes = Uint8Array

const text = (tag: number, value: string): Bytes => der(tag, Buffer.from(value))
export const dns = (value: string): Bytes => text(0x82, value)
export const email = (value: string): Bytes => text(0x81, value)
export const uri = (value: string): Bytes => text(0x86, value)
export const ip = (...bytes: number[]): Bytes => der(0x87, Uint8Array.from(bytes))
export const directory = (...parts: readonly (readonly [string, string])[]): Bytes =>
  der(0xa4, nameDer(parts))
export const other = der(0xa0, oid('1.2.3'), der(0xa0, text(0x0c, 'x')))

export const plain = (type: string, value: Bytes, isCritical = false): x509.Extension =>
  extension(type, { isCritical, value })

export const names = (...list: readonly Bytes[]): x509.Extension =>
  plain('2.5.29.17', sequence(...list))

export function constrain(
  permitted: readonly Bytes[],
  excluded: readonly Bytes[] = [],
  isCritical = true,
): x509.Extension {
  const subtrees = (tag: number, list: readonly Bytes[]): readonly Bytes[] =>
    list.length === 0 ? [] : [der(tag, ...list.map((base) => sequence(base)))]
  const value = sequence(...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded))
  return plain('2.5.29.30', value, isCritical)
}

export const policies = (...list: readonly string[]): x509.Extension =>
  plain('2.5.29.32', sequence(...list.map((policy) => sequence(oid(policy)))))

export const map = (...pairs: readonly (readonly [string, string])[]): x509.Extension =>
  plain('2.5.29.33', sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to)))))

export const steer = (explicit?: number, mapping?: number): x509.Extension => {
  const fields = [explicit, mapping].flatMap((count, i) =>
    count === undefined ? [] : [der(0x80 + i, Uint8Array.of(count))],
  )
  return plain('2.5.29.36', sequence(...fields), true)
}

export const inhibitAny = (count: number): x509.Extension =>
  plain('2.5.29.54', integer(count), true)
