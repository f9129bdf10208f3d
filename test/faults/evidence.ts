/** What the database says after recovery, as plain rows for the checker; read as its owner. */
import type { Db, Tx } from '../../db/postgres.ts'
import { sql } from '../../db/postgres.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import type { Effect } from './ledger.ts'

export interface EntryEvidence {
  readonly id: number
  readonly kind: string
  readonly leaf: Uint8Array
  readonly shard: number
  /** Null while it waits for the sequencer. */
  readonly index: number | null
  readonly rid?: string
  readonly attempt?: number
  readonly answerHash?: string
  /** The licence or the case it tells of. */
  readonly about?: string
}

export interface Evidence {
  readonly entries: readonly EntryEvidence[]
  /** `key` is what may have one effect only: a holder, a case number, a licence. */
  readonly effects: readonly (Effect & { readonly key: string })[]
  readonly requests: readonly { readonly rid: string; readonly attempt: number }[]
  readonly heads: readonly {
    readonly shard: number
    readonly size: number
    readonly root: Uint8Array
    readonly note: string
  }[]
  /** Licences begun and not sealed; none may be left after a start. */
  readonly intents: readonly string[]
}

export function readEvidence(owner: Db): Promise<Evidence> {
  return owner.transaction(async (tx) => {
    const intents = await tx.rows<{ id: string }>(sql`select licence_id as id from vault.intent`)
    return {
      entries: await readEntries(tx),
      effects: await readEffects(tx),
      requests: await tx.rows(sql`select rid, attempt from exchange.request`),
      heads: await tx.rows(sql`
        select shard, size, root, note from log.checkpoint order by shard, size`),
      intents: intents.map(({ id }) => id),
    }
  }, 'snapshot')
}

async function readEntries(tx: Tx): Promise<EntryEvidence[]> {
  const rows = await tx.rows<Pick<EntryEvidence, 'id' | 'leaf' | 'shard' | 'index'> & Bodied>(sql`
    select entry.id, entry.leaf, entry.body, entry.shard, place.index
      from log.entry
      left join log.leaf_position place on place.entry_id = entry.id
     order by entry.id`)
  return rows.map(({ body, ...row }) => ({ ...row, ...membersOf(body) }))
}

interface Bodied {
  readonly body: Uint8Array
}

function membersOf(bytes: Uint8Array): Pick<EntryEvidence, 'kind' | 'rid' | 'about'> {
  const body = parseJsonObject(fromUtf8(bytes))
  const { kind, rid, attempt, ah, licenceId, case: number } = body
  const about = licenceId ?? number
  return {
    kind: typeof kind === 'string' ? kind : 'none',
    ...(typeof rid === 'string' ? { rid } : {}),
    ...(typeof attempt === 'number' ? { attempt } : {}),
    ...(typeof ah === 'string' ? { answerHash: ah } : {}),
    ...(typeof about === 'string' ? { about } : {}),
  }
}

function readEffects(tx: Tx): Promise<Evidence['effects'][number][]> {
  return tx.rows(sql`
    select 'licence' as kind, licence_id as id,
           type || ' ' || encode(holders[1], 'hex') as key from vault.licence
    union all
    select 'act', licence_id, licence_id from vault.act
    union all
    select 'case', number, department || ' ' || number from exchange.case_opening
    union all
    select 'closing', number, department || ' ' || number from exchange.case_closing`)
}
