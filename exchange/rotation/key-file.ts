/**
 * Writing into the keys folder so that nobody ever reads half a file and no crash leaves one: beside
 * its place, synchronised, then renamed. Secrets can be read by their owner only.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export async function writeKeyFile(
  path: string,
  content: string | Uint8Array,
  access: 'secret' | 'public' = 'secret',
): Promise<void> {
  // No reader of the folder takes this name for a key.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  try {
    const file = await open(draft, 'wx', access === 'secret' ? 0o600 : 0o644)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await moveKeyFile(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Durable when it resolves. */
export async function moveKeyFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await rename(from, to)
  await syncFolder(dirname(to))
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from))
}

export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false
    throw thrown
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
