/** What a vault is made of, over a database that is there already; also in a process without tests. */
import type { Catalogue } from '../catalogs/catalog.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import type { KeyMaterial } from '../exchange/keys/key-folder.ts'
import { createLog } from '../log/index.ts'
import { createBlindIndex, localKeyWrapper, localSigner } from '../vault/index.ts'
import type { VaultParts } from '../vault/index.ts'

interface Given {
  readonly keys: KeyMaterial
  readonly catalogue: Catalogue
  readonly clock: { readonly now: Date }
}

export function openVaultParts(
  url: string,
  { keys, catalogue, clock }: Given,
): { readonly parts: VaultParts; readonly db: Db; readonly sequencerDb: Db } {
  const db = connect({ url, name: 'test vault', role: 'zt_app' })
  const sequencerDb = connect({ url, name: 'test', role: 'zt_sequencer' })
  const log = createLog({
    ...{ db, sequencerDb, keys: () => keys.logKeys, clock: () => clock.now },
    origin: (shard) => `${keys.trust.logOriginPrefix}${shard}`,
    report: (problem) => {
      throw problem
    },
  })
  const parts: VaultParts = {
    ...{ db, log, catalogue, trust: () => keys.trust, clock: () => clock.now },
    databaseClock: () => clock.now,
    blind: createBlindIndex(keys.indexKey),
    wrapper: localKeyWrapper(() => keys.wrappingKeys),
    signer: localSigner(keys.seals),
    statusSigner: () => keys.status,
    statusUri: 'https://exchange.test/status-lists/',
    faces: { exchange: 'exchange.test', signer: () => keys.receipt },
  }
  return { parts, db, sequencerDb }
}
