/** References between files, and repetition within lists: the two things every proof needs. */
import type { Draft } from '../draft.ts'
import type { Folder } from '../files.ts'
import { finding } from '../finding.ts'
import type { Finding, Steps } from '../finding.ts'
import { fieldsOfAll } from '../type-versions.ts'
import type { Resource } from '../types.ts'
import type { LicenceType } from '../types/licence-type.ts'

export interface Place {
  readonly file: string
  readonly steps: Steps
}

/** Refuses a code for which there is no file. A broken file is reported once, where it is broken. */
export function* resolves(
  draft: Draft,
  place: Place,
  target: { readonly folder: Folder; readonly code: string },
): Generator<Finding> {
  const { folder, code } = target
  if (draft.named.has(`${folder}/${code}`)) return
  yield finding(place.file, place.steps, {
    what: `${code} is not in ${folder}/`,
    remedy: `add ${folder}/${code}.json or correct the code`,
  })
}

/** Every field that a thing may carry: of a licence type those of all its versions. */
export function declaredFields(
  draft: Draft,
  { code, fields }: LicenceType | Resource,
): Set<string> {
  const versions = draft.types.has(code) ? draft.typeVersions.get(code) : undefined
  return new Set(fieldsOfAll(versions ?? [{ fields }]).keys())
}

/** Refuses the second and later appearance of a code in a list. */
export function* areUnique(
  place: Place,
  list: readonly { readonly code: string }[],
): Generator<Finding> {
  const seen = new Set<string>()
  for (const [index, { code }] of list.entries()) {
    if (seen.has(code)) {
      yield finding(place.file, [...place.steps, index, 'code'], {
        what: `${code} is used twice in this list`,
        remedy: 'give each entry a code of its own',
      })
    }
    seen.add(code)
  }
}
