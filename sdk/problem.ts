/**
 * What can be refused, as one table: a stable code, a title in both languages, and what to do.
 * A Problem is a refusal the caller can act on. Anything else that is thrown is a defect, and is
 * shown as `internal` with its detail removed. HTTP statuses belong to the edge, not here.
 */
import { accessProblems } from './problem/access.ts'
import { documentProblems } from './problem/document.ts'
import { operationProblems } from './problem/operation.ts'

export const problems = { ...accessProblems, ...documentProblems, ...operationProblems }

export type ProblemCode = keyof typeof problems

/** Facts about the cause that are safe to show: names, places, limits. Never personal data. */
export type Detail = Readonly<Record<string, string | number | boolean | readonly string[]>>

export class Problem extends Error {
  readonly code: ProblemCode
  readonly detail: Detail

  constructor(code: ProblemCode, detail: Detail = {}, options?: ErrorOptions) {
    super(`${code}: ${problems[code].en}${describe(detail)}`, options)
    this.name = 'Problem'
    this.code = code
    this.detail = detail
  }
}

/** Any thrown value as a Problem; a defect keeps its cause and loses its detail. */
export function problemFrom(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem('internal', {}, { cause: thrown })
}

function describe(detail: Detail): string {
  const facts = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`)
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`
}
