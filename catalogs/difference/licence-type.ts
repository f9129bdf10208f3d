/** What changed between two versions of a licence type. */
import { termAt } from '../types/licence-type.ts'
import type { LicenceType } from '../types/licence-type.ts'
import { changesByLists, changesByRules, kinds, textOf } from './change.ts'
import type { Change, ListRule, Rule } from './change.ts'
import { changesOfFields } from './fields.ts'
import { dayRules, differ, sharingRules } from './sharing.ts'

const audience = { shown: 0, departments: 1, anyone: 2 } as const

const rules: readonly Rule<LicenceType>[] = [
  ...sharingRules,
  { kind: 'type-code-changed', holds: (before, after) => before.typeCode !== after.typeCode },
  {
    kind: 'definer-changed',
    holds: (before, after) =>
      before.definingAuthority.uscc !== after.definingAuthority.uscc ||
      before.national !== after.national,
  },
  { kind: 'class-changed', holds: (before, after) => before.documentClass !== after.documentClass },
  {
    kind: 'words-changed',
    holds: (before, after) =>
      differ([before.requirements, before.issuingBasis], [after.requirements, after.issuingBasis]),
  },
  {
    kind: 'numbering-changed',
    holds: (before, after) => before.numbering.pattern !== after.numbering.pattern,
  },
  {
    kind: 'identifier-changed',
    holds: (before, after) => before.identifier.serial !== after.identifier.serial,
  },
  { kind: 'validity-shortened', holds: (before, after) => givesMore(before, after) },
  { kind: 'validity-lengthened', holds: (before, after) => givesMore(after, before) },
  { kind: 'holder-count-narrowed', holds: (before, after) => takesMore(before, after) },
  { kind: 'holder-count-widened', holds: (before, after) => takesMore(after, before) },
  {
    kind: 'holder-category-changed',
    holds: (before, after) => before.holderCategory !== after.holderCategory,
  },
  {
    kind: 'verification-narrowed',
    holds: (before, after) => audience[after.verifiedBy] < audience[before.verifiedBy],
  },
  {
    kind: 'verification-widened',
    holds: (before, after) => audience[after.verifiedBy] > audience[before.verifiedBy],
  },
  { kind: 'face-changed', holds: (before, after) => differ(before.face, after.face) },
]

const lists: readonly ListRule<LicenceType>[] = [
  {
    ...{ removed: 'holder-code-type-removed', added: 'holder-code-type-added' },
    list: ({ holderCodeTypes }) => holderCodeTypes,
  },
  { removed: 'issuer-removed', added: 'issuer-added', list: ({ issuers }) => issuers },
  {
    ...{ removed: 'issuer-level-removed', added: 'issuer-level-added' },
    list: ({ issuerLevels }) => issuerLevels,
  },
  { removed: 'act-removed', added: 'act-added', list: ({ acts }) => acts },
  {
    removed: 'changeable-removed',
    added: 'changeable-added',
    list: ({ changeable }) => changeable,
  },
]

/** All but the days: a new version has its own. */
export function changesOfType(before: LicenceType, after: LicenceType): Change[] {
  return [
    ...changesByRules(rules, before, after),
    ...changesByLists(lists, before, after),
    ...changesOfFields(before.fields, after.fields),
  ]
}

export function changesOfDays(before: LicenceType, after: LicenceType): Change[] {
  return changesByRules(dayRules, before, after)
}

/** What a version must declare that follows another, as declarations write it. */
export function breaksBetween(before: LicenceType, after: LicenceType): string[] {
  return changesOfType(before, after)
    .filter(({ kind }) => kinds[kind].breaks)
    .map(textOf)
}

/** Whether one allows a term at some age that the other does not. */
function givesMore({ validity: one }: LicenceType, { validity: other }: LicenceType): boolean {
  const turns = [one, other].flatMap(({ byAge = [] }) => byAge.map(({ below }) => below))
  return [0, ...turns].some((age) => {
    const [here, there] = [termAt(one, age), termAt(other, age)]
    if (here.longTerm === true && there.longTerm !== true) return true
    return (here.years ?? 0) > (there.years ?? 0)
  })
}

/** Whether one allows a number of holders that the other does not. */
function takesMore(
  { holderCount: one }: LicenceType,
  { holderCount: other }: LicenceType,
): boolean {
  if (!other) return false
  return !one || one.min < other.min || one.max > other.max
}
