/**
 * From one key-encryption key to the next:
 *
 *     publish   kek-next.key: every instance can unwrap with it before anybody wraps with it
 *     activate  the active one is kept as kek-<id>.key, and the next one takes its place by a rename
 *     rewrap    every stored data key, page by page, under the new one
 *     retire    an earlier key that wraps nothing any more leaves the folder for `retired/`
 *
 * `kek.key` is at every moment the one that wraps. Interrupted at any place, the same command goes on
 * where it stopped. Nothing is ever deleted: a backup opens only with the key of its time.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import {
  countWrapped,
  holderKeys,
  localKeyWrapper,
  makeWrappingKey,
  quarantineKeys,
  readWrappingKey,
  rewrapTable,
} from '../../vault/index.ts'
import type { KeyUse, WrappingKey } from '../../vault/index.ts'
import { countWrappedParties, partyKeys } from '../cases/wrapped-store.ts'
import { keyFiles, readWrappingKeys } from '../keys/key-folder.ts'
import { fileExists, moveKeyFile, writeKeyFile } from './key-file.ts'

export interface WrappingKeyRotation {
  readonly folder: string
  /** As zt_keeper. */
  readonly db: Db
  /** Resolves when every instance has read the folder again. */
  readonly settled: () => Promise<void>
  /** Told after every page how many keys it had. */
  readonly done: (keys: number) => Promise<void>
}

/** Answers the id of the key that wraps now. */
export async function rotateWrappingKey(rotation: WrappingKeyRotation): Promise<string> {
  const { folder, settled } = rotation
  if ((await isPublished(folder)) || !(await isUnfinished(rotation))) {
    await publish(folder)
    await settled()
    await activate(folder)
    await settled()
  }
  return rewrap(rotation)
}

/** By id, how many data keys each key-encryption key wraps; empty is the one without an id. */
export async function countUses(db: Db): Promise<ReadonlyMap<string, number>> {
  const uses = new Map<string, number>()
  const add = ({ id, keys }: KeyUse): void => void uses.set(id, (uses.get(id) ?? 0) + keys)
  for (const use of [...(await countWrapped(db)), ...(await countWrappedParties(db))]) add(use)
  return uses
}

/** Answers the ids of those that left. @throws Problem key-in-use */
export async function retireWrappingKeys({
  folder,
  db,
}: Pick<WrappingKeyRotation, 'folder' | 'db'>): Promise<string[]> {
  const earlier = await readEarlier(folder)
  const uses = await countUses(db)
  const used = earlier.find(({ id }) => (uses.get(id) ?? 0) > 0)
  if (used) throw new Problem('key-in-use', { id: nameOf(used.id), keys: uses.get(used.id) ?? 0 })
  for (const { id } of earlier) {
    const file = fileOf(id)
    await moveKeyFile(join(folder, file), join(folder, 'retired', file))
  }
  return earlier.map(({ id }) => nameOf(id))
}

/** What a key without an id is called. */
export function nameOf(id: string): string {
  return id || 'first'
}

function fileOf(id: string): string {
  return `kek-${nameOf(id)}.key`
}

/** Of a key that was published and does not wrap yet. */
export async function nextWrappingId(folder: string): Promise<string | undefined> {
  if (!(await isPublished(folder))) return undefined
  const bytes = await readFile(join(folder, keyFiles.nextWrapping))
  return readWrappingKey(bytes, keyFiles.nextWrapping).id
}

function isPublished(folder: string): Promise<boolean> {
  return fileExists(join(folder, keyFiles.nextWrapping))
}

/** Whether an earlier rotation has left keys under another one than it activated. */
async function isUnfinished({ folder, db }: WrappingKeyRotation): Promise<boolean> {
  const { active } = await readWrappingKeys(folder)
  return [...(await countUses(db)).keys()].some((id) => id !== active.id)
}

async function publish(folder: string): Promise<void> {
  if (await isPublished(folder)) return
  await writeKeyFile(join(folder, keyFiles.nextWrapping), makeWrappingKey())
}

async function activate(folder: string): Promise<void> {
  const active = join(folder, keyFiles.activeWrapping)
  const bytes = await readFile(active)
  const { id } = readWrappingKey(bytes, keyFiles.activeWrapping)
  await writeKeyFile(join(folder, fileOf(id)), bytes)
  await moveKeyFile(join(folder, keyFiles.nextWrapping), active)
}

async function rewrap({ folder, db, done }: WrappingKeyRotation): Promise<string> {
  const keys = await readWrappingKeys(folder)
  const wrapper = localKeyWrapper(() => keys)
  const rewrapping = { db, wrapper, activeId: keys.active.id, done }
  await rewrapTable(holderKeys, rewrapping)
  await rewrapTable(quarantineKeys, rewrapping)
  await rewrapTable(partyKeys, rewrapping)
  return nameOf(keys.active.id)
}

async function readEarlier(folder: string): Promise<readonly WrappingKey[]> {
  if (await isPublished(folder)) throw new Problem('rotation-running')
  return (await readWrappingKeys(folder)).others
}
