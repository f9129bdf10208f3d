/**
 * The states and acts of a licence's life and the reasons of its acts, as other systems write them.
 * What may follow what is decided in the vault; this is only how it is called elsewhere.
 */
import type { Label } from './words.ts'

/** How each sector writes it, by the code of the sector; a sector that has no word for it is absent. */
type Sectors = Readonly<Record<string, string>>

export interface CodedWord {
  readonly code: string
  readonly name: Label
  readonly sectors?: Sectors
}

/** Why an act may be done. `basis` cites the clause that names the case. */
export interface Reason extends CodedWord {
  readonly act: string
  readonly basis?: Label
}

export interface StateCodes {
  readonly sectors: readonly CodedWord[]
  /** Two are never ours, but are read: `notActive` and `other`. */
  readonly states: readonly CodedWord[]
  /** Three are never ours, but are read: `transferIn`, `undoTransfer` and `other`. */
  readonly acts: readonly CodedWord[]
  readonly reasons: readonly Reason[]
}
