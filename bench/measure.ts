/**
 * How a number is measured and printed: what we do and its limit take turns in one run, so that
 * whatever else the machine is busy with slows both. The ratio is taken turn by turn; the median of
 * the ratios is told, and beside it the median rates. The shorter the turns, the less can happen
 * between one and the next.
 */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'

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
  /** `cpu` is what this process computes, all its threads together: for what waits for nobody. */
  readonly clock?: keyof Rates
  /** Lets what a round left behind settle, outside the measured time. */
  readonly settle?: () => Promise<unknown>
}

/** For what only computes: turns of a few milliseconds, told by the second of the processor. */
export const inShortTurns = { rounds: 120, clock: 'cpu' } as const

/** The first quarter of the rounds warms up and is not counted. */
export async function compare(comparison: Comparison): Promise<void> {
  const { name, unit, limits, rounds = 3, settle } = comparison
  const works = [comparison.work, ...Object.values(limits)]
  const counted: number[][] = []
  for (let round = -Math.ceil(rounds / 4); round < rounds; round += 1) {
    const rates: number[] = []
    for (const work of works) {
      rates.push((await perSecond(work))[comparison.clock ?? 'wall'])
      await settle?.()
    }
    if (round >= 0) counted.push(rates)
  }
  const typical = (of: (rates: readonly number[]) => number): number => median(counted.map(of))
  const parts = Object.keys(limits).map((limit, i) => {
    const ratio = typical((rates) => (rates[0] ?? NaN) / (rates[i + 1] ?? NaN))
    return `${ratio.toFixed(3)} of ${limit} (${rounded(typical((rates) => rates[i + 1] ?? NaN))}/s)`
  })
  const ours = rounded(typical(([rate = NaN]) => rate))
  process.stdout.write(`${name}: ${ours} ${unit}/s = ${parts.join(' = ')}\n`)
}

/** By the second of the clock on the wall, and by that of the processor. */
export interface Rates {
  readonly wall: number
  readonly cpu: number
}

export async function perSecond(work: Work): Promise<Rates> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  const count = await work()
  const { user, system } = process.cpuUsage(cpu)
  const wall = (count * 1000) / (performance.now() - begun)
  return { wall, cpu: (count * 1_000_000) / (user + system) }
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

/** Which machine, how busy it is, which Node, which commit. */
export function circumstances(): string {
  const all = cpus()
  const git = ['describe', '--always', '--dirty', '--exclude=*']
  const commit = execFileSync('git', git, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  const load = loadavg()[0]?.toFixed(1) ?? 'unknown'
  const machine = `${all[0]?.model ?? 'unknown'}, ${all.length} cores, load ${load}`
  return `${machine}, Node ${process.version}, commit ${commit}`
}
