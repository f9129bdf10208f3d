/**
 * The bytes of an import file: its digest, and its text, which must be UTF-8 from beginning to end. What
 * the text says is read by `import-records.ts`.
 */
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Problem } from '../../sdk/problem.ts'

const chunkBytes = 262_144

export interface FileText {
  /** Without a byte order mark. */
  readonly text: AsyncIterable<string>
  /** SHA-256 of what was read; complete when the text has ended. */
  readonly digest: () => Uint8Array
}

/** @throws Problem invalid-import-file, while the text is read, with the line that is not UTF-8. */
export function openFile(path: string): FileText {
  const hash = createHash('sha256')
  let digest: Uint8Array | undefined
  return {
    text: decoded(path, (bytes) => hash.update(bytes)),
    digest: () => (digest ??= hash.digest()),
  }
}

async function* decoded(path: string, see: (bytes: Uint8Array) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const bytes of chunks(path)) {
      see(bytes)
      yield decoder.decode(bytes, { stream: true })
    }
    yield decoder.decode()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    const line = await firstDamagedLine(path)
    throw new Problem('invalid-import-file', { rule: 'utf-8', line }, { cause })
  }
}

async function* chunks(path: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes })
  try {
    for await (const bytes of stream) yield bytes as Uint8Array // A stream without encoding.
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new Problem('invalid-import-file', { rule: 'unreadable', code }, { cause })
  }
}

/** Line ends are never part of a longer character, so lines can be judged one by one. */
async function firstDamagedLine(path: string): Promise<number> {
  let number = 1
  let begun: Uint8Array[] = []
  for await (const bytes of chunks(path)) {
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      if (!isUtf8(Buffer.concat([...begun, bytes.subarray(from, end)]))) return number
      begun = []
      number += 1
      from = end + 1
    }
    begun.push(bytes.subarray(from))
    // A line that fills several chunks is no licence: call it damaged rather than hold it all.
    if (begun.length > 4) return number
  }
  return number
}
