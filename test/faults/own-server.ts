/** A database server of one's own, that may be stopped; in memory, because only processes die here. */
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createDatabase } from '../../db/database.ts'
import { prepareHome } from '../../db/embedded-home.ts'
import { serverPid } from '../../db/embedded-pid.ts'
import { openSession } from '../../db/embedded-server.ts'
import { startEmbedded } from '../../db/embedded.ts'
import type { EmbeddedServer } from '../../db/embedded.ts'

export interface OwnServer {
  /** A database of ours in it, without a table. */
  readonly url: string
  /** An immediate stop, which writes nothing more, and a start on what was on the disk. */
  readonly crash: () => Promise<void>
  /** Our database lies there from now on; nobody may be connected to it. */
  readonly moveTo: (place: string) => Promise<void>
  /** What only its administrator may do. */
  readonly asSuperuser: (statements: readonly string[]) => Promise<void>
  readonly remove: () => Promise<void>
}

const memory = '/dev/shm'

export async function createOwnServer(): Promise<OwnServer> {
  const folder = await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), 'zt-faults-'))
  await chmod(folder, 0o755)
  const start = (): Promise<EmbeddedServer> => startEmbedded({ folder, report: () => undefined })
  let server = await start()
  const home = await prepareHome(folder, () => undefined)
  const asSuperuser: OwnServer['asSuperuser'] = async (statements) => {
    const session = await openSession(home)
    for (const statement of statements) await session.query(statement)
    await session.end()
  }
  return {
    asSuperuser,
    url: await createDatabase(server.url, 'zt_faults'),
    crash: async () => {
      const pid = await serverPid(home)
      if (pid === undefined) throw new Error('the server is not there')
      process.kill(pid, 'SIGQUIT')
      while ((await serverPid(home)) === pid) await wait(10)
      server = await start()
    },
    moveTo: async (place) => {
      await chown(place, home.user.uid, home.user.gid)
      await asSuperuser([
        `create tablespace elsewhere location '${place}'`,
        'alter database zt_faults set tablespace elsewhere',
      ])
    },
    remove: async () => {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}
