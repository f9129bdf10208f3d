/**
 * One encrypted file of a backup: nonce ‖ AES-256-GCM ciphertext ‖ tag, written and read as a stream.
 * The key is fresh for each file, so a nonce is never used twice; the file's place in the backup is
 * associated data, so that two files changed about do not open. What is read before the tag was
 * checked is not to be believed: whoever reads does it in a transaction that the end may undo.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
} from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

export interface SealedFile {
  readonly path: string
  readonly key: Uint8Array
  /** Where it belongs: the backup and the name. */
  readonly place: string
}

export interface Written {
  /** Of the bytes in the file, lower-case hexadecimal. */
  readonly sha256: string
  readonly rows: number
}

/** COPY text ends each row with a line feed, and has none inside a row. */
const lineFeed = 0x0a

/**
 * Refuses to write over anything.
 * @throws Problem backup-target when the file cannot be written, as on a full disk
 */
export async function writeSealed(
  sealed: SealedFile,
  plain: AsyncIterable<Uint8Array>,
): Promise<Written> {
  const { path } = sealed
  const file = await written(path, open(path, 'wx', 0o600))
  try {
    const sums = await writeFrame(sealed, plain, (bytes) => written(path, file.writeFile(bytes)))
    await written(path, file.sync())
    return sums
  } finally {
    await file.close()
  }
}

/** Said at once: whoever lends the connection of a table would take a failing disk for its own. */
export async function written<T>(file: string, step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (cause) {
    const rule = cause instanceof Error && 'code' in cause ? String(cause.code) : 'write'
    throw new Problem('backup-target', { file, rule }, { cause })
  }
}

async function writeFrame(
  { key, place }: SealedFile,
  plain: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<Written> {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, {
    authTagLength: tagLength,
  })
  cipher.setAAD(utf8(place))
  const hash = createHash('sha256')
  let rows = 0
  const put = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes)
    await write(bytes)
  }
  await put(nonce)
  for await (const bytes of plain) {
    for (const byte of bytes) if (byte === lineFeed) rows += 1
    await put(cipher.update(bytes))
  }
  await put(cipher.final())
  await put(cipher.getAuthTag())
  return { sha256: hash.digest('hex'), rows }
}

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array) // No encoding is set.
  return hash.digest('hex')
}

/** @throws Problem backup-damaged at the end, when the bytes, the key or the place are not the original */
export async function* readSealed({ path, key, place }: SealedFile): AsyncGenerator<Uint8Array> {
  const { nonce, tag, end } = await readFrame(path)
  const decipher = createDecipheriv(algorithm, createSecretKey(key), nonce, {
    authTagLength: tagLength,
  })
  decipher.setAAD(utf8(place))
  decipher.setAuthTag(tag)
  if (end > nonceLength) {
    const body = createReadStream(path, { start: nonceLength, end: end - 1 })
    for await (const chunk of body) yield decipher.update(chunk as Uint8Array) // As above.
  }
  try {
    decipher.final()
  } catch (cause) {
    throw new Problem('backup-damaged', { file: place, rule: 'tag' }, { cause })
  }
}

async function readFrame(
  path: string,
): Promise<{ nonce: Uint8Array; tag: Uint8Array; end: number }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const end = size - tagLength
    if (end < nonceLength) throw new Problem('backup-damaged', { rule: 'length' })
    const nonce = new Uint8Array(nonceLength)
    const tag = new Uint8Array(tagLength)
    await file.read(nonce, 0, nonceLength, 0)
    await file.read(tag, 0, tagLength, end)
    return { nonce, tag, end }
  } finally {
    await file.close()
  }
}
