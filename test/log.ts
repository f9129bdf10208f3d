/** A log over a database of its own, with a clock that is turned by hand and a key nobody else has. */
import { generateKeyPairSync } from 'node:crypto'
import { connect, sql } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { createLog } from '../log/index.ts'
import type { Entry, Log, SigningKey } from '../log/index.ts'
import type { Problem } from '../sdk/problem.ts'
import { copyDatabase, createTestDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'

export interface TestLog {
  readonly log: Log
  /** A second one over the same database, as another process would have it. */
  readonly another: () => Log
  readonly app: Db
  readonly sequencer: Db
  readonly auditor: Db
  /** Who owns the tables. */
  readonly intruder: Db
  /** What an owner who means harm does first: no guard is in the way any more. */
  readonly disarm: () => Promise<void>
  readonly keys: ReturnType<typeof generateKeyPairSync>
  /** The keys of the log as its settings say now. */
  readonly held: { keys: readonly SigningKey[] }
  readonly alarms: Problem[]
  readonly clock: { now: Date }
  entry(text: string): Entry
  /** Ends it, for others to start where it stands. */
  keep(): Promise<KeptLog>
  close(): Promise<void>
}

/** What any number of logs may start from. */
export interface KeptLog {
  readonly database: TestDatabase
  readonly keys: TestLog['keys']
}

export async function createTestLog(kept?: KeptLog): Promise<TestLog> {
  const database = kept ? await copyDatabase(kept.database) : await createTestDatabase()
  const { url } = database
  const app = connect({ url, name: 'test log', role: 'zt_app' })
  const sequencer = connect({ url, name: 'test sequencer', role: 'zt_sequencer' })
  const auditor = connect({ url, name: 'test auditor', role: 'zt_auditor' })
  const intruder = connect({ url, name: 'test intruder' })
  const keys = kept?.keys ?? generateKeyPairSync('ed25519')
  const clock = { now: new Date('2026-11-20T01:00:00.000Z') }
  const alarms: Problem[] = []
  const held: { keys: readonly SigningKey[] } = {
    keys: [{ key: keys.publicKey, privateKey: keys.privateKey, from: new Date(0) }],
  }
  const another = (): Log =>
    createLog({
      db: app,
      sequencerDb: sequencer,
      origin: (shard) => `exchange.test/log/${shard}`,
      keys: () => held.keys,
      clock: () => clock.now,
      report: (problem) => alarms.push(problem),
    })
  const disconnect = async (): Promise<void> => {
    await Promise.all([app, sequencer, auditor, intruder].map((db) => db.close()))
  }
  return {
    log: another(),
    another,
    app,
    sequencer,
    auditor,
    intruder,
    disarm: () => disarm(intruder),
    keys,
    held,
    alarms,
    clock,
    entry: (text) => ({ kind: 'answer', at: clock.now.toISOString(), text }),
    async keep() {
      await disconnect()
      return { database, keys }
    },
    async close() {
      await disconnect()
      await database.drop()
    },
  }
}

async function disarm(owner: Db): Promise<void> {
  await owner.execute(sql`alter table log.entry disable trigger append_only`)
  await owner.execute(sql`alter table log.pending disable trigger append_only`)
  await owner.execute(sql`alter table log.leaf_position disable trigger append_only`)
  await owner.execute(sql`alter table log.tile disable trigger user`)
  await owner.execute(sql`alter table log.checkpoint disable trigger append_only`)
}
