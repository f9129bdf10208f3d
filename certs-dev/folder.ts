/**
 * A folder that is replaced as a whole: the next one is prepared beside it, from a copy, and then
 * takes its place. Whenever the power fails, there is a complete folder or none, never half of one.
 */
import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Longer than any preparation takes: what is older was left behind by a crash. */
const abandonedAfterMs = 3_600_000

/**
 * Prepares the next content of `out`, beginning with the present one, and puts it in place; unless
 * somebody else did so meanwhile, whose work then stands.
 */
export async function replaceFolder(
  out: string,
  prepare: (folder: string) => Promise<void>,
): Promise<'replaced' | 'overtaken'> {
  await mkdir(dirname(out), { recursive: true })
  await recover(out)
  const next = beside(out, 'next')
  const last = beside(out, 'last')
  const basis = await inodeOf(out)
  try {
    await mkdir(next, { mode: 0o700 })
    if (basis !== undefined) await cp(out, next, { recursive: true, preserveTimestamps: true })
    await prepare(next)
    if ((await inodeOf(out)) !== basis) return 'overtaken'
    if (basis !== undefined) await rename(out, last)
    return await rename(next, out).then(() => 'replaced' as const, overtaken)
  } finally {
    await rm(next, { recursive: true, force: true })
    if (await exists(out)) await rm(last, { recursive: true, force: true })
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(absent))?.ino
}

/** A folder cannot take the place of one that is not empty. */
function overtaken(thrown: unknown): 'overtaken' {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw thrown
  return 'overtaken'
}

/** Puts back what a crash between two renames left beside the place, and clears old leftovers. */
async function recover(out: string): Promise<void> {
  const leftovers = (await readdir(dirname(out))).filter((name) =>
    name.startsWith(`${basename(out)}.`),
  )
  for (const name of leftovers) {
    const path = join(dirname(out), name)
    if (name.includes('.last-') && !(await exists(out))) await rename(path, out).catch(absent)
    else if (await isAbandoned(path)) await rm(path, { recursive: true, force: true })
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const isOurs = /\.(next|last)-[0-9a-f-]{36}$/.test(path)
  const changed = isOurs ? await stat(path).catch(absent) : undefined
  return changed !== undefined && Date.now() - changed.mtimeMs > abandonedAfterMs
}

function beside(out: string, name: 'next' | 'last'): string {
  return `${out}.${name}-${randomUUID()}`
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(absent)) !== undefined
}

export async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(absent)
}

/** Secrets can be read by their owner only. */
export async function write(
  path: string,
  content: string | Uint8Array,
  access: 'secret' | 'public',
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await rm(path, { force: true })
  await writeFile(path, content, { mode: access === 'secret' ? 0o600 : 0o644, flag: 'wx' })
}

function absent(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
  throw thrown
}
