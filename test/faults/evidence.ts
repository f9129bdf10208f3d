/** What the database says after recovery, as plain rows for the checker; read as its owner. */
import type { Db, Tx } from '../../db/postgres.ts'
import { sql } from '../../db/postgres.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { actName } from './ledger.ts'
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
  /** The licence, the act or the case it tells of. */
  readonly about?: string
}

export interface Evidence {
  readonly entries: readonly EntryEvidence[]
  /** `key` is what may have one effect only: a holder, a licence that is superseded, a request, a case. */
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
    const intents = await tx.rows<{ id: string }>(sql`
      select licence_id as id from vault.intent
      union all
      select licence_id from vault.succession`)
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
  const { kind, rid, attempt, ah } = body
  const about = aboutOf(body)
  return {
    kind: typeof kind === 'string' ? kind : 'none',
    ...(typeof rid === 'string' ? { rid } : {}),
    ...(typeof attempt === 'number' ? { attempt } : {}),
    ...(typeof ah === 'string' ? { answerHash: ah } : {}),
    ...(typeof about === 'string' ? { about } : {}),
  }
}

function aboutOf(body: JsonObject) {
  const { kind, licenceId, case: number } = body
  return kind === 'licence-changed' ? actName(body) : (licenceId ?? number)
}

/** A holder has one licence of a type here, and every licence at most one that takes its place. */
async function readEffects(tx: Tx): Promise<Evidence['effects'][number][]> {
  const acts = await tx.rows<{ licenceId: string; act: string; at: Date; key: string }>(sql`
    select licence_id as "licenceId", act, recorded_at as at,
           coalesce(department || ' ' || request_key, licence_id || ' ' || ordinal) as key
      from vault.act`)
  const others = await tx.rows<Evidence['effects'][number]>(sql`
    select 'licence' as kind, licence.licence_id as id,
           concat_ws(' ', licence.type, encode(licence.holders[1], 'hex'), act.licence_id) as key
      from vault.licence
      left join vault.act on act.successor = licence.licence_id
    union all
    select 'case', number, department || ' ' || number from exchange.case_opening
    union all
    select 'closing', number, department || ' ' || number from exchange.case_closing`)
  const told = acts.map(({ key, ...act }) => ({ kind: 'act' as const, id: actName(act), key }))
  return [...others, ...told]
}
