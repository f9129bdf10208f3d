/**
 * The types generated from the catalogue: one for each licence type and each resource. Their
 * resolvers hand out what was fetched and allowed, and refuse the rest at its own place.
 */
import { GraphQLBoolean, GraphQLNonNull, GraphQLObjectType, GraphQLString } from 'graphql'
import type { GraphQLFieldConfig, GraphQLInterfaceType } from 'graphql'
import type { Field, Predicate, Resource, Shared } from '../../catalogs/catalog.ts'
import { predicateHolds } from '../sources/predicate.ts'
import type { Answer } from './answers.ts'
import { refusalError } from './errors.ts'
import { typeName } from './names.ts'

/** What of the catalogue a schema shows: everything for asking, less for introspection. */
export interface View {
  readonly shows: (resource: string, field: string) => boolean
}

type FieldConfig = GraphQLFieldConfig<Answer, unknown>

/** Every field of every version. Undefined when the view shows no field of it. */
export function licenceObject(
  { code, name, fields }: Shared,
  answer: GraphQLInterfaceType,
  view: View,
): GraphQLObjectType | undefined {
  const shown = [...fields.values()].filter((field) => view.shows(code, field.code))
  if (shown.length === 0) return undefined
  return new GraphQLObjectType({
    name: typeName(code),
    description: `${name.zh} ${name.en}`,
    interfaces: [answer],
    fields: { ...valueFields(shown), ...answer.toConfig().fields },
  })
}

/** Undefined when the view shows neither field nor predicate of it. */
export function resourceObject(
  resource: Resource,
  source: GraphQLObjectType,
  view: View,
): GraphQLObjectType | undefined {
  const { code, name } = resource
  const fields = resource.fields.filter((field) => view.shows(code, field.code))
  const predicates = resource.predicates.filter((one) => view.shows(code, one.code))
  if (fields.length + predicates.length === 0) return undefined
  return new GraphQLObjectType<Answer>({
    name: typeName(code),
    description: `${name.zh} ${name.en}`,
    fields: {
      ...valueFields(fields),
      ...Object.fromEntries(predicates.map((one) => [one.code, predicateField(one)])),
      source: { type: new GraphQLNonNull(source) },
    },
  })
}

function valueFields(fields: readonly Field[]): Record<string, FieldConfig> {
  return Object.fromEntries(fields.map((field) => [field.code, valueField(field)]))
}

function valueField({ code, name }: Field): FieldConfig {
  return {
    type: GraphQLString,
    description: `${name.zh} ${name.en}`,
    resolve: (answer) => {
      refuseUnlessAllowed(answer, code)
      return answer.values[code] ?? null
    },
  }
}

function predicateField(predicate: Predicate): FieldConfig {
  const { code, name, of } = predicate
  const argumentName = predicate.test === 'codeMeans' ? undefined : predicate.argument
  return {
    type: GraphQLBoolean,
    description: `${name.zh} ${name.en}`,
    args:
      argumentName === undefined
        ? {}
        : { [argumentName]: { type: new GraphQLNonNull(GraphQLString) } },
    resolve: (answer, args: Readonly<Record<string, unknown>>) => {
      refuseUnlessAllowed(answer, code)
      const argument = argumentName === undefined ? '' : String(args[argumentName])
      const value = answer.values[of] ?? null
      return predicateHolds(predicate, { value, argument, at: answer.at })
    },
  }
}

function refuseUnlessAllowed({ decision }: Answer, code: string): void {
  const refusal = decision.refused.get(code)
  if (refusal) throw refusalError(refusal)
  // A field that was never judged is not given either.
  if (!decision.allowed.includes(code)) {
    throw refusalError({ code: 'not-granted', rule: 'fieldWasJudged' })
  }
}
