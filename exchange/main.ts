/**
 * The composition of the server: every part is constructed here, once, from settings and keys, and
 * handed what it needs. `connectExchange` constructs and writes nothing; `openExchange` puts the
 * catalogue into force and keeps the log; `serve` opens the doors.
 */
import { setTimeout } from 'node:timers/promises'
import { destination } from 'pino'
import { checkServer, enterDatabase, wrongMigrations } from '../db/migrate.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { createLog } from '../log/index.ts'
import type { Log } from '../log/index.ts'
import { problemFrom } from '../sdk/problem.ts'
import { createBlindIndex, createEvents, createVault, localKeyWrapper } from '../vault/index.ts'
import { runAnnouncing } from './running/announcing.ts'
import { finishBegun } from './running/finishing.ts'
import { createAnswering } from './answering.ts'
import { createRecorder } from './audit/record.ts'
import { refuseForeignLog } from './keys/foreign-log.ts'
import type { Exchange, ExchangeParts, Settings } from './exchange.ts'
import { embeddedFolder } from './watch/disk.ts'
import { createFieldCheck } from './desk/field-check.ts'
import { createGraphQL } from './graphql/yoga.ts'
import { createApp } from './http/app.ts'
import { keepRenewed } from './http/door.ts'
import type { AppParts } from './http/parts.ts'
import { rateLimits } from './http/rate.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { openTls } from './http/tls.ts'
import type { Tls, TlsFiles } from './http/tls.ts'
import { authenticate } from './identity/authenticate.ts'
import { checkClient } from './identity/client-certificate.ts'
import { checkConnection } from './identity/connection.ts'
import { createKeyRegistry } from './identity/keys.ts'
import { createRefusalCounter } from './identity/refusal-counter.ts'
import { closeWithin, listenOnLoopback, loopback, onFreePort, portOf } from './running/listening.ts'
import { createOperatorLog, thrownMembersOf } from './watch/operator-log.ts'
import { createExchangeMetrics, measuredRecorder, scrape } from './watch/operation.ts'
import type { KeyMaterial } from './keys/key-folder.ts'
import { watchKeys } from './keys/live-keys.ts'
import type { Metrics } from './watch/metrics.ts'
import { readCondition, readinessOf } from './watch/readiness.ts'
import { openSigner } from './keys/signing.ts'
import type { ReadinessParts } from './watch/readiness.ts'
import { createVaultReading } from './desk/reading.ts'
import { createStockDesk } from './desk/stock.ts'
import { createVerification } from './desk/verification.ts'
import { createAttend } from './desk/attending.ts'
import { createVaultDesk } from './desk/licences.ts'

export interface Serving {
  readonly url: string
  /** Undefined when no port was named for it. */
  readonly metricsUrl: string | undefined
  /** Says no at /readyz, waits, finishes what is in flight and puts all of it under a signed head. */
  readonly drain: (delayMs: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface Doors {
  readonly host: string
  readonly port: number
  readonly metricsPort?: number
  readonly verifyPerMinute?: number
  /** Plain HTTP without. */
  readonly tls?: TlsFiles | undefined
  /** What a development PKI has issued is refused. */
  readonly production?: boolean
  /** Where the embedded database lies, unless there is an address of another. */
  readonly dataFolder?: string
  readonly databaseUrl?: string | undefined
}

/** How long requests in flight may take once the doors are closed. */
const finishMs = 25_000

/**
 * @throws Problem unsafe-database when the server could lose what was acknowledged, foreign-log when
 *   the database was written with other keys, unknown-migration and others when it is of a version
 *   that this one cannot work with
 */
export async function connectExchange(settings: Settings): Promise<ExchangeParts> {
  const { databaseUrl, migrations, exchangeId, catalogue, keys, clock } = settings
  const logger = createOperatorLog(settings.logLevel, settings.logTo ?? destination(1))
  const db = connect({ url: databaseUrl, role: 'zt_app', name: 'zhengtong exchange' })
  const sequencerDb = connect({
    ...{ url: databaseUrl, role: 'zt_sequencer', name: 'zhengtong sequencer' },
    ...{ max: 2, pace: 'sequence' },
  })
  const leaving: (() => Promise<void>)[] = []
  const close = once(async () => {
    await Promise.all([db.close(), sequencerDb.close(), ...leaving.map((leave) => leave())])
  })
  try {
    await checkServer(db)
    leaving.push(await enterDatabase(databaseUrl, { name: 'zhengtong', folder: migrations }))
    const log = createLog({
      ...{ db, sequencerDb, keys: () => keys.logKeys, clock },
      origin: (shard) => `${keys.trust.logOriginPrefix}${shard}`,
      report: (problem) => {
        const { row } = problem.detail
        logger.say('sequencer', { ...thrownMembersOf(problem.cause), code: problem.code, row })
      },
    })
    await refuseForeignLog(log, keys.trust.logKeys, clock())
    const blind = createBlindIndex(keys.indexKey)
    const wrapper = localKeyWrapper(() => keys.wrappingKeys, keys.refresh)
    const vault = createVault({
      ...{ db, log, catalogue, blind, wrapper, clock, trust: () => keys.trust },
      databaseClock: settings.databaseClock,
      signer: await openSigner(keys, settings.signing),
      statusSigner: () => keys.status,
      statusUri: `https://${exchangeId}/status-lists/`,
      faces: { exchange: exchangeId, signer: () => keys.receipt },
    })
    leaving.push(vault.close)
    const events = createEvents({ db: sequencerDb, clock })
    const registry = createKeyRegistry({ db, log, catalogue, trust: () => keys.trust })
    return { settings, db, log, vault, events, registry, blind, wrapper, logger, close }
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
    await finishBegun(parts)
    const sequencing = parts.log.run()
    const announcing = runAnnouncing(parts)
    const watch = watchKeys(settings.keys, (code) => {
      parts.logger.say('keys not read again', { code })
    })
    const close = once(async () => {
      await watch.stop()
      await Promise.all([sequencing.stop(), announcing.stop()])
      await parts.close()
    })
    return { ...parts, sequencing, announcing, close }
  } catch (thrown) {
    await parts.close()
    throw thrown
  }
}

/**
 * Listens on the port, or on the next free one.
 * @throws Problem invalid-config, development-keys when the files of TLS cannot be used
 */
export async function serve(exchange: Exchange, doors: Doors): Promise<Serving> {
  const { settings, db, logger } = exchange
  const { databaseUrl: url, keys, clock } = settings
  const { host, port, metricsPort, production = false } = doors
  const tls = doors.tls && (await openTls(doors.tls, { clock, production }))
  // Not in the queue of the requests it watches.
  const operationDb = connect({ url, name: 'zhengtong operation', max: 2 })
  const routes = new Set(['none'])
  const metrics = createExchangeMetrics(settings.catalogue, { routes, keys })
  const state = { draining: false }
  const readiness = readinessParts(exchange, operationDb, doors)
  const { app, answering } = assemble(exchange, {
    metrics,
    verifyPerMinute: doors.verifyPerMinute ?? rateLimits.perMinute,
    declared: (route) => void routes.add(route),
    readiness: async () =>
      state.draining
        ? { failing: ['draining'], warnings: [] }
        : readinessOf(await readCondition(readiness)),
    tls,
  })
  const stopRenewing = keepRenewed(app.server, tls, (cause) => {
    logger.say('certificate not renewed', { code: problemFrom(cause).code })
  })
  const pools = { exchange: db, operation: operationDb }
  const seen = { keys, tls, clock, dataFolder: embeddedFolder(doors) }
  const operator = createMetricsServer(() =>
    scrape({ metrics, db: operationDb, pools, ...seen, spared: answering.spared }),
  )
  const close = once(async () => {
    stopRenewing()
    await closeWithin(app, finishMs)
    operator.close()
    operator.closeAllConnections()
    await answering.close()
    await operationDb.close()
  })
  try {
    const listen = (candidate: number) => app.listen({ host, port: candidate })
    await onFreePort(port, listen)
    if (metricsPort !== undefined) {
      await onFreePort(metricsPort, (candidate) => listenOnLoopback(operator, candidate))
    }
    return {
      url: `${tls ? 'https' : 'http'}://${host}:${portOf(app.server)}`,
      metricsUrl:
        metricsPort === undefined ? undefined : `http://${loopback}:${portOf(operator)}/metrics`,
      drain: async (delayMs) => {
        state.draining = true
        await setTimeout(delayMs)
        await close()
        await sequenceOnce(exchange)
      },
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function readinessParts({ settings, logger }: Exchange, db: Db, doors: Doors): ReadinessParts {
  const { keys, migrations, clock } = settings
  return {
    ...{ db, signer: () => keys.status, clock, databaseClock: settings.databaseClock },
    seals: () => [...keys.seals.values(), ...keys.sealsElsewhere.values()],
    dataFolder: embeddedFolder(doors),
    checkServer: () => checkServer(db),
    wrongMigrations: () => wrongMigrations(db, migrations),
    report: (code) => {
      logger.say('not ready', { code })
    },
  }
}

interface Watching extends Pick<AppParts, 'declared' | 'readiness' | 'verifyPerMinute' | 'tls'> {
  readonly metrics: Metrics
}

function assemble(exchange: Exchange, { metrics, ...watching }: Watching) {
  const { settings, db, log, vault, registry, blind, logger } = exchange
  const { catalogue, exchangeId, keys, clock } = settings
  const appended = (): void => {
    exchange.sequencing.wake()
  }
  const recorder = measuredRecorder(createRecorder({ db, log, appended }), metrics)
  const attending = { recorder, catalogue, clock }
  const answering = createAnswering(exchange, recorder)
  const counted = createRefusalCounter(logger)
  const refused = (reason: string): void => {
    counted(reason)
    metrics.count('zhengtong_not_authenticated_total', { reason })
  }
  const app = createApp({
    ...{ vault, log, clock, logger, trust: () => keys.trust, ...watching },
    graphql: createGraphQL({ ...answering.parts, catalogue, clock }),
    authenticate: async (request) => {
      const at = clock()
      const client = clientOf(watching.tls, keys)
      const parts = { keys: registry, catalogue, exchangeId, refused, client }
      const caller = await authenticate(parts, request, at)
      await checkConnection({ recorder, catalogue: catalogue.version }, caller, at)
      return caller
    },
    attend: createAttend(attending),
    vaultDesk: createVaultDesk({ vault, ...attending }),
    stockDesk: createStockDesk({ vault, ...attending }),
    vaultReading: createVaultReading({ vault, blind, ...answering.parts }),
    verification: createVerification({ vault, catalogue, trust: () => keys.trust }),
    fieldCheck: createFieldCheck({ vault, blind, catalogue, ...answering.parts }),
    answered: (route = 'none', status) => {
      metrics.count('zhengtong_requests_total', { route, status: String(status) })
    },
  })
  return { app, answering }
}

/** How the certificate of a connection is judged; undefined where none is needed. */
function clientOf(tls: Tls | undefined, { trust: { crls } }: KeyMaterial) {
  const anchors = tls?.clientAnchors()
  if (!anchors) return undefined
  return (chain: readonly Uint8Array[], at: Date) => checkClient(chain, { anchors, crls }, at)
}

/** What waits is durable; a start after this one would sequence it just as well. */
async function sequenceOnce({ log, logger }: Exchange): Promise<void> {
  try {
    await log.sequence()
  } catch (thrown) {
    logger.say('not sequenced before the end', { code: problemFrom(thrown).code })
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

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
