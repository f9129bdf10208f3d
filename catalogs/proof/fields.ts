/** Fields: codes, levels and personal data, the same rules for licence types and resources. */
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Resource } from '../types.ts'
import type { Field, LicenceType } from '../types/licence-type.ts'
import type { ShareType } from '../types/words.ts'
import { expressionFault, expressionRemedy } from './expression.ts'
import { areUnique } from './reference.ts'

/** What every answer carries beside the fields, and the claims of every licence document. */
const reserved: readonly string[] = [
  ...['licenceId', 'type', 'state', 'validFrom', 'validUntil', 'document', 'source'],
  ...[
    'vct',
    'iss',
    'sub',
    'aud',
    'iat',
    'nbf',
    'exp',
    'jti',
    'cnf',
    'status',
    'typeVersion',
    'supersedes',
  ],
]

/** Public data goes without conditions; sensitive data never does (Order 809, art. 13 and 15). */
const unconditionalLevelMax = 2

/** Fields and predicates alike become members of answers and names in documents. */
export function hasFixedMeaning(code: string): boolean {
  return reserved.includes(code) || code in Object.prototype
}

export function* proveFields(
  draft: Draft,
  file: string,
  thing: LicenceType | Resource,
): Generator<Finding> {
  yield* areUnique({ file, steps: ['fields'] }, thing.fields)
  for (const [index, field] of thing.fields.entries()) {
    yield* proveField(file, index, field)
    yield* proveTable(draft, file, index, field)
    yield* proveShareable({ file, index, field, shareType: thing.shareType })
  }
}

function* proveField(file: string, index: number, field: Field): Generator<Finding> {
  const steps = ['fields', index]
  if (hasFixedMeaning(field.code)) {
    yield finding(file, [...steps, 'code'], {
      what: `${field.code} is a name with a fixed meaning`,
      remedy: 'choose another code',
    })
  }
  if (field.personal && field.level < 2) {
    yield finding(file, [...steps, 'level'], {
      what: 'personal data is at level 1, which is public',
      remedy: 'write 2 or higher, or set personal to false if it says nothing about a person',
    })
  }
  if (field.type === 'text' && field.pattern !== undefined) {
    const fault = expressionFault(field.pattern)
    if (fault) {
      yield finding(file, [...steps, 'pattern'], { what: fault, remedy: expressionRemedy })
    }
  }
  if (field.type === 'code' && field.table === undefined) {
    yield* areUnique({ file, steps: [...steps, 'values'] }, field.values)
  }
}

function* proveTable(draft: Draft, file: string, index: number, field: Field): Generator<Finding> {
  if (field.type !== 'code' || field.table === undefined) return
  const { table, values, maxLength } = field
  if (!draft.codeTables.has(table) && !draft.named.has(`code-tables/${table}`)) {
    yield finding(file, ['fields', index, 'table'], {
      what: `${table} is not in code-tables/`,
      remedy: `add code-tables/${table}.json or correct the code`,
    })
  } else if (values.some(({ code }) => code.length > maxLength)) {
    yield finding(file, ['fields', index, 'maxLength'], {
      what: `${table} has codes of more than ${maxLength} characters`,
      remedy: 'write the length of its longest code',
    })
  }
}

function* proveShareable(shared: {
  readonly file: string
  readonly index: number
  readonly field: Field
  readonly shareType: ShareType
}): Generator<Finding> {
  const { file, index, field, shareType } = shared
  if (shareType !== 'unconditional' || field.level <= unconditionalLevelMax) return
  yield finding(file, ['fields', index, 'level'], {
    what: `${field.code} at level ${field.level} would be shared without conditions`,
    remedy: 'make the share type conditional, or take the field out',
  })
}
