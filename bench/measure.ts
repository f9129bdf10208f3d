/**
 * How a number is measured and printed: what we do and its limit take turns in one run, so that
 * whatever else the machine is busy with slows both, and the medians are told as a ratio.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'

/** Does something some times over; answers how many times. */
export type Work = () => Promise<number> | number

export interface Comparison {
  readonly name: string
  /** What is counted, for example `entries`. */
  readonly unit: string
  readonly work: Work
  /** By what each of them is. */
  readonly limits: Readonly<Record<string, Work>>
  readonly rounds?: number
  /** Lets what a round left behind settle, outside the measured time. */
  readonly settle?: () => Promise<unknown>
}

/** The first round warms up and is not counted. */
export async function compare(comparison: Comparison): Promise<void> {
  const { work, limits, rounds = 3, settle } = comparison
  const contestants = [work, ...Object.values(limits)].map((one) => ({ work: one, rates: [0] }))
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      const rate = await perSecond(contestant.work)
      await settle?.()
      if (round === 0) contestant.rates.pop()
      else contestant.rates.push(rate)
    }
  }
  const [ours = 0, ...others] = contestants.map(({ rates }) => median(rates))
  const parts = Object.keys(limits).map((name, i) => {
    const limit = others[i] ?? NaN
    return `${(ours / limit).toFixed(3)} of ${name} (${rounded(limit)}/s)`
  })
  const { name, unit } = comparison
  process.stdout.write(`${name}: ${rounded(ours)} ${unit}/s = ${parts.join(' = ')}\n`)
}

async function perSecond(work: Work): Promise<number> {
  const begun = performance.now()
  const count = await work()
  return (count * 1000) / (performance.now() - begun)
}

export function median(rates: readonly number[]): number {
  const sorted = rates.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

export function rounded(rate: number): string {
  return Number(rate.toPrecision(3)).toLocaleString('en')
}

/** Takes the numbers from 0 on, as many callers at once as given, each waiting for its own answer. */
export async function inParallel(
  { callers, count }: { readonly callers: number; readonly count: number },
  once: (i: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const call = async (): Promise<void> => {
    while (next < count) {
      next += 1
      await once(next - 1)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return count
}

export function repeated(count: number, once: (i: number) => unknown): number {
  for (let i = 0; i < count; i += 1) once(i)
  return count
}

/** Which machine, which Node, which commit. */
export function circumstances(): string {
  const all = cpus()
  const git = ['describe', '--always', '--dirty', '--exclude=*']
  const commit = execFileSync('git', git, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  return `${all[0]?.model ?? 'unknown'}, ${all.length} cores, Node ${process.version}, commit ${commit}`
}
