/**
 * The database a program on this machine works with: the one DATABASE_URL names, or the embedded one
 * under the data folder. It starts no exchange and changes no schema.
 */
import { startEmbedded } from '../db/embedded.ts'
import type { Config } from './config.ts'

export interface LocalDatabase {
  readonly url: string
  /** Leaves the embedded server, which ends when nobody uses it; does nothing to any other. */
  readonly stop: () => Promise<void>
}

/** @throws Problem database-start-failed, unsafe-folder */
export async function openLocalDatabase(
  { databaseUrl, dataFolder }: Pick<Config, 'databaseUrl' | 'dataFolder'>,
  report: (line: string) => void,
): Promise<LocalDatabase> {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: () => Promise.resolve() }
  const server = await startEmbedded({ folder: dataFolder, report })
  return { url: server.url, stop: () => server.stop() }
}
