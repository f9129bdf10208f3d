/**
 * Stock to be interrupted in: a file with sound rows where it matters and short ones between, and what
 * a vault has after it, to be compared with what another vault has.
 */
import { writeFile } from 'node:fs/promises'
import { sql } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { companies, company } from './dirty-rows.ts'
import { fictitiousUscc } from './companies.ts'

/** Rows at which an import is struck, of this many. */
export const stockRows = 1_200
export const struckRows = [1, 600, 999, 1_000, 1_001, stockRows] as const

/** @param isSparse only the rows at which it is struck are sound */
export async function writeStock(path: string, isSparse: boolean): Promise<void> {
  const sound = new Set<number>(struckRows)
  const rows = Array.from({ length: stockRows }, (_, i) =>
    isSparse && !sound.has(i + 1) ? '虚构,短' : company(i + 1),
  )
  await writeFile(path, companies(...rows, company(1)))
}

export function holderOfRow(row: number) {
  return { codeType: '001', code: fictitiousUscc(row) }
}

/** All that an import leaves, but what is random: keys, salts, signatures, places in lists. */
export function whatIsThere(db: Db): Promise<unknown[]> {
  return Promise.all([
    db.rows(sql`
      select n.number_index, l.licence_id, l.type, l.issuer, l.division, l.grade, l.valid_from,
             l.valid_until, l.holders, (select count(*) from log.entry e where e.leaf = l.leaf) as entries
        from vault.licence l
        join vault.licence_number n on n.licence_id = l.licence_id
       order by n.number_index`),
    db.rows(sql`select line, findings from vault.quarantine order by line`),
    db.rows(sql`select number_index, line, is_known from vault.import_line order by line`),
    db.rows(sql`select ordinal, totals from vault.import_batch order by ordinal`),
    db.rows(sql`select totals from vault.import_result`),
    db.rows(sql`select count(*) as left from vault.intent`),
    db.rows(sql`select kind, count(*) as entries from log.entry group by kind order by kind`),
  ])
}
