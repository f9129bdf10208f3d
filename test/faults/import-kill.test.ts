/**
 * An import killed at a row, by SIGKILL, and asked for again: everything is as if it had never been
 * killed. The long form kills it at every row of the list, and after so many signatures, on files of
 * sound rows; the short form once, on a file that is mostly quarantined.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stockRows, struckRows, whatIsThere, writeStock } from '../stock.ts'
import { createTestVault } from '../vault.ts'
import { isLong, testMs } from './settings.ts'

const type = 'businessLicence'
let folder: string
let path: string
let expected: unknown[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-kill-'))
  path = join(folder, 'stock.csv')
  await writeStock(path, !isLong)
  const whole = await createTestVault()
  await whole.vault.importLicences({ path, type })
  expected = await whatIsThere(whole.db)
  await whole.close()
}, testMs)

afterAll(() => rm(folder, { recursive: true }))

interface Blow {
  readonly what: string
  readonly row: number
  readonly sealed: number
}

const atRows = struckRows.map((row): Blow => ({ what: `row ${row}`, row, sealed: 0 }))
const afterSeals = struckRows.map((sealed): Blow => ({
  ...{ what: `signature ${sealed}`, row: 0, sealed },
}))
const blows = isLong ? [...atRows, ...afterSeals] : atRows.filter(({ row }) => row === 1_000)

test.for(blows)(
  'killed at $what, it ends as if it had not been',
  { timeout: testMs },
  async (blow) => {
    const world = await createTestVault()
    const { vault, db, url } = world
    try {
      expect(await signalOf([url, path, `${blow.row}`, `${blow.sealed}`])).toBe('SIGKILL')
      const result = await vault.importLicences({ path, type })
      expect(result.rows).toBe(stockRows + 1)
      expect(await whatIsThere(db)).toEqual(expected)
    } finally {
      await world.close()
    }
  },
)

async function signalOf(given: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'importer.ts'), ...given], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = (await once(child, 'exit')) as [unknown, unknown] // As Node emits it.
  return signal
}
