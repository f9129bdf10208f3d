/**
 * The keys of a running exchange: the folder is read again when one of its files has changed, so that
 * a rotation needs no restart. Files are replaced one by one, and each by a rename, so every moment of
 * a rotation is a folder that can be read; one that cannot is reported, and the keys stay as they were.
 */
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { namesInKeyFolder, readKeyFolder } from './key-folder.ts'
import type { KeyMaterial } from './key-folder.ts'

/** Its members are those of now; whoever keeps one keeps an old one. */
export interface LiveKeys extends KeyMaterial {
  /** Reads the folder if it has changed. @throws what reading it throws */
  readonly refresh: () => Promise<void>
}

/** Within this time every instance has taken up what was put into its folder. */
export const keyRefreshMs = 1_000

/** @throws Problem invalid-key-store, invalid-trust */
export async function openKeys(folder: string, catalogue: Catalogue): Promise<LiveKeys> {
  let seen = await stateOf(folder, catalogue)
  let now = await readKeyFolder(folder, catalogue)
  return {
    get trust() {
      return now.trust
    },
    get logKeys() {
      return now.logKeys
    },
    get wrappingKeys() {
      return now.wrappingKeys
    },
    get seals() {
      return now.seals
    },
    get sealsElsewhere() {
      return now.sealsElsewhere
    },
    get status() {
      return now.status
    },
    get receipt() {
      return now.receipt
    },
    indexKey: now.indexKey,
    refresh: async () => {
      const state = await stateOf(folder, catalogue)
      if (state === seen) return
      now = await readKeyFolder(folder, catalogue)
      seen = state
    },
  }
}

interface Watch {
  readonly stop: () => Promise<void>
}

export function watchKeys(keys: LiveKeys, report: (code: string) => void): Watch {
  const stopped = new AbortController()
  const { signal } = stopped
  async function loop(): Promise<void> {
    while (await hasWaited(signal)) {
      await keys.refresh().catch((thrown: unknown) => {
        report(problemFrom(thrown).code)
      })
    }
  }
  const done = loop()
  return {
    stop: () => {
      stopped.abort()
      return done
    },
  }
}

/** False when it was woken to stop: an aborted wait rejects. */
function hasWaited(signal: AbortSignal): Promise<boolean> {
  return setTimeout(keyRefreshMs, undefined, { signal, ref: false }).then(
    () => true,
    () => false,
  )
}

async function stateOf(folder: string, catalogue: Catalogue): Promise<string> {
  const files = (await namesInKeyFolder(folder, catalogue)).map(async (name) => {
    const { ino, size, mtimeMs } = await statOf(join(folder, name))
    return [name, ino, size, mtimeMs].join(' ')
  })
  return (await Promise.all(files)).join('\n')
}

/** The key of a seal may be elsewhere; what else cannot be looked at is named when it is read. */
function statOf(path: string): Promise<Pick<Stats, 'ino' | 'size' | 'mtimeMs'>> {
  return stat(path).catch(() => ({ ino: 0, size: 0, mtimeMs: 0 }))
}
