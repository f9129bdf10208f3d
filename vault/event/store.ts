/** Every statement on events: appended with what they tell of, put in order by the sequencer. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { LicenceEvent } from '../event.ts'

export async function addPending(tx: Tx, events: readonly LicenceEvent[]): Promise<void> {
  await tx.execute(sql`
    insert into vault.event_pending (kind, licence_id, type, issuer, division, state, acts, at)
    select kind, licence_id, type, issuer, division, state, acts, at
      from unnest(${events.map(({ kind }) => kind)}::text[],
                  ${events.map(({ licenceId }) => licenceId)}::text[],
                  ${events.map(({ type }) => type)}::text[],
                  ${events.map(({ issuer }) => issuer)}::text[],
                  ${events.map(({ division }) => division)}::text[],
                  ${events.map(({ state }) => state)}::text[],
                  ${events.map(({ acts }) => acts)}::integer[],
                  ${events.map(({ at }) => at)}::timestamptz[])
             with ordinality as given (kind, licence_id, type, issuer, division, state, acts, at, place)
     order by place`)
}
