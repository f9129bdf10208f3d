/**
 * Every statement on intents: licences that the version before this one began and has not sealed. None is
 * added any more.
 */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { IntentFacts } from '../store.ts'

/** A licence that waits for its seal. */
export interface Intent {
  readonly licenceId: string
  readonly facts: IntentFacts
  /** Encrypted draft. */
  readonly draft: Uint8Array
}

/** The oldest of them, or of those that are asked for. */
export function loadIntents(
  db: Tx,
  licenceIds: readonly string[] | null,
  limit: number,
): Promise<Intent[]> {
  return db.rows<Intent>(sql`
    select licence_id as "licenceId", facts, draft
      from vault.intent
     where (${licenceIds}::text[] is null or licence_id = any (${licenceIds}::text[]))
     order by begun_at
     limit ${limit}`)
}

/** Whoever takes an intent away stores its licence; a second finisher finds nothing. */
export async function takeIntents(tx: Tx, licenceIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ licence_id: string }>(sql`
    delete from vault.intent
     where licence_id = any (${licenceIds}::text[])
    returning licence_id`)
  return new Set(rows.map(({ licence_id: licenceId }) => licenceId))
}
