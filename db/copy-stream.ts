/** COPY over one connection, in both directions, with back pressure and without leaving it half done. */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { PoolClient } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { copyText } from './copy-text.ts'
import type { Rows } from './copy-text.ts'
import { connectionIsLost, fault } from './fault.ts'
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
  const sink = copyFrom(`copy ${quotedTable(table)} (${quotedNames(columns)}) from stdin`)
  const idle = whenIdle(client, sink)
  client.query(sink)
  try {
    await pour(bytes, sink)
    return sink.rowCount
  } finally {
    await idle
  }
}

/** COPY works on a query, so that partitioned tables can be read too. */
export async function copyOut<T>(
  client: PoolClient,
  { table, columns }: TableColumns,
  consume: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const query = `select ${quotedNames(columns)} from ${quotedTable(table)}`
  // pg puts the end of its timer into `callback`, and COPY TO would never call it.
  const source = Object.assign(copyTo(`copy (${query}) to stdout`), { callback: () => undefined })
  const idle = whenIdle(client, source)
  client.query(source)
  try {
    return await consume(source.iterator({ destroyOnReturn: false }))
  } finally {
    // A reader that stopped early would leave the rest of the rows in front of the next answer.
    source.resume()
    await idle
    source.callback()
  }
}

/** When the server is ready for the next statement, or when there is no server any more. */
function whenIdle(client: PoolClient, stream: Readable | Writable): Promise<void> {
  return new Promise((resolve) => {
    client.once('drain', resolve)
    stream.on('error', (error) => {
      if (connectionIsLost(fault(error))) resolve()
    })
  })
}

/**
 * Not stream.pipeline: after the server has refused a row it would wait for an answer to its
 * cancellation, and the server has nothing more to say.
 */
async function pour(bytes: AsyncIterable<Uint8Array>, sink: Writable): Promise<void> {
  const refused: { error?: Error } = {}
  sink.on('error', (error: Error) => (refused.error ??= error))
  try {
    for await (const chunk of bytes) {
      if (refused.error) throw refused.error
      await write(sink, chunk)
    }
    if (refused.error) throw refused.error
    sink.end()
    await once(sink, 'finish')
  } catch (error) {
    if (!refused.error) await cancel(sink)
    throw error
  }
}

/**
 * One piece at a time: what the stream still held when the server refused a row, it would later send
 * over a connection that it has let go, and that ends the process.
 */
function write(sink: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.once('error', reject)
    sink.write(chunk, () => {
      sink.off('error', reject)
      resolve()
    })
  })
}

/** The server is told why, and its log must not hold what the true error says about rows. */
async function cancel(sink: Writable): Promise<void> {
  const closed = new Promise((resolve) => sink.once('close', resolve))
  sink.destroy(new Error('the sender gave up'))
  await closed
}
