/**
 * GraphQL Yoga, reduced to what we need of it: parsing with a token limit, validation, content
 * negotiation. Batching, multipart, GET and GraphiQL are off; execution is handed to `answer.ts`.
 */
import { GraphQLError, Kind, parse, visit } from 'graphql'
import type { DocumentNode, ExecutionArgs, GraphQLSchema, ParseOptions, Source } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import { isRecordedAfterAll } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import { answer, release } from './answer.ts'
import { reasonItem } from './answer-roots.ts'
import type { AnswerParts, Execute } from './answer.ts'
import { defectBehind, maskError, problemError } from './errors.ts'
import { queryLimits } from './limits.ts'
import { createSchema } from './schema.ts'
import { viewOf } from './view.ts'

/** What travels with one request; resolvers get nothing else. */
interface Context {
  readonly caller: Caller
  readonly defect: GraphQLRequest['defect']
  /** Yoga copies the context, so what execution reports back stands in an object of its own. */
  readonly progress: Progress
}

interface Progress {
  recorded: boolean
  /** Why nothing was answered, for the entry it leaves. */
  refusedBy: ProblemCode
}

/** What is left of an HTTP request once it is authenticated. */
export interface GraphQLRequest {
  readonly body: Uint8Array
  readonly accept: string | undefined
  /** Told of what was thrown by mistake: the answer says no more than that something was. */
  readonly defect: (thrown: unknown) => void
}

export type GraphQLEndpoint = (request: GraphQLRequest, caller: Caller) => Promise<Response>

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
    const progress: Progress = { recorded: false, refusedBy: 'invalid-query' }
    try {
      return await yoga.fetch(toFetch(request), { caller, progress, defect: request.defect })
    } catch (thrown) {
      progress.refusedBy = problemFrom(thrown).code
      throw thrown
    } finally {
      // Whatever was authenticated leaves an entry, also when it could not even be parsed.
      if (!progress.recorded) await recordUnanswered(parts, { caller, at: clock() }, progress)
    }
  }
}

/** `extensions` and anything else a client might add is refused: nothing here would read it. */
const bodyMembers: ReadonlySet<string> = new Set(['query', 'variables', 'operationName'])

function toFetch({ body, accept }: Pick<GraphQLRequest, 'body' | 'accept'>): Request {
  const text = fromUtf8(body)
  const unknown = Object.keys(parseJsonObject(text)).some((name) => !bodyMembers.has(name))
  if (unknown) {
    throw new Problem('invalid-request', { place: 'body', expected: [...bodyMembers].join(', ') })
  }
  const headers = {
    'content-type': 'application/json',
    accept: accept ?? 'application/graphql-response+json',
  }
  return new Request('http://exchange/graphql', { method: 'POST', headers, body: text })
}

/** What is wrong with one query, shown at once. */
const errorsMax = 10

const tokenLimit: Plugin<Context> = {
  onParse: ({ context, setParseFn }) => {
    setParseFn((source: string | Source, options?: ParseOptions) => {
      try {
        return parse(source, { ...options, maxTokens: queryLimits.tokens })
      } catch (thrown) {
        const tooLong = thrown instanceof Error && thrown.message.includes('Document contains more')
        if (!tooLong) throw thrown
        context.progress.refusedBy = 'query-too-complex'
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
    onValidate:
      () =>
      ({ result, setResult }) => {
        setResult(result.slice(0, errorsMax).map(maskError))
      },
    onExecute: ({ args: given, executeFn, setExecuteFn }) => {
      const args = given as ExecutionArgs
      const context = args.contextValue as Context // Given by createGraphQL alone.
      const execute = executeFn as Execute
      setExecuteFn(async (): Promise<unknown> => {
        const { caller, progress, defect } = context
        try {
          const result = isIntrospection(args.document)
            ? await introspect(
                parts,
                { ...args, schema: viewFor(caller.department) },
                context,
                execute,
              )
            : await answer(parts, args, { caller, execute, defect })
          progress.recorded = true
          return result
        } catch (thrown) {
          if (!(thrown instanceof GraphQLError)) progress.refusedBy = problemFrom(thrown).code
          const mistake = defectBehind(thrown)
          if (mistake !== undefined) defect(mistake)
          throw thrown
        }
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

const metaFields: readonly string[] = ['__schema', '__type']

/** Introspection never mixes with data, and never hides in a fragment: it is refused there. */
function isIntrospection(document: DocumentNode): boolean {
  if (!namesMetaField(document)) return false
  const roots = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [],
  )
  const isAlone = roots.every(
    (node) => node.kind === Kind.FIELD && metaFields.includes(node.name.value),
  )
  if (!isAlone) throw new Problem('invalid-query', { rule: 'introspection-alone' })
  return true
}

function namesMetaField(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field: ({ name }) => {
      found ||= metaFields.includes(name.value)
    },
  })
  return found
}

async function recordUnanswered(
  parts: AnswerParts,
  asking: { readonly caller: Caller; readonly at: Date },
  { refusedBy }: Progress,
): Promise<void> {
  const problem = new Problem(refusedBy)
  const result = { data: null, errors: [problemError(problem)] }
  const request = { error: problem, items: [reasonItem('graphql', problem)] }
  try {
    await release(parts, { result, answers: { request }, asking })
  } catch (thrown) {
    if (!isRecordedAfterAll(refusedBy, thrown)) throw thrown
  }
}
