/** Every statement on licences begun that will each take the place of another. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { VersionAct } from '../change/lifecycle.ts'
import type { IntentFacts } from '../store.ts'
import type { Intent } from './intent-store.ts'

/** What must be remembered of the act besides the new licence, so that anyone can finish it. */
export interface Taking {
  readonly superseded: string
  readonly act: VersionAct
  readonly reason: string
  readonly officer: string
  readonly caseNumber: string | null
  readonly key: string | null
  /** As text; null for the moment at which the new licence is stored and in force. */
  readonly effectiveAt: string | null
  /** Keyed index of the face number, base64url. */
  readonly numberIndex: string
}

export interface Succession extends Intent {
  readonly facts: IntentFacts & { readonly taking: Taking }
}

/** False when a successor of that licence is begun already. */
export async function addSuccession(tx: Tx, begun: Succession, at: Date): Promise<boolean> {
  const { licenceId, facts, draft } = begun
  const added = await tx.execute(sql`
    insert into vault.succession (licence_id, superseded, facts, draft, begun_at)
    values (${licenceId}, ${facts.taking.superseded}, ${JSON.stringify(facts)}::jsonb,
            ${Buffer.from(draft)}, ${at})
        on conflict do nothing`)
  return added === 1
}

export function loadSuccessions(db: Tx, limit: number): Promise<Succession[]> {
  return db.rows<Succession>(sql`
    select licence_id as "licenceId", facts, draft
      from vault.succession
     order by begun_at
     limit ${limit}`)
}

export function loadSuccessionOf(db: Tx, superseded: string): Promise<Succession | undefined> {
  return db.row<Succession>(sql`
    select licence_id as "licenceId", facts, draft
      from vault.succession
     where superseded = ${superseded}`)
}

/** Whoever takes it away stores the licence, or lets it be. */
export async function takeSuccession(tx: Tx, licenceId: string): Promise<boolean> {
  const taken = await tx.execute(sql`
    delete from vault.succession
     where licence_id = ${licenceId}`)
  return taken === 1
}
