/** Predicates: that each has a name of its own, and asks what its field can answer. */
import { finding } from '../finding.ts'
import type { Finding, Steps } from '../finding.ts'
import type { Predicate, Resource } from '../types.ts'
import type { Field } from '../types/licence-type.ts'
import { hasFixedMeaning } from './fields.ts'
import { areUnique } from './reference.ts'
import type { Place } from './reference.ts'

/** Predicates are granted like fields, so the two share one space of names. */
export function* provePredicates(file: string, resource: Resource): Generator<Finding> {
  const { fields, predicates } = resource
  yield* areUnique({ file, steps: ['predicates'] }, predicates)
  for (const [index, predicate] of predicates.entries()) {
    const { code, of } = predicate
    const steps: Steps = ['predicates', index]
    const isField = fields.some((field) => field.code === code)
    if (isField || hasFixedMeaning(code)) {
      yield finding(file, [...steps, 'code'], {
        what: `${code} is ${isField ? 'also a field' : 'a name with a fixed meaning'}`,
        remedy: 'choose another code',
      })
    }
    const field = fields.find((candidate) => candidate.code === of)
    if (field) yield* proveQuestion({ file, steps }, predicate, field)
    else {
      yield finding(file, [...steps, 'of'], {
        what: `${of} is not a field of this resource`,
        remedy: 'name the field that the question is about',
      })
    }
  }
}

function* proveQuestion(place: Place, predicate: Predicate, field: Field): Generator<Finding> {
  if (!canBeAsked(predicate.test, field.type)) {
    yield finding(place.file, [...place.steps, 'test'], {
      what: `${predicate.test} cannot be asked of a field of type ${field.type}`,
      remedy: 'ask atLeastAge of dates, codeMeans of codes, and equals of all but dates',
    })
  } else if (predicate.test === 'codeMeans' && field.type === 'code') {
    yield* proveMeanings(place, predicate, field)
  }
}

function canBeAsked(test: Predicate['test'], type: Field['type']): boolean {
  switch (test) {
    case 'atLeastAge':
      return type === 'date'
    case 'codeMeans':
      return type === 'code'
    case 'equals':
      return type !== 'date'
  }
}

/** A code that the field does not list would never be seen; one that means both decides nothing. */
function* proveMeanings(
  { file, steps }: Place,
  { yes, no }: Extract<Predicate, { readonly test: 'codeMeans' }>,
  field: Extract<Field, { readonly type: 'code' }>,
): Generator<Finding> {
  for (const [answer, codes] of Object.entries({ yes, no })) {
    for (const [index, code] of codes.entries()) {
      const isListed = field.values.some((value) => value.code === code)
      if (isListed && !(answer === 'no' && yes.includes(code))) continue
      yield finding(file, [...steps, answer, index], {
        what: isListed ? `${code} means yes already` : `${code} is not a value of ${field.code}`,
        remedy: 'let each code of the field mean yes, or no, or stand in neither list',
      })
    }
  }
}
