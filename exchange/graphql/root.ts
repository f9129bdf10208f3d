/**
 * The contract of a root field. First every root field plans: it names what it touches and has it
 * decided. Only then do they run, touching sources for what was allowed. What they answer is
 * complete; GraphQL merely arranges it, and no resolver can fetch anything.
 */
import type { EntryKind } from '../../log/index.ts'
import type { Tx } from '../../db/postgres.ts'
import type { Problem } from '../../sdk/problem.ts'
import type { RecordedItem } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import type { OpenedCase } from '../cases/cases.ts'
import type { Known, Refusal } from '../gate/ask.ts'
import type { Selected } from './selection.ts'

/** One authenticated request and everything its decisions may depend on. */
export interface Asking {
  readonly caller: Caller
  readonly at: Date
  readonly known: Known
  /** The case that the purpose names, with its parties in clear. */
  readonly case: OpenedCase | undefined
}

export interface RootField {
  readonly args: Readonly<Record<string, unknown>>
  readonly selected: readonly SelectedChild[]
}

/** A selected field below a root field, with its own arguments. */
export interface SelectedChild extends Selected {
  readonly args: Readonly<Record<string, unknown>>
}

export interface RootAnswer {
  /** What the resolvers below this field read. */
  readonly value?: unknown
  /** Why there is no value. */
  readonly error?: Refusal | Problem
  /** Refusals that have no place in the value, such as a type of licence left out of a list. */
  readonly asides?: readonly Refusal[]
  /** What failed below it and is answered all the same, such as one way to a material. */
  readonly failures?: readonly Problem[]
  readonly items: readonly RecordedItem[]
  /** The kind of log entry this makes, where it is not simply an answer. */
  readonly kind?: EntryKind
  /** The case this was about, where the token's purpose does not name it. */
  readonly about?: { readonly case: string; readonly item: string }
  /** The change this answer announces, made in the transaction of its log entry. */
  readonly write?: (tx: Tx) => Promise<void>
}

export interface Planned {
  readonly run: () => Promise<RootAnswer>
}

export type Root = (field: RootField, asking: Asking) => Promise<Planned>
