/** How much room a disk has that we can see: that of the embedded database and that of the keys. */
import { statfs } from 'node:fs/promises'

const diskLimits = { freeBytes: 1_000_000_000, freeShare: 0.05 } as const

export interface Disk {
  readonly freeBytes: number
  /** As much as the operator should leave. */
  readonly isRoomy: boolean
}

export async function readDisk(
  folder: string,
  least: { readonly freeBytes: number; readonly freeShare: number } = diskLimits,
): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  const isRoomy = freeBytes >= least.freeBytes && bavail >= blocks * least.freeShare
  return { freeBytes, isRoomy }
}

/** Of the embedded database; null where there is none, undefined when it cannot be found out. */
export async function readDataDisk(folder: string | undefined): Promise<Disk | null | undefined> {
  if (folder === undefined) return null
  try {
    return await readDisk(folder)
  } catch {
    return undefined // Who asks decides what not knowing means.
  }
}

/** Where it lies; a server of its own has its disk where we cannot look. */
export function embeddedFolder({
  databaseUrl,
  dataFolder,
}: {
  readonly databaseUrl?: string | undefined
  readonly dataFolder?: string
}): string | undefined {
  return databaseUrl === undefined ? dataFolder : undefined
}
