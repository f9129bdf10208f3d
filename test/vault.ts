/** A vault over a database of its own: real seals of a development PKI, a clock turned by hand. */
import { loadCatalogue } from '../catalogs/catalog.ts'
import type { Catalogue } from '../catalogs/catalog.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { readKeyFolder } from '../exchange/key-folder.ts'
import { createLog } from '../log/index.ts'
import type { Log } from '../log/index.ts'
import { organisationCodeCheckCharacter, usccCheckCharacter } from '../sdk/identifier.ts'
import {
  createBlindIndex,
  createEvents,
  createVault,
  localKeyWrapper,
  localSigner,
} from '../vault/index.ts'
import type { Events, Vault, VaultParts } from '../vault/index.ts'
import { createTestDatabase } from './database.ts'
import { beginning, prepareSharedKeys, sharedKeys } from './keys.ts'

export interface TestVault {
  readonly vault: Vault
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
  const db = connect({ url: database.url, name: 'test vault', role: 'zt_app' })
  const sequencerDb = connect({ url: database.url, name: 'test', role: 'zt_sequencer' })
  const keeper = connect({ url: database.url, name: 'test keeper', role: 'zt_keeper' })
  const intruder = connect({ url: database.url, name: 'test intruder' })
  const log = createLog({
    ...{ db, sequencerDb, keys: () => keys.logKeys, clock: () => clock.now },
    origin: (shard) => `${keys.trust.logOriginPrefix}${shard}`,
    report: (problem) => {
      throw problem
    },
  })
  const parts: VaultParts = {
    ...{ db, log, catalogue, trust: () => keys.trust, clock: () => clock.now },
    blind: createBlindIndex(keys.indexKey),
    wrapper: localKeyWrapper(() => keys.wrappingKeys),
    signer: localSigner(keys.seals),
    statusSigner: keys.status,
    statusUri: 'https://exchange.test/status-lists/',
    faces: { exchange: 'exchange.test', signer: () => keys.receipt },
  }
  return {
    events: createEvents({ db: sequencerDb, clock: () => clock.now }),
    ...{ vault: createVault(parts), parts, catalogue, db, log, keeper, intruder, clock },
    another: (others) => createVault({ ...parts, ...others }),
    async close() {
      await Promise.all([db.close(), sequencerDb.close(), keeper.close(), intruder.close()])
      await database.drop()
    },
  }
}

/** The credit code of a company that does not exist, registered in a division. */
export function fictitiousUscc(number: number, division = '460108'): string {
  const body = `X${`${number}`.padStart(7, '0')}`
  const first17 = `91${division}${body}${organisationCodeCheckCharacter(body)}`
  return `${first17}${usccCheckCharacter(first17)}`
}
