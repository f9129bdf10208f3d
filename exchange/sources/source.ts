/**
 * The contract of everything data is fetched from: the vault, a department's own database or
 * service. A source is given keys and fields that were allowed, and answers with values and where
 * they come from.
 */
import { Problem } from '../../sdk/problem.ts'

/** How long one source may take before the rest of the answer goes on without it. */
export const sourceDeadlineMs = 3_000

export interface SourceQuestion {
  /** Keys of the resource by code, for example the citizen number. */
  readonly keys: Readonly<Record<string, string>>
  /** Field codes; never more than was allowed. */
  readonly fields: readonly string[]
  readonly at: Date
}

/** The values of one subject; a field without a value is null. */
export interface SourceAnswer {
  readonly values: Readonly<Record<string, string | null>>
  /** Which version of the record: a licence identifier, a catalogue version of the resource. */
  readonly version: string
  /** When the source said it. */
  readonly at: Date
}

export interface Source {
  /** Undefined when the source has nothing under these keys. @throws Problem source-unavailable, source-fault */
  readonly fetch: (question: SourceQuestion) => Promise<SourceAnswer | undefined>
}

/** One slow source must not hold the others: after the deadline it counts as unavailable. */
export async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new Problem('source-unavailable', { limitMs: sourceDeadlineMs }))
  }, sourceDeadlineMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
