/** What changed between the fields of two versions of a licence type, or of a resource. */
import type { Field } from '../types/licence-type.ts'
import { changesByLists, changesByRules } from './change.ts'
import type { Change, ListRule, Rule } from './change.ts'

const rules: readonly Rule<Field>[] = [
  { kind: 'field-required', holds: (before, after) => !before.required && after.required },
  { kind: 'field-optional', holds: (before, after) => before.required && !after.required },
  { kind: 'type-changed', holds: (before, after) => before.type !== after.type },
  { kind: 'length-shortened', holds: (before, after) => after.maxLength < before.maxLength },
  { kind: 'length-raised', holds: (before, after) => after.maxLength > before.maxLength },
  {
    kind: 'pattern-changed',
    holds: (before, after) =>
      patternOf(after) !== undefined && patternOf(after) !== patternOf(before),
  },
  {
    kind: 'pattern-removed',
    holds: (before, after) => patternOf(before) !== undefined && patternOf(after) === undefined,
  },
  { kind: 'level-raised', holds: (before, after) => after.level > before.level },
  { kind: 'level-lowered', holds: (before, after) => after.level < before.level },
  { kind: 'personal-set', holds: (before, after) => !before.personal && after.personal },
  { kind: 'personal-cleared', holds: (before, after) => before.personal && !after.personal },
  { kind: 'group-changed', holds: (before, after) => before.group !== after.group },
  {
    kind: 'field-name-changed',
    holds: ({ name }, after) => name.zh !== after.name.zh || name.en !== after.name.en,
  },
]

const codeRules: readonly ListRule<Field>[] = [
  { removed: 'code-removed', added: 'code-added', list: codesOf },
]

export function changesOfFields(before: readonly Field[], after: readonly Field[]): Change[] {
  const now = new Map(after.map((field) => [field.code, field]))
  const known = new Set(before.map(({ code }) => code))
  return [
    ...before.flatMap((field) => {
      const next = now.get(field.code)
      return next
        ? changesOfField(field, next)
        : [{ kind: 'field-removed', of: field.code } as const]
    }),
    ...after
      .filter(({ code }) => !known.has(code))
      .map(({ code, required }): Change => {
        return { kind: required ? 'required-field-added' : 'field-added', of: code }
      }),
  ]
}

function changesOfField(before: Field, after: Field): Change[] {
  // Codes are compared with codes only: another type is said once.
  const codes = before.type === after.type ? changesByLists(codeRules, before, after) : []
  return [
    ...changesByRules(rules, before, after).map(({ kind }) => ({ kind, of: before.code })),
    ...codes.map(({ kind, of }) => ({ kind, of: `${before.code} ${of ?? ''}` })),
  ]
}

function patternOf(field: Field): string | undefined {
  return field.type === 'text' ? field.pattern : undefined
}

function codesOf(field: Field): readonly string[] {
  return field.type === 'code' ? field.values.map(({ code }) => code) : []
}
