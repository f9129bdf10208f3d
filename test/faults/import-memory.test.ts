/**
 * What the command line takes of memory for an import does not depend on how long the file is. Only the
 * long form has a file that is long enough for it to show.
 */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { createDevelopmentPki } from '../../certs-dev/create.ts'
import { planFrom } from '../../certs-dev/from-catalogue.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { createTestDatabase } from '../database.ts'
import { companies, company } from '../dirty-rows.ts'
import { exchangeId } from '../keys.ts'
import { isLong, testMs } from './settings.ts'

const root = join(import.meta.dirname, '../..')
const rowCount = 50_000
const megabytesMax = 400

test.runIf(isLong)(
  `a file of ${rowCount} rows is imported in ${megabytesMax} MB`,
  { timeout: testMs },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zhengtong-memory-'))
    const database = await createTestDatabase()
    try {
      const [path, keys] = [join(folder, 'stock.csv'), join(folder, 'keys')]
      await pipeline(Readable.from(rows()), createWriteStream(path))
      const plan = planFrom(loadCatalogue())
      await createDevelopmentPki({ out: keys, exchange: exchangeId, ...plan, at: new Date() })
      const { issued, megabytes } = await importFile(path, {
        ...{ DATABASE_URL: database.url, KEYS_FOLDER: keys, EXCHANGE_ID: exchangeId },
      })
      expect(issued).toBe(rowCount)
      expect(megabytes).toBeLessThan(megabytesMax)
    } finally {
      await database.drop()
      await rm(folder, { recursive: true })
    }
  },
)

function* rows(): Generator<string> {
  yield companies(company(1))
  for (let row = 2; row <= rowCount; row += 1) yield `${company(row)}\n`
}

/** `zt import run`, a process by itself, and what was resident of it at most. */
async function importFile(path: string, environment: Readonly<Record<string, string>>) {
  const asked = ['exchange/zt.ts', 'import', 'run', path, '--type', 'businessLicence', '--json']
  const program = spawn(process.execPath, ['--import', './bench/peak.ts', ...asked], {
    ...{ cwd: root, env: { PATH: process.env['PATH'], ...environment } },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  const [report, kilobytes] = await Promise.all(
    [program.stdio[1], program.stdio[3]].map((stream) => text(stream as Readable)), // Both are pipes.
  )
  const { issued } = parseJsonObject(report ?? '')
  return { issued, megabytes: (Number(kilobytes) * 1_024) / 1_000_000 }
}
