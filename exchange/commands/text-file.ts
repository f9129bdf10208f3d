/**
 * A file that a command was told to read: one regular file of text, not too large, or standard input.
 * What is not that is refused with its path, before anybody asks what stands in it.
 */
import { open } from 'node:fs/promises'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Shell } from './shell.ts'

/** Evidence and an answer of an exchange are the largest; a trust file carries all revocation lists. */
export const textFileLimits = { bytes: 16_777_216, trustBytes: 134_217_728 } as const

/**
 * Without the white space around it, and without a byte order mark.
 * @param path `-` for standard input
 * @throws Problem unusable-file; whatever opening a file throws
 */
export async function readText(
  { stdin }: Pick<Shell, 'stdin'>,
  path: string,
  limit: number = textFileLimits.bytes,
): Promise<string> {
  return textOf(await readBytes({ stdin }, path, limit), path)
}

/** Whatever stands in it. */
export async function readBytes(
  { stdin }: Pick<Shell, 'stdin'>,
  path: string,
  limit: number = textFileLimits.bytes,
): Promise<Uint8Array> {
  const bytes = path === '-' ? await readAtMost(stdin, limit) : await readRegular(path, limit)
  if (!bytes) throw new Problem('unusable-file', { path, rule: 'too-large', limit })
  return bytes
}

/** @throws Problem unusable-file */
export function textOf(bytes: Uint8Array, path: string): string {
  const text = textIn(bytes)?.trim()
  if (text === undefined) throw new Problem('unusable-file', { path, rule: 'not-text' })
  if (text === '') throw new Problem('unusable-file', { path, rule: 'empty' })
  return text
}

async function readRegular(path: string, limit: number): Promise<Uint8Array | undefined> {
  const file = await open(path)
  try {
    if ((await file.stat()).isDirectory()) {
      throw new Problem('unusable-file', { path, rule: 'directory' })
    }
    return await readAtMost(file.createReadStream({ autoClose: false }), limit)
  } finally {
    await file.close()
  }
}

/** Undefined when there is more. */
async function readAtMost(
  stream: AsyncIterable<Uint8Array | string>,
  limit: number,
): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > limit) return undefined
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

/** NUL is UTF-8, and stands in no text. */
function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return fromUtf8(bytes)
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}
