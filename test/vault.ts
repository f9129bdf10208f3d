/** A vault over a database of its own: real seals of a development PKI, a clock turned by hand. */
import { loadCatalogue } from '../catalogs/catalog.ts'
import type { Catalogue } from '../catalogs/catalog.ts'
import { connect, sql } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { readKeyFolder } from '../exchange/keys/key-folder.ts'
import type { Log } from '../log/index.ts'
import { createEvents, createVault } from '../vault/index.ts'
import type { Draft, Events, Vault, VaultParts } from '../vault/index.ts'
import { prepare, prepared } from '../vault/issue/draft.ts'
import { beginEach, intentOf } from '../vault/issue/intent.ts'
import type { Intent } from '../vault/issue/intent-store.ts'
import { numbered, numberIndexOf, takeNumbers } from '../vault/issue/number.ts'
import { createTestDatabase } from './database.ts'
import { beginning, prepareSharedKeys, sharedKeys } from './keys.ts'
import { openVaultParts } from './vault-parts.ts'

export interface TestVault {
  readonly vault: Vault
  readonly url: string
  readonly events: Events
  readonly parts: VaultParts
  /** The same vault with some of its parts replaced. */
  readonly another: (parts: Partial<VaultParts>) => Vault
  readonly catalogue: Catalogue
  readonly db: Db
  readonly log: Log
  /** Who replaces and erases keys. */
  readonly keeper: Db
  /** Who owns everything. */
  readonly intruder: Db
  readonly clock: { now: Date }
  close(): Promise<void>
}

export async function createTestVault(): Promise<TestVault> {
  const clock = { now: beginning }
  const catalogue = loadCatalogue()
  await prepareSharedKeys()
  const keys = await readKeyFolder(sharedKeys, catalogue)
  const database = await createTestDatabase()
  const { parts, db, sequencerDb } = openVaultParts(database.url, { keys, catalogue, clock })
  const { log } = parts
  const keeper = connect({ url: database.url, name: 'test keeper', role: 'zt_keeper' })
  const intruder = connect({ url: database.url, name: 'test intruder' })
  return {
    events: createEvents({ db: sequencerDb, clock: () => clock.now }),
    url: database.url,
    ...{ vault: createVault(parts), parts, catalogue, db, log, keeper, intruder, clock },
    another: (others) => createVault({ ...parts, ...others }),
    async close() {
      await Promise.all([db.close(), sequencerDb.close(), keeper.close(), intruder.close()])
      await database.drop()
    },
  }
}

/** What the version before this one has left, when it ended between the two commits that it made. */
export async function leaveIntent({ parts, clock }: TestVault, draft: Draft): Promise<Intent> {
  const ready = prepared(prepare(draft, parts.catalogue, clock.now))
  const [begun] = await beginEach(parts, [ready])
  if (!begun) throw new Error('nothing was begun')
  const intent = intentOf(begun)
  await takeNumbers(parts.db, [numbered(ready, numberIndexOf(parts.blind, ready))])
  await parts.db.execute(sql`
    insert into vault.intent (licence_id, facts, draft, begun_at)
    values (${intent.licenceId}, ${JSON.stringify(intent.facts)}::jsonb,
            ${Buffer.from(intent.draft)}, ${clock.now})`)
  return intent
}
