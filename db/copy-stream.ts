/** COPY over one connection, in both directions, with back pressure and without leaving it half done. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PoolClient } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { copyText } from './copy-text.ts'
import type { Rows } from './copy-text.ts'
import { quotedNames, quotedTable } from './statement.ts'
import type { TableColumns } from './statement.ts'

export function copyRowsIn(client: PoolClient, target: TableColumns, rows: Rows): Promise<number> {
  return copyBytesIn(client, target, copyText(rows))
}

export async function copyBytesIn(
  client: PoolClient,
  { table, columns }: TableColumns,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  const sink = client.query(
    copyFrom(`copy ${quotedTable(table)} (${quotedNames(columns)}) from stdin`),
  )
  const failure: { thrown?: unknown } = {}
  try {
    await pipeline(Readable.from(guarded(bytes, failure), { objectMode: false }), sink)
  } catch (error) {
    throw 'thrown' in failure ? failure.thrown : error
  }
  return sink.rowCount
}

/** COPY works on a query, so that partitioned tables can be read too. */
export async function copyOut<T>(
  client: PoolClient,
  { table, columns }: TableColumns,
  consume: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const query = `select ${quotedNames(columns)} from ${quotedTable(table)}`
  const source = client.query(copyTo(`copy (${query}) to stdout`))
  try {
    return await consume(source)
  } finally {
    // A reader that stopped early would leave the rest of the rows in front of the next answer.
    source.resume()
  }
}

/** pg-copy-streams sends the message of an error to the server, whose log must not hold rows. */
async function* guarded(
  bytes: AsyncIterable<Uint8Array>,
  failure: { thrown?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    failure.thrown = error
    throw new Error('the sender gave up', { cause: error })
  }
}
