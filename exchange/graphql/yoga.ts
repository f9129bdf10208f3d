/**
 * GraphQL Yoga, reduced to what we need of it: parsing with a token limit, validation, content
 * negotiation. Batching, multipart, GET and GraphiQL are off; execution is handed to `answer.ts`.
 */
import { Kind, parse } from 'graphql'
import type { DocumentNode, ExecutionArgs, GraphQLSchema, ParseOptions, Source } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { isInForce } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Caller } from '../caller.ts'
import { answer, release } from './answer.ts'
import type { AnswerParts, Execute } from './answer.ts'
import { maskError } from './errors.ts'
import { queryLimits } from './limits.ts'
import { createSchema } from './schema.ts'
import type { View } from './value-types.ts'

/** What travels with one request; resolvers get nothing else. */
export interface Context {
  readonly caller: Caller
  /** Yoga copies the context, so what execution reports back stands in an object of its own. */
  readonly progress: { recorded: boolean }
}

export type GraphQLEndpoint = (request: Request, caller: Caller) => Promise<Response>

export function createGraphQL(
  parts: AnswerParts & { readonly catalogue: Catalogue; readonly clock: () => Date },
): GraphQLEndpoint {
  const { catalogue, clock } = parts
  const whole = createSchema(catalogue, { shows: () => true })
  const yoga = createYoga<Context>({
    schema: whole,
    plugins: [tokenLimit, exchangeExecution(parts, viewOf(catalogue, clock))],
    maskedErrors: { maskError },
    ...{ graphiql: false, landingPage: false, multipart: false, batching: false, logging: false },
  })
  return async (request, caller) => {
    const progress = { recorded: false }
    const response = await yoga.fetch(request, { caller, progress })
    if (!progress.recorded) await recordUnanswered(parts, caller, clock())
    return response
  }
}

const tokenLimit: Plugin = {
  onParse: ({ setParseFn }) => {
    setParseFn((source: string | Source, options?: ParseOptions) => {
      try {
        return parse(source, { ...options, maxTokens: queryLimits.tokens })
      } catch (thrown) {
        const tooLong = thrown instanceof Error && thrown.message.includes('tokens')
        if (!tooLong) throw thrown
        throw new Problem('query-too-complex', { what: 'tokens', limit: queryLimits.tokens })
      }
    })
  },
}

function exchangeExecution(
  parts: AnswerParts,
  viewFor: (department: string) => GraphQLSchema,
): Plugin<Context> {
  return {
    onExecute: ({ args: given, executeFn, setExecuteFn }) => {
      const args = given as ExecutionArgs
      const context = args.contextValue as Context // Given by createGraphQL alone.
      const execute = executeFn as Execute
      setExecuteFn(async (): Promise<unknown> => {
        const { caller } = context
        const result = isIntrospection(args.document)
          ? await introspect(
              parts,
              { ...args, schema: viewFor(caller.department) },
              context,
              execute,
            )
          : await answer(parts, args, { caller, execute })
        context.progress.recorded = true
        return result
      })
    },
  }
}

/** An operation about the schema itself sees only what its department may ask for. */
async function introspect(
  parts: AnswerParts,
  args: Parameters<Execute>[0],
  { caller }: Context,
  execute: Execute,
) {
  const result = await execute(args)
  const asking = await parts.asking(caller)
  return release(parts, { result, answers: {}, asking })
}

/** Introspection never mixes with data: `__schema` beside another field is refused. */
function isIntrospection(document: DocumentNode): boolean {
  const roots = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [],
  )
  const isMeta = roots.map(
    (node) => node.kind === Kind.FIELD && ['__schema', '__type'].includes(node.name.value),
  )
  if (!isMeta.includes(true)) return false
  if (isMeta.includes(false)) throw new Problem('invalid-query', { rule: 'introspection-alone' })
  return true
}

/** A schema for each department, made when first asked for: what is unconditional or granted. */
function viewOf(catalogue: Catalogue, clock: () => Date): (department: string) => GraphQLSchema {
  const views = new Map<string, GraphQLSchema>()
  return (department) => {
    const made = views.get(department)
    if (made) return made
    const granted = new Set(
      catalogue
        .grantsOf(department)
        .filter((grant) => isInForce(grant, clock()))
        .flatMap(({ resource, fields }) => fields.map((field) => `${resource}.${field}`)),
    )
    const view: View = {
      shows: (resource, field) =>
        catalogue.shared(resource)?.shareType === 'unconditional' ||
        granted.has(`${resource}.${field}`),
    }
    const schema = createSchema(catalogue, view)
    views.set(department, schema)
    return schema
  }
}

/** A request that was authenticated but could not be parsed or validated leaves an entry too. */
async function recordUnanswered(parts: AnswerParts, caller: Caller, at: Date): Promise<void> {
  await release(parts, { result: { data: null }, answers: {}, asking: { caller, at } })
}
