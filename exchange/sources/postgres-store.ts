/** The one statement on a department's database; table and columns are names from the catalogue. */
import { selectFrom } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

/** The values of one row as text, in the order of the columns. */
export async function readRow(
  db: Tx,
  question: {
    readonly table: string
    readonly columns: readonly string[]
    readonly where: readonly { readonly column: string; readonly value: string }[]
  },
): Promise<(string | null)[] | undefined> {
  const row = await db.row<{ found: (string | null)[] }>(selectFrom(question))
  return row?.found
}
