/**
 * Looking licences up where there are many: how long single questions take, one after the other, over
 * 100,000 licences and again over as many as `FIND_ROWS` says. The limit is a select by primary key.
 * By the caller's clock, with the way to the database and back, and, of other ones, by the database's own.
 */
import { createHash, randomInt } from 'node:crypto'
import type { Db, Tx } from '../db/postgres.ts'
import { findFacts, findFactsByAct, findIdsOfHolder } from '../vault/search/store.ts'
import type { Conditions } from '../vault/search/store.ts'
import { findLicencesOf } from '../vault/store.ts'
import {
  addBelongings,
  addLicences,
  selectByKey,
  settleTables,
  timeInDatabase,
} from './find-store.ts'
import { withSetting } from './setting.ts'

const few = 100_000
const many = Number(process.env['FIND_ROWS'] ?? few)
const questionsEach = 2_000
const filledAtOnce = 100_000
const pageRows = 50

const nothing: Conditions = {
  ...{ ids: null, type: null, issuer: null, divisions: null },
  ...{ begins: { from: null, until: null }, ends: { from: null, until: null } },
}

type Question = (db: Tx, rows: number) => Promise<readonly unknown[]>

/** Every one finds something; who asks for what is drawn anew each time. */
const questions: Readonly<Record<string, Question>> = {
  'select by primary key': (db, rows) => selectByKey(db, randomInt(rows)),
  'documents of a holder': (db, rows) => {
    const who = { holderIndex: holderIndex(randomInt(rows / 2)), types: null }
    return findLicencesOf(db, who, new Date(), 200)
  },
  'search by holder': async (db, rows) => {
    const ids = await findIdsOfHolder(db, holderIndex(randomInt(rows / 2)), pageRows)
    return page(db, { ids }, rows)
  },
  'page of an issuer': (db, rows) => page(db, { issuer: `issuer${randomInt(30)}` }, rows),
  'page of an area': (db, rows) => {
    return page(db, { divisions: { first: '460100', last: '460199' } }, rows)
  },
  'page of a state': (db, rows) => {
    const state = { state: 'suspended', at: new Date() } as const
    return findFactsByAct(db, nothing, state, { after: randomInt(rows / 2, rows), most: pageRows })
  },
}

export function measureFinding(): Promise<void> {
  return withSetting(async ({ owner }) => {
    let filled = 0
    for (const rows of new Set([few, Math.max(few, many)])) {
      const range = { from: filled, until: rows }
      for (; filled < rows; filled += filledAtOnce) {
        const until = Math.min(rows, filled + filledAtOnce)
        await addLicences(owner, { from: filled, until })
        process.stderr.write(`${until} of ${rows} rows\n`)
      }
      await addBelongings(owner, range)
      await settleTables(owner)
      for (const [name, ask] of Object.entries(questions)) await measure({ name, ask, rows }, owner)
    }
  })
}

async function measure(
  { name, ask, rows }: { name: string; ask: Question; rows: number },
  db: Db,
): Promise<void> {
  const outside: number[] = []
  const inside: number[] = []
  // In one session, which keeps the plans.
  await db.transaction(async (tx) => {
    for (let i = -questionsEach / 4; i < questionsEach; i += 1) {
      const begun = performance.now()
      const found = await ask(tx, rows)
      const took = performance.now() - begun
      if (found.length === 0) throw new Error(`${name} found nothing`)
      const within: number[] = []
      await ask(timed(tx, within), rows)
      if (i < 0) continue
      outside.push(took)
      inside.push(within.reduce((sum, one) => sum + one))
    }
  }, 'read committed')
  const of = `${name}, ${rows.toLocaleString('en')} licences`
  process.stdout.write(`${of}: ${shares(inside)} in the database, ${shares(outside)} outside\n`)
}

/** The same, and what each statement takes when its rows are in nobody's memory yet. */
function timed(tx: Tx, times: number[]): Tx {
  return {
    ...tx,
    rows: async (statement) => {
      times.push(await timeInDatabase(tx, statement))
      return tx.rows(statement)
    },
  }
}

function shares(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(2)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

function page(db: Tx, conditions: Partial<Conditions>, rows: number): Promise<unknown[]> {
  const after = conditions.ids ? null : randomInt(rows / 2, rows)
  const state = { state: null, at: new Date() }
  return findFacts(db, { ...nothing, ...conditions }, state, { after, most: pageRows })
}

/** As the rows were filled. */
function holderIndex(number: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(number))
  return createHash('sha256').update(bytes).digest()
}
