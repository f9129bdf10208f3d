/** How large a run with faults is, and the number that repeats it. */
import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export const isLong = process.env['FAULT_SIZE'] === 'long'
/** The short form does the same each time. */
export const seed = Number(process.env['FAULT_SEED'] ?? (isLong ? randomInt(1, 2 ** 31) : 1))
export const testMs = isLong ? 1_800_000 : 300_000

/**
 * Each job issues a licence, opens a case and fetches its materials. `kills` of the exchange fall at
 * failpoints; an outage ends the sessions of the database, and another time stops its server.
 */
export const sizes = isLong
  ? { jobs: 1_000, clients: 16, kills: 30, outages: 5 }
  : { jobs: 18, clients: 6, kills: 2, outages: 1 }

/** Where a run leaves what it saw; removed when nothing was found. */
export function reportFolder(name: string): string {
  const folder = join(import.meta.dirname, '../../.zhengtong/faults', `${seed}`, name)
  mkdirSync(folder, { recursive: true })
  process.stderr.write(`faults: ${name}, FAULT_SEED=${seed}, ${isLong ? 'long' : 'short'} form\n`)
  return folder
}

/** Numbers that the seed repeats: from 0 up to, and not, `below` (mulberry32). */
export function createRandom(from: number): (below: number) => number {
  let state = from >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** The same list in an order that the numbers decide. */
export function shuffled<T>(list: readonly T[], random: (below: number) => number): T[] {
  const left = [...list]
  return list.flatMap(() => left.splice(random(left.length), 1))
}
