/**
 * The versions of a licence type. Its file is the newest version; `earlier` lists the ones before,
 * oldest first, each with only what was different then. What identifies a type is the same in all.
 */
import type { Break, Field, LicenceType } from './types/licence-type.ts'

/** Serials of GB/T 36904: up to 32 characters. A type may ask for less. */
const anySerial = '^[0-9A-Z]{1,32}$'

type Written = Omit<LicenceType, 'identifier' | 'breaks'> & {
  readonly identifier?: LicenceType['identifier']
  readonly breaks?: readonly Break[]
}

/** What an earlier version writes: its number and its days always, and what was different. */
export type Earlier = Partial<
  Omit<Written, 'code' | 'typeCode' | 'definingAuthority' | 'national'>
> &
  Pick<Written, 'version' | 'from' | 'until'>

/** A file of `licence-types/` as it is written. */
export interface LicenceTypeFile extends Written {
  readonly earlier?: readonly Earlier[]
}

/** Oldest first. */
export type Versions = readonly [LicenceType, ...LicenceType[]]

export function versionsOf({ earlier = [], ...newest }: LicenceTypeFile): Versions {
  const all = [...earlier.map((entry) => whole({ ...newest, breaks: [], ...entry })), whole(newest)]
  return all as [LicenceType, ...LicenceType[]] // The newest is always there.
}

function whole(written: Written): LicenceType {
  return { identifier: { serial: anySerial }, breaks: [], ...written }
}

/** Every field a licence of any version may carry; the newest meaning of a code counts. */
export function fieldsOfAll(versions: readonly Pick<LicenceType, 'fields'>[]): Map<string, Field> {
  return new Map(
    versions.flatMap(({ fields }) => fields.map((field): [string, Field] => [field.code, field])),
  )
}

export function newestOf(versions: Versions): LicenceType {
  return versions.at(-1) ?? versions[0]
}
