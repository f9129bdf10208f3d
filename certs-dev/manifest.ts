/** Remembers for which plan the folder was made and until when it will do. */
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { toBase64url } from '../sdk/base64url.ts'
import type { Crl } from '../sdk/revocation/crl.ts'
import { parseJsonObject } from '../sdk/json.ts'
import type { JsonObject } from '../sdk/json.ts'
import { sha256, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import type { DevelopmentPki } from './plan.ts'
import { exists, readIfThere, write } from './folder.ts'
import { renewalMs } from './holder.ts'
import type { Holder } from './holder.ts'
import { profileEdition, profiles } from './profile.ts'

const name = 'manifest.json'

/** Whether the folder is complete, made for this plan, and good at `at` and for a while after. */
export async function isCurrent(pki: DevelopmentPki): Promise<boolean> {
  const manifest = await readManifest(pki.out)
  const { edition, plan, from, renewAt, files } = manifest
  const at = pki.at.toISOString()
  if (edition !== profileEdition || plan !== digestOf(pki) || !Array.isArray(files)) return false
  if (typeof from !== 'string' || typeof renewAt !== 'string') return false
  if (at < from || at >= renewAt) return false
  for (const file of files) if (!(await exists(join(pki.out, String(file))))) return false
  return true
}

export async function isOfThisEdition(folder: string): Promise<boolean> {
  return (await readManifest(folder))['edition'] === profileEdition
}

export async function writeManifest(
  folder: string,
  made: {
    readonly pki: DevelopmentPki
    readonly holders: readonly Holder[]
    readonly crls: readonly Crl[]
  },
): Promise<void> {
  const certificates = made.holders.map(({ certificate }) => certificate)
  const begins = [
    ...certificates.map(({ notBefore }) => notBefore.getTime()),
    ...made.crls.map(({ thisUpdate }) => thisUpdate.getTime()),
  ]
  const ends = [
    ...certificates.map(({ notAfter }) => notAfter.getTime()),
    ...made.crls.map(({ nextUpdate }) => nextUpdate.getTime()),
  ]
  const manifest = {
    edition: profileEdition,
    plan: digestOf(made.pki),
    from: new Date(Math.max(...begins)).toISOString(),
    renewAt: new Date(Math.min(...ends) - renewalMs).toISOString(),
    files: await filesOf(folder),
  }
  await write(join(folder, name), `${JSON.stringify(manifest, null, 2)}\n`, 'public')
}

/** Everything about the plan but the place and the time; which certificates it takes, how trust is written. */
function digestOf({ exchange, departments, issuers }: DevelopmentPki): string {
  const form = { kinds: Object.keys(profiles), trust: 2, requests: 'chain' }
  return toBase64url(sha256(utf8(JSON.stringify({ exchange, departments, issuers, form }))))
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name !== name)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

/** A manifest that cannot be read says nothing, and the folder is made again around its keys. */
async function readManifest(folder: string): Promise<JsonObject> {
  const text = await readIfThere(join(folder, name))
  try {
    return text ? parseJsonObject(text.toString('utf8')) : {}
  } catch (thrown) {
    if (thrown instanceof Problem) return {}
    throw thrown
  }
}
