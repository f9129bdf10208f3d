/**
 * The bytes of an import file: its digest, and its pieces. What is no text file is refused by how it
 * begins, whatever it is called, and never opened. UTF-16 becomes UTF-8 here; what else the bytes
 * mean is judged line by line in `encoding.ts`.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Encoding } from './encoding.ts'

const chunkBytes = 262_144

export const importLimits = {
  bytes: 5_368_709_120,
  /** Lines after the first: a row is at least one, with what is in quotes perhaps more. */
  rows: 20_000_000,
} as const

/** What one file may have; a caller may allow less than `importLimits`. */
export type ImportLimits = Readonly<Record<keyof typeof importLimits, number>>

/** What is imported: it is read twice, and known by its name when an import of it was interrupted. */
export interface ImportSource {
  readonly name: string
  /** @throws Problem invalid-import-file */
  readonly bytes: () => Promise<number>
  /** @throws Problem invalid-import-file */
  readonly chunks: () => AsyncIterable<Buffer>
}

export function fileAt(path: string): ImportSource {
  return { name: resolve(path), bytes: () => sizeAt(path), chunks: () => chunksAt(path) }
}

/** A text that is in memory already. */
export function textNamed(name: string, text: string): ImportSource {
  const bytes = Buffer.from(utf8(text))
  return {
    name,
    bytes: () => Promise.resolve(bytes.length),
    chunks: async function* () {
      yield await Promise.resolve(bytes)
    },
  }
}

export interface FileBytes {
  /** Without a byte order mark, in an encoding in which ASCII bytes are ASCII characters. */
  readonly pieces: AsyncIterable<Buffer>
  /** SHA-256 of the file as it lies there; complete when the pieces have ended. */
  readonly digest: () => Uint8Array
  /** The same of each beginning of it that was read. */
  readonly beginnings: readonly string[]
}

/** @throws Problem invalid-import-file, import-too-large */
export async function sizeOf(
  source: ImportSource,
  { bytes: limit }: ImportLimits,
): Promise<number> {
  const size = await source.bytes()
  if (size > limit) throw new Problem('import-too-large', { what: 'bytes', limit, found: size })
  return size
}

/**
 * @param declared of a file of UTF-16 without a byte order mark
 * @param before what an earlier reading saw: no piece is given out that is another now
 * @throws Problem invalid-import-file, import-not-csv, file-changed; all while the pieces are read
 */
export function openFile(
  source: ImportSource,
  declared?: Encoding,
  before?: readonly string[],
): FileBytes {
  const hash = createHash('sha256')
  const beginnings: string[] = []
  let digest: Uint8Array | undefined
  const watched = async function* (): AsyncGenerator<Buffer> {
    for await (const block of blocksOf(source.chunks())) {
      hash.update(block)
      const beginning = hash.copy().digest('base64url')
      if (before && before[beginnings.length] !== beginning) throw new Problem('file-changed')
      beginnings.push(beginning)
      yield block
    }
    if (before && before.length > beginnings.length) throw new Problem('file-changed')
  }
  return {
    pieces: pieces(watched(), declared),
    digest: () => (digest ??= hash.digest()),
    beginnings,
  }
}

/** The same pieces each time, however many bytes the system gives at once. */
async function* blocksOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    for (; waiting.length >= chunkBytes; waiting = waiting.subarray(chunkBytes)) {
      yield waiting.subarray(0, chunkBytes)
    }
  }
  if (waiting.length > 0) yield waiting
}

async function* pieces(
  chunks: AsyncIterable<Buffer>,
  declared: Encoding | undefined,
): AsyncGenerator<Buffer> {
  let convert: ((bytes?: Buffer) => Buffer) | undefined
  for await (const bytes of chunks) {
    if (convert) {
      yield convert(bytes)
      continue
    }
    refuseContainer(bytes)
    const { encoding, length } = markOf(bytes)
    if (!isWide(encoding ?? declared)) refuseUnmarked(bytes)
    convert = converterFrom(encoding ?? declared)
    yield convert(bytes.subarray(length))
  }
  if (convert) yield convert()
}

async function sizeAt(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(cause)
  })
  // It is read twice, and a pipe or a device may have no end.
  if (!found.isFile()) throw new Problem('invalid-import-file', { rule: 'not-a-file' })
  return found.size
}

async function* chunksAt(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes })
  try {
    for await (const bytes of stream) yield bytes as Buffer // A stream without encoding.
  } catch (cause) {
    throw unreadable(cause)
  }
}

function unreadable(cause: unknown): Problem {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  return new Problem('invalid-import-file', { rule: 'unreadable', code }, { cause })
}

const marks: readonly { readonly encoding: Encoding; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
]

function markOf(bytes: Uint8Array): { readonly encoding?: Encoding; readonly length: number } {
  const mark = marks.find((one) => one.bytes.every((byte, i) => bytes[i] === byte))
  return mark ? { encoding: mark.encoding, length: mark.bytes.length } : { length: 0 }
}

/** Called without bytes at the end. Half a character of UTF-16 becomes U+FFFD, which no row may have. */
function converterFrom(encoding: Encoding | undefined): (bytes?: Buffer) => Buffer {
  if (!isWide(encoding)) return (bytes) => bytes ?? Buffer.of()
  const decoder = new TextDecoder(encoding)
  return (bytes) => Buffer.from(bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode())
}

function isWide(encoding: Encoding | undefined): encoding is 'utf-16le' | 'utf-16be' {
  return encoding === 'utf-16le' || encoding === 'utf-16be'
}

/** Which way round UTF-16 is must be said; by commas and digits it is seen that it is UTF-16 at all. */
function refuseUnmarked(bytes: Buffer): void {
  const nuls = [...bytes.subarray(0, headBytes).entries()].filter(([, byte]) => byte === 0)
  const odd = nuls.filter(([at]) => at % 2 === 1).length
  const [most, least] = [Math.max(odd, nuls.length - odd), Math.min(odd, nuls.length - odd)]
  // Some characters have a byte of zero on the other side, as U+4E00 has.
  if (most < 4 || least * 3 > most) return
  const expected = 'UTF-8, GB18030, or UTF-16 that begins with a byte order mark'
  throw new Problem('invalid-import-file', { rule: 'encoding', expected })
}

/** How files begin that are no CSV. A spreadsheet and an OFD document are zip archives. */
const containers: readonly { readonly is: string; readonly begins: string }[] = [
  { is: 'zip', begins: 'PK\u0003\u0004' },
  { is: 'zip', begins: 'PK\u0005\u0006' },
  { is: 'zip', begins: 'PK\u0007\u0008' },
  { is: 'ole', begins: '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1' },
  { is: 'gzip', begins: '\u001f\u008b' },
  { is: '7z', begins: "7z\u00bc\u00af'\u001c" },
  { is: 'rar', begins: 'Rar!\u001a\u0007' },
  { is: 'bzip2', begins: 'BZh' },
  { is: 'xz', begins: '\u00fd7zXZ\u0000' },
  { is: 'zstd', begins: '(\u00b5/\u00fd' },
  { is: 'pdf', begins: '%PDF-' },
  { is: 'sqlite', begins: 'SQLite format 3\u0000' },
]
/** A PDF may begin this late (ISO 32000-1, annex H), which lets one file be two things. */
const headBytes = 1_024

function refuseContainer(bytes: Buffer): void {
  const head = bytes.subarray(0, headBytes).toString('latin1')
  const found = containers.find(({ begins }) => head.startsWith(begins))?.is
  const text = head.replace(/^(?:\u00ef\u00bb\u00bf)?\s*/, '')
  const isMarkup = /^<(?:[!?]|[a-z])/i.test(text)
  const container = found ?? (isMarkup ? 'markup' : head.includes('%PDF-') ? 'pdf' : undefined)
  if (container !== undefined) throw new Problem('import-not-csv', { container })
}
