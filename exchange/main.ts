/**
 * The composition of the server: every part is constructed here, once, from settings and keys, and
 * handed what it needs. `connectExchange` constructs and writes nothing; `openExchange` puts the
 * catalogue into force and keeps the log; `serve` opens the doors.
 */
import type { AddressInfo } from 'node:net'
import { destination, pino } from 'pino'
import { checkServer } from '../db/migrate.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { createLog } from '../log/index.ts'
import type { Log } from '../log/index.ts'
import { createBlindIndex, createVault, localKeyWrapper, localSigner } from '../vault/index.ts'
import { createAnswering } from './answering.ts'
import { createRecorder } from './audit/record.ts'
import { refuseForeignLog } from './foreign-log.ts'
import type { Exchange, ExchangeParts, Settings } from './exchange.ts'
import { createGraphQL } from './graphql/yoga.ts'
import { createApp } from './http/app.ts'
import { authenticate } from './identity/authenticate.ts'
import { createKeyRegistry } from './identity/keys.ts'
import { createRefusalCounter } from './identity/refusal-counter.ts'
import { createVaultDesk } from './vault-desk.ts'

export interface Serving {
  readonly url: string
  readonly close: () => Promise<void>
}

/** How many ports after a busy one are tried. */
const portTries = 20

/**
 * @throws Problem unsafe-database when the server could lose what was acknowledged, foreign-log when
 *   the database was written with other keys
 */
export async function connectExchange(settings: Settings): Promise<ExchangeParts> {
  const { databaseUrl, exchangeId, catalogue, keys, clock } = settings
  const logger = pino({ level: settings.logLevel }, settings.logTo ?? destination(1))
  const db = connect({ url: databaseUrl, role: 'zt_app', name: 'zhengtong exchange' })
  const sequencerDb = connect({
    ...{
      url: databaseUrl,
      role: 'zt_sequencer',
      name: 'zhengtong sequencer',
      max: 2,
      pace: 'batch',
    },
  })
  const close = once(async () => {
    await Promise.all([db.close(), sequencerDb.close()])
  })
  try {
    await checkServer(db)
    const log = createLog({
      ...{ db, sequencerDb, key: keys.logKey, clock },
      origin: (shard) => `${keys.trust.logOriginPrefix}${shard}`,
      report: (problem) => {
        logger.error({ code: problem.code, detail: problem.detail }, 'sequencer')
      },
    })
    await refuseForeignLog(log, keys.trust.logKey, clock())
    const blind = createBlindIndex(keys.indexKey)
    const wrapper = localKeyWrapper(keys.keyEncryptionKey)
    const vault = createVault({
      ...{ db, log, catalogue, blind, wrapper, clock, trust: keys.trust },
      signer: localSigner(keys.seals),
      statusSigner: keys.status,
      statusUri: `https://${exchangeId}/status-lists/`,
    })
    const registry = createKeyRegistry({ db, log, catalogue, trust: keys.trust })
    return { settings, db, log, vault, registry, blind, wrapper, logger, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** @throws Problem as `connectExchange` does */
export async function openExchange(settings: Settings): Promise<Exchange> {
  const parts = await connectExchange(settings)
  try {
    await recordCatalogue(parts.log, parts.db, settings)
    await parts.vault.finishIntents()
    const sequencing = parts.log.run()
    const close = once(async () => {
      await sequencing.stop()
      await parts.close()
    })
    return { ...parts, sequencing, close }
  } catch (thrown) {
    await parts.close()
    throw thrown
  }
}

/** Listens on the port, or on the next free one. */
export async function serve(
  exchange: Exchange,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Serving> {
  const { settings, db, log, vault, registry, logger } = exchange
  const { catalogue, exchangeId, keys, clock } = settings
  const recorder = createRecorder({
    ...{ db, log },
    appended: () => {
      exchange.sequencing.wake()
    },
  })
  const answering = createAnswering(exchange, recorder)
  const refused = createRefusalCounter(logger)
  const app = createApp({
    ...{ vault, log, clock, logger, trust: keys.trust },
    graphql: createGraphQL({ ...answering.parts, catalogue, clock }),
    authenticate: (request) =>
      authenticate({ keys: registry, catalogue, exchangeId, refused }, request, clock()),
    vaultDesk: createVaultDesk({ vault, recorder, catalogueVersion: catalogue.version, clock }),
    notReady: () => notReady(db),
  })
  const listen = async (candidate: number, tries: number): Promise<void> => {
    try {
      await app.listen({ host, port: candidate })
    } catch (thrown) {
      if (!isBusy(thrown) || tries === 0) throw thrown
      await listen(candidate + 1, tries - 1)
    }
  }
  await listen(port, port === 0 ? 0 : portTries)
  const address = app.server.address() as AddressInfo // A TCP listener has one.
  return {
    url: `http://${host}:${address.port}`,
    close: once(async () => {
      await app.close()
      await answering.close()
    }),
  }
}

/** A catalogue enters into force with an entry in the log, once for each version. */
async function recordCatalogue(log: Log, db: Db, { catalogue, clock }: Settings): Promise<void> {
  const [newest] = await log.search({ kind: 'catalogue-loaded' }, { first: 1 })
  const { version } = catalogue
  if (newest && Buffer.from(newest.body).includes(`"catalogue":"${version}"`)) return
  await log.append(db, [
    { kind: 'catalogue-loaded', at: clock().toISOString(), catalogue: version },
  ])
}

async function notReady(db: Db): Promise<string[]> {
  try {
    await checkServer(db)
    return []
  } catch {
    // Why it is not ready is for the operator's log, not for whoever asks.
    return ['database']
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
