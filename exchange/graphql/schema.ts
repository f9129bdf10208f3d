/**
 * The GraphQL schema: the fixed part and what the catalogue adds, acyclic. Every root field has one
 * resolver, which reads what the request already fetched.
 */
import {
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import type { GraphQLFieldConfigMap, GraphQLFieldResolver } from 'graphql'
import type { Catalogue, Resource } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import type { LicenceAnswer } from './answers.ts'
import { failureError, problemError, refusalError } from './errors.ts'
import { fixedSchema } from './fixed-schema.ts'
import { typeName } from './names.ts'
import type { RootAnswer } from './root.ts'
import { licenceObject, resourceObject } from './value-types.ts'
import type { View } from './value-types.ts'

/** The answers of one request by response key; the root value of its execution. */
export type RootAnswers = Readonly<Record<string, RootAnswer>>

type RootFields = GraphQLFieldConfigMap<RootAnswers, unknown>

export function createSchema(catalogue: Catalogue, view: View): GraphQLSchema {
  const fixed = fixedSchema()
  const answer = fixed.getType('LicenceAnswer')
  const source = fixed.getType('Source')
  if (!isInterfaceType(answer) || !isObjectType(source)) {
    throw new Error('the fixed schema lacks its own types')
  }
  answer.resolveType = (licence: LicenceAnswer) => typeName(licence.type)
  const licences = [...catalogue.licenceTypes.keys()].flatMap((code) => {
    const type = catalogue.shared(code)
    return (type && licenceObject(type, answer, view)) ?? []
  })
  const resources = [...catalogue.resources.values()].flatMap((resource) => {
    const type = resourceObject(resource, source, view)
    return type ? [[resource.code, resourceField(resource, type)] as const] : []
  })
  const query = { ...resolved(fixed.getQueryType()), ...Object.fromEntries(resources) }
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: query }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: resolved(fixed.getMutationType()),
    }),
    types: licences,
  })
}

function resolved(type: GraphQLObjectType | null | undefined): RootFields {
  const fields = (type?.toConfig().fields ?? {}) as RootFields // Root values are ours alone.
  return Object.fromEntries(
    Object.entries(fields).map(([name, config]) => [name, { ...config, resolve }]),
  )
}

function resourceField({ keys, name }: Resource, type: GraphQLObjectType): RootFields[string] {
  const args = Object.fromEntries(
    keys.map((key) => [
      key.code,
      { type: new GraphQLNonNull(GraphQLString), description: `${key.name.zh} ${key.name.en}` },
    ]),
  )
  return { type, args, description: `${name.zh} ${name.en}`, resolve }
}

const resolve: GraphQLFieldResolver<RootAnswers, unknown> = (answers, _args, _context, info) => {
  const answer = answers[String(info.path.key)]
  if (!answer) throw problemError(new Problem('internal'))
  const { error, value } = answer
  if (error instanceof Problem)
    throw error.code.startsWith('source-') ? failureError(error) : problemError(error)
  if (error) throw refusalError(error)
  return value
}
