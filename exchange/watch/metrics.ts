/**
 * What is counted for the operator, as one closed table, and its text in the exposition format of
 * Prometheus. Label values come from closed sets that are given when the metrics are made; anything
 * else is counted as `other`, so nobody outside can make series or write into them.
 */

type Kind = 'counter' | 'gauge' | 'histogram'

interface Definition {
  readonly kind: Kind
  readonly help: string
  readonly labels: readonly string[]
}

/** Every metric there is. Names end in their unit; alert rules may name nothing else. */
const metricTable = {
  zhengtong_requests_total: {
    ...{ kind: 'counter', labels: ['route', 'status'] },
    help: 'Requests answered.',
  },
  zhengtong_decisions_total: {
    ...{ kind: 'counter', labels: ['decision', 'rule'] },
    help: 'Items decided and recorded, by the rule that refused.',
  },
  zhengtong_not_authenticated_total: {
    ...{ kind: 'counter', labels: ['reason'] },
    help: 'Requests refused before anybody was known to have sent them.',
  },
  zhengtong_source_failures_total: {
    ...{ kind: 'counter', labels: ['resource'] },
    help: 'Items that their source did not answer.',
  },
  zhengtong_source_breaker_open: {
    ...{ kind: 'gauge', labels: ['source'] },
    help: 'Whether a service is not asked, because it has not answered.',
  },
  zhengtong_record_failures_total: {
    ...{ kind: 'counter', labels: [] },
    help: 'Answers held back because their entry could not be written.',
  },
  zhengtong_log_append_seconds: {
    ...{ kind: 'histogram', labels: [] },
    help: 'From having an answer to its entry being durable.',
  },
  zhengtong_log_head_age_seconds: {
    ...{ kind: 'gauge', labels: [] },
    help: 'How long the oldest entry has waited for a signed head.',
  },
  zhengtong_log_unsequenced_leaves: {
    ...{ kind: 'gauge', labels: [] },
    help: 'Entries that wait for a signed head.',
  },
  zhengtong_clock_skew_seconds: {
    ...{ kind: 'gauge', labels: [] },
    help: 'Our clock minus that of the database.',
  },
  zhengtong_database_up: {
    ...{ kind: 'gauge', labels: [] },
    help: 'Whether the database answered this scrape.',
  },
  zhengtong_pool_connections: {
    ...{ kind: 'gauge', labels: ['pool', 'state'] },
    help: 'Connections in use, idle, and requests waiting for one.',
  },
  zhengtong_disk_free_bytes: {
    ...{ kind: 'gauge', labels: [] },
    help: 'Of the disk under the embedded database; absent where the server is another.',
  },
  zhengtong_certificate_seconds: {
    ...{ kind: 'gauge', labels: ['certificate'] },
    help: 'Until the certificate expires.',
  },
} as const satisfies Record<string, Definition>

export type MetricName = keyof typeof metricTable
type LabelOf<N extends MetricName> = (typeof metricTable)[N]['labels'][number]
type Labels<N extends MetricName> = Readonly<Record<LabelOf<N>, string>>

export interface Metrics {
  readonly count: <N extends MetricName>(name: N, labels: Labels<N>) => void
  readonly set: <N extends MetricName>(name: N, labels: Labels<N>, value: number) => void
  readonly observe: (name: MetricName, seconds: number) => void
  /** As a value that was never known. */
  readonly forget: (name: MetricName) => void
  readonly text: () => string
}

/** Seconds; one commit takes a few milliseconds, and after eight seconds the statement is ended. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const

interface Histogram {
  readonly counts: number[]
  sum: number
}

/** @param known the values each label may have, by the label's name */
export function createMetrics(known: Readonly<Record<string, ReadonlySet<string>>>): Metrics {
  const values = new Map<MetricName, Map<string, number>>()
  const histograms = new Map<MetricName, Histogram>()
  const seriesOf = (name: MetricName): Map<string, number> => {
    const series = values.get(name) ?? new Map<string, number>()
    values.set(name, series)
    return series
  }
  const keyOf = (name: MetricName, labels: Readonly<Record<string, string>>): string =>
    metricTable[name].labels
      .map((label) => {
        const value = labels[label] ?? ''
        return `${label}="${escaped(known[label]?.has(value) ? value : 'other')}"`
      })
      .join(',')
  return {
    count: (name, labels) => {
      const [series, key] = [seriesOf(name), keyOf(name, labels)]
      series.set(key, (series.get(key) ?? 0) + 1)
    },
    set: (name, labels, value) => void seriesOf(name).set(keyOf(name, labels), value),
    observe: (name, seconds) => {
      const histogram = histograms.get(name) ?? { counts: buckets.map(() => 0).concat(0), sum: 0 }
      const place = buckets.findIndex((bound) => seconds <= bound)
      const index = place === -1 ? buckets.length : place
      histogram.counts[index] = (histogram.counts[index] ?? 0) + 1
      histogram.sum += seconds
      histograms.set(name, histogram)
    },
    forget: (name) => void values.delete(name),
    text: () =>
      (Object.keys(metricTable) as MetricName[]) // The keys of a constant table are its names.
        .flatMap((name) => [
          `# HELP ${name} ${metricTable[name].help}`,
          `# TYPE ${name} ${metricTable[name].kind}`,
          ...linesOf(name, values.get(name), histograms.get(name)),
        ])
        .concat('')
        .join('\n'),
  }
}

function linesOf(
  name: MetricName,
  series: ReadonlyMap<string, number> | undefined,
  histogram: Histogram | undefined,
): string[] {
  if (histogram) return histogramLines(name, histogram)
  return [...(series ?? [])].map(([key, value]) =>
    key === '' ? `${name} ${value}` : `${name}{${key}} ${value}`,
  )
}

function histogramLines(name: MetricName, { counts, sum }: Histogram): string[] {
  let total = 0
  const lines = counts.map((count, i) => {
    total += count
    return `${name}_bucket{le="${buckets[i] ?? '+Inf'}"} ${total}`
  })
  return [...lines, `${name}_sum ${sum}`, `${name}_count ${total}`]
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
