/**
 * Sealed documents become licences: entries, rows, holders and events, in the caller's transaction.
 * Nothing of it is a licence before that has committed.
 */
import type { Tx } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { announce } from '../event.ts'
import { addHolders, addLicences } from '../store.ts'
import type { NewLicence } from '../store.ts'

export type Sealed = Omit<NewLicence, 'leaf'>

interface Keeping {
  readonly tx: Tx
  readonly log: Log
  readonly at: Date
}

export async function keepSealed(
  { tx, log, at }: Keeping,
  sealed: readonly Sealed[],
  /** What else the entry of each says. */
  about: { readonly supersedes?: string; readonly sealedBy?: 'department' } = {},
): Promise<void> {
  const entries = sealed.map(({ licenceId, facts, documentDigest: digest }) => ({
    ...about,
    kind: 'licence-issued' as const,
    at: at.toISOString(),
    ...{ licenceId, department: facts.issuer, type: facts.type, grade: facts.grade },
    document: toBase64url(digest),
  }))
  const leaves = await log.append(tx, entries)
  const licences = sealed.map((one, i) => ({ ...one, leaf: leafAt(leaves, i) }))
  await addLicences(tx, licences, at)
  await addHolders(tx, licences)
  await announce(
    tx,
    sealed.map(({ licenceId, facts: { type, issuer, division } }) => ({
      ...{ kind: 'issued', licenceId, type, issuer, division, state: 'valid', acts: 0, at },
    })),
  )
}

function leafAt(leaves: readonly { leaf: Uint8Array }[], i: number): Uint8Array {
  const entry = leaves[i]
  if (!entry) throw new Error('the log appended fewer entries than it was given')
  return entry.leaf
}
