/** Refusals and problems as GraphQL errors: the same codes as over HTTP, in `extensions`. */
import { GraphQLError } from 'graphql'
import { Problem, problemFrom, problems } from '../../sdk/problem.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import { statusOf } from '../http/status.ts'
import type { Refusal } from '../gate/ask.ts'

/** Names the rule, the smallest grant that is missing, and who could give it. */
export function refusalError(
  { code, rule, grantNeeded, owners, legalBasis }: Refusal,
  path?: readonly (string | number)[],
): GraphQLError {
  const extensions = {
    ...titleOf(code),
    rule,
    ...(grantNeeded ? { grantNeeded } : {}),
    ...(owners ? { owner: owners } : {}),
    ...(legalBasis ? { legalBasis } : {}),
  }
  return new GraphQLError(problems[code].en, { extensions, ...(path ? { path } : {}) })
}

/** Something that ends the whole request; HTTP clients see its status. */
export function problemError(problem: Problem): GraphQLError {
  const { code, detail } = problem
  const status = statusOf(code)
  const headers = status === 503 ? { 'retry-after': '1' } : {}
  const extensions = {
    ...titleOf(code),
    ...(code === 'internal' ? {} : { detail }),
    http: { status, headers },
  }
  return new GraphQLError(problems[code].en, { extensions, originalError: problem })
}

/** A source that failed: the rest of the answer stands. */
export function failureError(problem: Problem): GraphQLError {
  const { code, detail } = problem
  const extensions = { ...titleOf(code), detail, retryAfter: 1 }
  return new GraphQLError(problems[code].en, { extensions, originalError: problem })
}

/** The mistake behind an error, which only the operator hears of; undefined when all was foreseen. */
export function defectBehind(thrown: unknown): unknown {
  if (thrown instanceof GraphQLError) {
    return thrown.originalError && defectBehind(thrown.originalError)
  }
  if (!(thrown instanceof Problem)) return thrown
  if (thrown.code === 'internal') return thrown.cause ?? thrown
  return thrown.cause instanceof Problem ? defectBehind(thrown.cause) : undefined
}

/** Any error on its way out: ours as it is, the query's without suggestions, defects without detail. */
export function maskError(thrown: unknown): Error {
  if (!(thrown instanceof GraphQLError)) return problemError(problemFrom(thrown))
  if (thrown.extensions['code'] !== undefined && isOurs(thrown.extensions['code'])) return thrown
  const cause = thrown.originalError
  if (cause && !(cause instanceof GraphQLError)) return problemError(problemFrom(cause))
  const message = withoutValues(thrown.message)
  const { nodes = null, source = null, positions = null, path = null } = thrown
  const extensions = { ...titleOf('invalid-query'), http: { status: statusOf('invalid-query') } }
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}

/** GraphQL's own messages repeat what was sent, and what is sent may be somebody's number. */
const valuesInMessages: readonly (readonly [found: RegExp, instead: string])[] = [
  [/ Did you mean .*$/s, ''],
  [/ (got|has) invalid value .*$/s, ' $1 an invalid value'],
  [/( cannot represent [^:]*): .*$/s, '$1'],
  [/\b(Int|Float|String|BlockString) ".*$/s, '$1'],
  [/, found (?!<|Int|Float|String|BlockString).*$/s, ''],
]

function withoutValues(message: string): string {
  return valuesInMessages.reduce((text, [found, instead]) => text.replace(found, instead), message)
}

function titleOf(code: ProblemCode) {
  const { zh, en, remedy } = problems[code]
  return { code, title: { zh, en }, remedy }
}

function isOurs(code: unknown): boolean {
  return typeof code === 'string' && Object.hasOwn(problems, code)
}
