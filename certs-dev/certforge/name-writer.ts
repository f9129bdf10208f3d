/** Names of every form, the extensions that carry them, and names no authority should write. */
import type { Extension } from '@peculiar/x509'
import { extensionOids } from '../../sdk/certificate/extension.ts'
import { contextTag } from '../../sdk/der-value.ts'
import { tags } from '../../sdk/der.ts'
import { der, oid, sequence } from '../der-writer.ts'
import { extension } from '../extension.ts'

export function email(text: string): Uint8Array {
  return der(contextTag(1, 'primitive'), Buffer.from(text))
}

export function dns(text: string): Uint8Array {
  return der(contextTag(2, 'primitive'), Buffer.from(text))
}

export function ip(...bytes: readonly number[]): Uint8Array {
  return der(contextTag(7, 'primitive'), Uint8Array.from(bytes))
}

export function alternativeNames(names: readonly Uint8Array[], isCritical = false): Extension {
  return extension(extensionOids.subjectAltName, { isCritical, value: sequence(...names) })
}

/** Bases of subtrees (RFC 5280 §4.2.1.10). */
export function nameConstraints(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[] = [],
  isCritical = true,
): Extension {
  const subtrees = (number: number, bases: readonly Uint8Array[]): readonly Uint8Array[] =>
    bases.length === 0
      ? []
      : [der(contextTag(number, 'constructed'), ...bases.map((base) => sequence(base)))]
  const value = sequence(...subtrees(0, permitted), ...subtrees(1, excluded))
  return extension(extensionOids.nameConstraints, { isCritical, value })
}

/** One attribute of a name, in whatever type of string. */
export function attribute(
  type: keyof typeof attributeOids,
  text: string | Uint8Array,
  string: 'utf8String' | 'printableString' = 'utf8String',
): Uint8Array {
  return sequence(oid(attributeOids[type]), der(tags[string], Buffer.from(text)))
}

const attributeOids = { CN: '2.5.4.3', C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11' } as const

/** Attributes of each relative name, in the order in which they are given. */
export function nameOf(...relatives: readonly (readonly Uint8Array[])[]): Uint8Array {
  return sequence(...relatives.map((attributes) => der(tags.set, ...attributes)))
}
