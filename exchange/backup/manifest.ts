/**
 * The manifest of a backup: which files belong to it, their hashes and rows, and what was true when it
 * was made. Its code (HMAC-SHA-256 under a fresh key that only the key-encryption key opens) makes it
 * believable; everything else is believed because it stands in here.
 */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, isJsonObject, parseJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { equalBytes, fromUtf8, hmacSha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import type { KeyWrapper } from '../../vault/index.ts'
import { written } from './sealed-file.ts'

export interface BackupFile {
  readonly table: string
  readonly columns: readonly string[]
  readonly file: string
  readonly sha256: string
  readonly rows: number
  /** Base64, as the key wrapper gave it. */
  readonly key: string
}

export interface Manifest {
  readonly version: 1
  readonly id: string
  readonly at: string
  readonly exchange: string
  readonly catalogue: string
  readonly migrations: readonly string[]
  readonly sequences: Readonly<Record<string, number>>
  /** The newest signed note of each year of the log. */
  readonly checkpoints: readonly string[]
  readonly files: readonly BackupFile[]
}

const name = 'manifest.json'
const limits = {
  bytes: 4_194_304,
  depth: 8,
  membersPerObject: 1_000,
  stringLength: 65_536,
} as const
/** Say by themselves what is wrong with a backup, or what is missing to open it. */
const told: readonly ProblemCode[] = ['backup-damaged', 'unknown-wrapping-key']
const context = (id: string): string => `backup ${id} manifest`

export function placeOf(id: string, file: string): string {
  return `backup ${id} ${file}`
}

/** Written last: a folder without it is no backup. */
export async function writeManifest(
  folder: string,
  manifest: Manifest,
  wrapper: KeyWrapper,
): Promise<void> {
  const key = randomBytes(32)
  const body = canonicalJson(jsonOf(manifest))
  const wrapped = Buffer.from(await wrapper.wrap(key, context(manifest.id))).toString('base64')
  const code = Buffer.from(hmacSha256(key, utf8(body))).toString('base64')
  const whole = JSON.stringify({ manifest: jsonOf(manifest), key: wrapped, code }, null, 2)
  const path = join(folder, name)
  await written(path, writeFile(path, `${whole}\n`, { flag: 'wx', mode: 0o600, flush: true }))
}

/** @throws Problem backup-damaged unless every byte is as somebody with this key wrote it */
export async function readManifest(folder: string, wrapper: KeyWrapper): Promise<Manifest> {
  const bytes = await readFile(join(folder, name))
  if (bytes.length > limits.bytes) throw damaged('length')
  try {
    const { manifest, key, code } = parseJsonObject(fromUtf8(bytes), limits)
    if (!isJsonObject(manifest) || typeof key !== 'string' || typeof code !== 'string') {
      throw damaged('shape')
    }
    const opened = await wrapper.unwrap(Buffer.from(key, 'base64'), context(idOf(manifest)))
    const expected = hmacSha256(opened, utf8(canonicalJson(manifest)))
    if (!equalBytes(expected, Buffer.from(code, 'base64'))) throw damaged('code')
    if (manifest['version'] !== 1) throw damaged('version')
    return manifest as unknown as Manifest // Its code says that `writeManifest` wrote it.
  } catch (cause) {
    if (!(cause instanceof Problem) || told.includes(cause.code)) throw cause
    throw new Problem('backup-damaged', { file: name, rule: cause.code }, { cause })
  }
}

/** Any other id than the one it was wrapped for would not open the key. */
function idOf({ id }: JsonObject): string {
  return typeof id === 'string' ? id : ''
}

/** A manifest is made of texts, numbers, lists and objects only. */
function jsonOf(manifest: Manifest): JsonObject {
  return JSON.parse(JSON.stringify(manifest)) as Record<string, Json> // What JSON.stringify wrote.
}

function damaged(rule: string): Problem {
  return new Problem('backup-damaged', { file: name, rule })
}
