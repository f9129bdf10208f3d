/**
 * What a client knows, kept by the client itself: one line for each event, on the disk before the
 * next event. Nothing of it comes from the server's side, so it can be held against the server.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/** Something that must be there for good once it was acknowledged. */
export interface Effect {
  readonly kind: EffectKind
  readonly id: string
}

export type EffectKind = 'licence' | 'act' | 'case' | 'closing'

/** A licence has many acts; this is one of them, by what its answer and its entry say. */
export function actName({ licenceId, act, at }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([licenceId, act, at])
}

export interface Sent {
  readonly event: 'sent'
  /** Numbers every try of every operation. */
  readonly seq: number
  /** The operation; every try of it has the same name and at most one effect. */
  readonly key: string
  /** None for what does not come as a signed request. */
  readonly rid?: string
  readonly attempt: number
}

export interface Acked {
  readonly event: 'acked'
  readonly seq: number
  readonly effect?: Effect
  readonly answerHash?: string
  /** Base64url, as the receipt promises it. */
  readonly leaf?: string
  readonly receipt?: string
}

/** An answer that says no, recorded like every other; the operation is tried again. */
export interface Refused extends Omit<Acked, 'event' | 'effect'> {
  readonly event: 'refused'
  readonly why: string
}

/** No answer, or one that says the outcome is open; the operation is tried again. */
export interface Unknown {
  readonly event: 'unknown'
  readonly seq: number
  readonly why: string
}

/** What was done to the system, from just before until it can do no more. */
export interface Fault {
  readonly event: 'fault'
  readonly phase: 'begin' | 'end'
  readonly what: string
}

/** A signed head, as it was fetched. */
export interface Head {
  readonly event: 'head'
  readonly note: string
}

export type LedgerLine = Sent | Acked | Refused | Unknown | Fault | Head

export interface Ledger {
  readonly lines: readonly LedgerLine[]
  readonly write: (line: LedgerLine) => void
  readonly close: () => void
}

export function openLedger(path: string): Ledger {
  const file = openSync(path, 'a')
  const lines: LedgerLine[] = []
  return {
    lines,
    write: (line) => {
      writeSync(file, `${JSON.stringify(line)}\n`)
      fsyncSync(file)
      lines.push(line)
    },
    close: () => {
      closeSync(file)
    },
  }
}
