/**
 * Wrapping data keys again under another key-encryption key, page by page, while everything goes on.
 * What the keys have encrypted is not touched. A page is durable by itself, and a row says by its bytes
 * whether it is done, so a run that was killed is simply begun again.
 */
import { failpoint } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { KeyWrapper } from './key-wrapper.ts'

export interface WrappedRow {
  /** What the key was bound to when it was wrapped. */
  readonly context: string
  readonly wrappedKey: Uint8Array
}

export interface Rewrapped<Row extends WrappedRow> {
  readonly row: Row
  readonly wrappedKey: Uint8Array
}

/** A table that holds wrapped keys. */
export interface WrappedTable<Row extends WrappedRow> {
  /** Rows after one, in the order of their key, that another key than this one wrapped. */
  readonly page: (db: Tx, asked: PageAsked<Row>) => Promise<Row[]>
  /** Replaces each key that is still the one that was read. */
  readonly save: (db: Tx, rows: readonly Rewrapped<Row>[]) => Promise<number>
}

export interface PageAsked<Row> {
  readonly after: Row | undefined
  readonly active: Uint8Array
  readonly most: number
}

/** Id of a key-encryption key, empty for the one without, and how many keys it has wrapped. */
export interface KeyUse {
  readonly id: string
  readonly keys: number
}

const pageRows = 500
/** Rows may come behind our back only while another process still wraps with the old key. */
const passesMax = 10

interface Rewrapping {
  readonly db: Tx
  readonly wrapper: KeyWrapper
  readonly activeId: string
  /** Told after every page how many rows it had. */
  readonly done: (rows: number) => Promise<void>
}

/** Ends when a whole pass finds nothing any more, or after ten; whoever wants to know counts. */
export async function rewrapTable<Row extends WrappedRow>(
  table: WrappedTable<Row>,
  rewrapping: Rewrapping,
): Promise<void> {
  for (let pass = 0; pass < passesMax; pass += 1) {
    if ((await rewrapOnce(table, rewrapping)) === 0) return
  }
}

async function rewrapOnce<Row extends WrappedRow>(
  table: WrappedTable<Row>,
  { db, wrapper, activeId, done }: Rewrapping,
): Promise<number> {
  const active = Buffer.from(activeId, 'hex')
  let [total, after]: [number, Row | undefined] = [0, undefined]
  for (;;) {
    const rows: Row[] = await table.page(db, { after, active, most: pageRows })
    const saved = await table.save(
      db,
      await Promise.all(
        rows.map(async (row) => {
          const key = await wrapper.unwrap(row.wrappedKey, row.context)
          return { row, wrappedKey: await wrapper.wrap(key, row.context) }
        }),
      ),
    )
    failpoint('mid-rotation')
    total += saved
    await done(saved)
    after = rows.at(-1)
    if (rows.length < pageRows) return total
  }
}
