/** Statements that fill the vault with rows that nobody issued, and the least a look-up can be. */
import { escapeLiteral } from 'pg'
import { sql } from '../db/postgres.ts'
import type { Db, Statement, Tx } from '../db/postgres.ts'

/** Rows from one number on and before another; two licences each holder, one act for a hundred. */
interface Range {
  readonly from: number
  readonly until: number
}

/** As long as a small licence; a larger one stands beside its row and is fetched from there. */
const sealedBytes = 1_024

/** What hangs on the licences; added once for all of them, for its keys are random. */
export async function addBelongings(owner: Db, range: Range): Promise<void> {
  await addHolders(owner, range)
  await addHolderKeys(owner, range)
  await addActs(owner, range)
}

export function addLicences(tx: Tx, { from, until }: Range): Promise<number> {
  return tx.execute(sql`
    insert into vault.licence (licence_id, type, type_version, issuer, division, grade, valid_from,
                               valid_until, holders, sealed, document_digest, status_position, leaf,
                               recorded_at)
    select 'bench.' || n, 'type' || n % 24, '1', 'issuer' || n % 30, (460100 + n % 30)::text, 'B',
           now() - n % 9000 * interval '1 day',
           case when n % 3 = 0 then now() + n % 3000 * interval '1 day' + interval '1 hour' end,
           array[sha256(int8send(n / 2))], filler.sealed, sha256(int8send(n)), n,
           sha256(int8send(-n)), now()
      from generate_series(${from}::bigint, ${until}::bigint - 1) as n,
           (select decode(string_agg(md5(random()::text), ''), 'hex') as sealed
              from generate_series(1, ${sealedBytes / 16}::integer)) as filler`)
}

function addHolders(tx: Tx, { from, until }: Range): Promise<number> {
  return tx.execute(sql`
    insert into vault.holder (holder_index, type, licence_id, role, wrapped_key)
    select sha256(int8send(n / 2)), 'type' || n % 24, 'bench.' || n, 'holder',
           sha256(int8send(n)) || sha256(int8send(n))
      from generate_series(${from}::bigint, ${until}::bigint - 1) as n
     order by 1`)
}

function addHolderKeys(tx: Tx, { from, until }: Range): Promise<number> {
  return tx.execute(sql`
    insert into vault.holder_key (holder_index, wrapped_key)
    select sha256(int8send(n)), sha256(int8send(n)) || sha256(int8send(n))
      from generate_series(${from}::bigint / 2, ${until}::bigint / 2 - 1) as n
     order by 1`)
}

function addActs(tx: Tx, { from, until }: Range): Promise<number> {
  return tx.execute(sql`
    insert into vault.act (licence_id, ordinal, act, state, reason, effective_at, recorded_at,
                           department, officer, status_position, leaf)
    select 'bench.' || n, 1, 'suspend', 'suspended', 'under-investigation', now(), now(), 'bench',
           'bench', n, sha256(int8send(n))
      from generate_series(${from}::bigint, ${until}::bigint - 1, 100) as n`)
}

export async function settleTables(owner: Db): Promise<void> {
  await owner.execute(sql`vacuum analyze vault.licence, vault.holder, vault.holder_key, vault.act`)
}

export function selectByKey(db: Tx, number: number): Promise<{ sealed: Uint8Array }[]> {
  return db.rows(sql`
    select sealed
      from vault.licence
     where licence_id = ${`bench.${number}`}`)
}

interface Explained {
  readonly 'QUERY PLAN': readonly [
    { readonly 'Planning Time': number; readonly 'Execution Time': number },
  ]
}

/**
 * How long PostgreSQL says that it takes over a statement, which this session has asked before: planning,
 * unless it has a plan, running, and writing the rows; in milliseconds.
 */
export async function timeInDatabase(tx: Tx, { name, text, values }: Statement): Promise<number> {
  const explain = 'explain (analyze, timing off, serialize text, format json)'
  const known = `${explain} execute "${name}" (${values.map(literal).join(', ')})`
  const statement =
    name === undefined ? { text: `${explain} ${text}`, values } : { text: known, values: [] }
  const row = await tx.row<Explained>(statement)
  const plan = row?.['QUERY PLAN'][0]
  return (plan?.['Planning Time'] ?? NaN) + (plan?.['Execution Time'] ?? NaN)
}

/** A value as it would stand in a statement. */
function literal(value: unknown): string {
  if (value === null) return 'null'
  if (value instanceof Date) return escapeLiteral(value.toISOString())
  if (value instanceof Uint8Array) return escapeLiteral(`\\x${Buffer.from(value).toString('hex')}`)
  if (Array.isArray(value))
    return escapeLiteral(`{${value.map((one) => JSON.stringify(one)).join()}}`)
  if (typeof value === 'string' || typeof value === 'number') return escapeLiteral(`${value}`)
  throw new Error('a value that no question of ours has')
}
