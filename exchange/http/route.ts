/**
 * What a route is: one row that says who may ask what, in which shape, and what comes back. Routes of
 * the server and its description in OpenAPI are both made from rows; `routes.ts` and `openapi.ts` do it.
 */
import type { Readable } from 'node:stream'
import type { Label } from '../../catalogs/catalog.ts'
import type { JsonLimits } from '../../sdk/json.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import type { Attended, Who } from '../desk/attending.ts'
import type { Shape } from './shape.ts'

interface Row<P, A> {
  readonly method: 'GET' | 'POST'
  /** As OpenAPI writes it: `/vault/licences/{licenceId}`; `{rest}` is all that follows. */
  readonly path: string
  /** Names the operation in generated clients. */
  readonly name: string
  readonly summary: Label
  /** Texts in the path, and those after `?`, by name. Nothing personal may stand in an address. */
  readonly parameters?: Shape<P>
  readonly answer: {
    readonly status?: 200 | 201
    /** Of an answer in the same shape that says no. */
    readonly statusOfNo?: 503
    /** A JSON object unless it says otherwise. */
    readonly type?: string
    readonly shape?: Shape<A>
  }
  /** Beside those that any request may meet. */
  readonly problems: readonly ProblemCode[]
}

export interface Asked<P, Q> {
  readonly parameters: P
  readonly body: Q
  /** When it was asked. */
  readonly at: Date
}

export interface Told<A> {
  readonly body: A | string | Uint8Array | Readable
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Needs a request token; whatever comes of it leaves an entry in the log, also who may not ask. */
export interface DepartmentRow<P = unknown, Q = unknown, A = unknown> extends Row<P, A> {
  readonly who: Who
  readonly body?: Shape<Q>
  readonly jsonLimits?: JsonLimits
  tell(asked: Asked<P, Q> & Attended): Promise<Told<A>>
}

interface Anyone {
  /** The network of the connection; no more is known of who asks. */
  readonly from: string
}

export interface OpenRow<P = unknown, Q = unknown, A = unknown> extends Row<P, A> {
  readonly who: 'anyone'
  /** JSON in this shape. */
  readonly body?: Shape<Q>
  readonly jsonLimits?: JsonLimits
  /** Types of bodies that are taken as they are: as text, as bytes, or as they come. */
  readonly raw?: Readonly<Record<string, 'text' | 'bytes' | 'stream'>>
  /** Bytes of a body, where the general limit is not meant. */
  readonly bodyMax?: number
  /** For a request that comes while it is answered, where the general limit is not meant. */
  readonly patienceMs?: number
  /** Counted by the address it comes from. */
  readonly isCounted?: boolean
  tell(asked: Asked<P, Q | string | Uint8Array | Readable> & Anyone): Promise<Told<A>>
}

export type AnyRow = DepartmentRow | OpenRow

/** A row, its shapes and what works with them held together by the compiler. */
export function departmentRow<P, Q, A>(row: DepartmentRow<P, Q, A>): AnyRow {
  return row
}

export function openRow<P, Q, A>(row: OpenRow<P, Q, A>): AnyRow {
  return row
}
