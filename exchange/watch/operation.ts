/**
 * How the running exchange is watched: its counters with the closed sets their labels come from, what
 * is read afresh for each scrape, and the recorder with a clock beside it.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Db, PoolUse, Tx } from '../../db/postgres.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { problems } from '../../sdk/problem.ts'
import type { SealKey } from '../../vault/index.ts'
import type { Recorder, Recording } from '../audit/record.ts'
import { askChecks, fieldChecks } from '../gate/checks.ts'
import { authenticationReasons } from '../identity/authenticate.ts'
import type { Tls } from '../http/tls.ts'
import type { KeyMaterial } from '../keys/key-folder.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { readDataDisk } from './disk.ts'
import { readOperation } from './operation-store.ts'

const none = 'none'
const statuses = [200, 201, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 422, 431, 500, 503]

export function createExchangeMetrics(
  catalogue: Catalogue,
  /** Routes are declared after this is made, so it is a set to be filled. */
  { routes, keys }: { readonly routes: ReadonlySet<string>; readonly keys: KeyMaterial },
): Metrics {
  const rules = [...askChecks, ...fieldChecks].map(({ name }) => name)
  return createMetrics({
    route: routes,
    status: new Set(statuses.map(String)),
    decision: new Set(['allowed', 'refused', 'failed', 'nothing-found']),
    rule: new Set([...rules, ...Object.keys(problems), none]),
    reason: new Set<string>(authenticationReasons),
    resource: new Set([...catalogue.resources.keys(), ...catalogue.licenceTypes.keys()]),
    source: new Set(servicesOf(catalogue)),
    pool: new Set(['exchange', 'operation']),
    state: new Set(['used', 'idle', 'waiting']),
    certificate: new Set(['tls', ...certificatesOf(keys).map(([name]) => name)]),
  })
}

function servicesOf({ resources }: Catalogue): string[] {
  return [...resources.values()].flatMap(({ source }) =>
    source.kind === 'http' ? [source.service] : [],
  )
}

/** The certificates an exchange signs with, by the name the operator knows them by. */
export function certificatesOf(keys: KeyMaterial): [string, Pick<SealKey, 'chain'>][] {
  const { status, seals, sealsElsewhere } = keys
  return [['status', status], ...seals, ...sealsElsewhere]
}

/** Counts what is recorded, once it is durable, and how long that took. */
export function measuredRecorder(recorder: Recorder, metrics: Metrics): Recorder {
  return {
    ...recorder,
    record: async (recording) => {
      const begun = performance.now()
      try {
        const appended = await recorder.record(recording)
        metrics.observe('zhengtong_log_append_seconds', (performance.now() - begun) / 1000)
        countItems(recording, metrics)
        return appended
      } catch (thrown) {
        metrics.count('zhengtong_record_failures_total', {})
        throw thrown
      }
    },
  }
}

function countItems({ items }: Recording, metrics: Metrics): void {
  for (const { decision, rule, code, resource } of items) {
    metrics.count('zhengtong_decisions_total', { decision, rule: rule ?? code ?? none })
    if (decision === 'failed') metrics.count('zhengtong_source_failures_total', { resource })
  }
}

interface Watched {
  readonly metrics: Metrics
  readonly db: Tx
  readonly pools: Readonly<Record<string, Pick<Db, 'use'>>>
  readonly keys: KeyMaterial
  readonly tls: Tls | undefined
  readonly dataFolder: string | undefined
  /** Services by name, and whether they are spared. */
  readonly spared: () => ReadonlyMap<string, boolean>
  readonly clock: () => Date
}

/** The text of one scrape. A database that is away leaves its own values out. */
export async function scrape(watched: Watched): Promise<string> {
  const { metrics, db, pools, spared, clock, dataFolder } = watched
  for (const [pool, { use }] of Object.entries(pools)) setPool(metrics, pool, use())
  for (const [source, isSpared] of spared()) {
    metrics.set('zhengtong_source_breaker_open', { source }, isSpared ? 1 : 0)
  }
  setCertificates(watched)
  const disk = await readDataDisk(dataFolder)
  if (disk) metrics.set('zhengtong_disk_free_bytes', {}, disk.freeBytes)
  try {
    const { pending, oldestPending, now } = await readOperation(db)
    metrics.set('zhengtong_database_up', {}, 1)
    metrics.set('zhengtong_log_unsequenced_leaves', {}, pending)
    const age = oldestPending ? secondsBetween(oldestPending, clock()) : 0
    metrics.set('zhengtong_log_head_age_seconds', {}, age)
    metrics.set('zhengtong_clock_skew_seconds', {}, secondsBetween(now, clock()))
  } catch {
    // That it is away is what the operator is told by this scrape.
    metrics.set('zhengtong_database_up', {}, 0)
    metrics.forget('zhengtong_log_unsequenced_leaves')
    metrics.forget('zhengtong_log_head_age_seconds')
    metrics.forget('zhengtong_clock_skew_seconds')
  }
  return metrics.text()
}

function setCertificates({ metrics, keys, tls, clock }: Watched): void {
  const at = clock()
  for (const [certificate, { chain }] of certificatesOf(keys)) {
    const [leaf] = chain
    if (!leaf) continue
    const left = secondsBetween(at, parseCertificate(leaf).notAfter)
    metrics.set('zhengtong_certificate_seconds', { certificate }, left)
  }
  if (tls) {
    const left = secondsBetween(at, tls.notAfter())
    metrics.set('zhengtong_certificate_seconds', { certificate: 'tls' }, left)
  }
}

function setPool(metrics: Metrics, pool: string, { used, idle, waiting }: PoolUse): void {
  for (const [state, value] of Object.entries({ used, idle, waiting })) {
    metrics.set('zhengtong_pool_connections', { pool, state }, value)
  }
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}
