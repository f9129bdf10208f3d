/** Every statement on places in the status lists that departments hold for what they seal themselves. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export async function countPlaces(db: Tx, department: string): Promise<number> {
  const row = await db.row<{ places: number }>(sql`
    select count(*) as places
      from vault.place
     where department = ${department}`)
  return row?.places ?? 0
}

export async function addPlaces(
  db: Tx,
  positions: readonly number[],
  { department, at }: { readonly department: string; readonly at: Date },
): Promise<void> {
  await db.execute(sql`
    insert into vault.place (position, department, reserved_at)
    select position, ${department}, ${at}::timestamptz
      from unnest(${positions}::bigint[]) as given (position)`)
}

interface PlaceRequest {
  readonly department: string
  readonly key?: string
}

/** The places that an earlier attempt at this request was given; a request without a key has none. */
export async function requestedPlaces(
  db: Tx,
  { department, key }: PlaceRequest,
): Promise<readonly number[] | undefined> {
  const row = await db.row<{ positions: number[] }>(sql`
    select positions
      from vault.place_request
     where department = ${department} and key = ${key ?? null}`)
  return row?.positions
}

/** Whether no other attempt at this request was given any. */
export async function addPlaceRequest(
  tx: Tx,
  request: PlaceRequest & { readonly positions: readonly number[]; readonly at: Date },
): Promise<boolean> {
  const { department, key, positions, at } = request
  if (key === undefined) return true
  const added = await tx.execute(sql`
    insert into vault.place_request (department, key, positions, reserved_at)
    values (${department}, ${key}, ${positions}::bigint[], ${at})
        on conflict do nothing`)
  return added === 1
}

/** False when this department does not hold the place, or has used it. */
export async function takePlace(tx: Tx, position: number, department: string): Promise<boolean> {
  const taken = await tx.execute(sql`
    delete from vault.place
     where position = ${position} and department = ${department}`)
  return taken === 1
}
