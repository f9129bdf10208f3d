/**
 * Rows as the text format of COPY (PostgreSQL manual, "COPY", File Formats): columns separated by
 * tabs, rows by newlines, `\N` for null, and the separators escaped inside values.
 */

const chunkLength = 65_536

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

export type Rows = Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>

/** Many rows a chunk, because every chunk costs a message. */
export async function* copyText(rows: Rows): AsyncGenerator<Buffer> {
  let text = ''
  for await (const row of rows) {
    text += `${row.map(copyValue).join('\t')}\n`
    if (text.length < chunkLength) continue
    yield Buffer.from(text, 'utf8')
    text = ''
  }
  if (text !== '') yield Buffer.from(text, 'utf8')
}

/** Bytes become a bytea, a Date a timestamptz, any other object or array JSON. */
function copyValue(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return '\\N'
    case 'string':
      return escaped(value)
    case 'boolean':
    case 'number':
    case 'bigint':
      return String(value)
    case 'object':
      return copyObject(value)
    case 'function':
    case 'symbol':
      throw new Error('a function or a symbol is not a value of a column')
  }
}

function copyObject(value: object | null): string {
  if (value === null) return '\\N'
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  return escaped(JSON.stringify(value))
}

function escaped(text: string): string {
  return text.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character)
}
