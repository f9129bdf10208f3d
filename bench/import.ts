/**
 * Importing a file of 10,000 invented registrations. The limit is what no import can do without: a
 * signature for each row, and a COPY of rows as long as the stored ones, one after the other.
 */
import { spawn } from 'node:child_process'
import { randomBytes, sign } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Db } from '../db/postgres.ts'
import type { WorldSettings } from '../demo/world.ts'
import { parseJsonObject } from '../sdk/json.ts'
import type { SealKey, Vault } from '../vault/index.ts'
import { bytesPerLicence } from './floor-store.ts'
import { compare, repeated, rounded } from './measure.ts'
import { inventedCompany, withSetting } from './setting.ts'

const rowCount = 10_000
const sealedBytes = 5_000
const rounds = 3
const header =
  '企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址'

export function measureImport(): Promise<void> {
  return withSetting(async ({ world: { exchange }, owner }) => {
    const { vault, log, settings } = exchange
    const seal = settings.keys.seals.get('meilanMarket')
    if (!seal) throw new Error('the sample world lost its seal')
    const folder = await mkdtemp(join(tmpdir(), 'zhengtong-bench-'))
    try {
      const files = await writeFiles(folder)
      await compare({
        ...{ name: `import of ${rowCount} rows`, unit: 'rows', rounds },
        work: () => importFile(vault, files.shift()),
        limits: {
          'signing and COPY': async () => {
            await copyRows(owner)
            return signRows(seal)
          },
          'signing alone': () => signRows(seal),
          'COPY alone': () => copyRows(owner),
        },
        settle: () => log.sequence(),
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}

const stockCount = 200_000
const memoryLimit = 400

/**
 * A long file of which every eighth row has something wrong with it, imported by the command line: what
 * that process takes of memory, of which it is said how much may be.
 */
export function measureStock(): Promise<void> {
  return withSetting(async ({ world: { settings } }) => {
    const folder = await mkdtemp(join(tmpdir(), 'zhengtong-bench-'))
    try {
      const path = join(folder, 'stock.csv')
      await pipeline(Readable.from(dirtyRows()), createWriteStream(path))
      const { rows, issued, rowsPerSecond, kilobytes } = await runImport(path, settings)
      const faulty = `import of ${rows} rows, ${rows - issued} of them faulty`
      const peak = Math.round((kilobytes * 1_024) / 1_000_000)
      process.stdout.write(
        `${faulty}: ${rounded(rowsPerSecond)} rows/s, at most ${peak} MB in memory, of ${memoryLimit} MB that it may\n`,
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}

interface ImportedStock {
  readonly rows: number
  readonly issued: number
  readonly rowsPerSecond: number
  readonly kilobytes: number
}

/** `zt import run`, a process by itself. */
async function runImport(path: string, settings: WorldSettings): Promise<ImportedStock> {
  const { databaseUrl, keysFolder, exchangeId } = settings
  const [peak, zt] = ['peak.ts', '../exchange/zt.ts'].map((file) => join(import.meta.dirname, file))
  const asked = ['import', 'run', path, '--type', 'businessLicence', '--json']
  const program = spawn(process.execPath, ['--import', peak ?? '', zt ?? '', ...asked], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...{ DATABASE_URL: databaseUrl, KEYS_FOLDER: keysFolder, EXCHANGE_ID: exchangeId },
    },
  })
  const [answer, kilobytes] = await Promise.all(
    [program.stdio[1], program.stdio[3]].map((stream) => text(stream as Readable)), // Both are pipes.
  )
  const { rows, issued, rowsPerSecond } = parseJsonObject(answer ?? '')
  return {
    ...{ rows: Number(rows), issued: Number(issued) },
    ...{ rowsPerSecond: Number(rowsPerSecond), kilobytes: Number(kilobytes) },
  }
}

/** One after the other: a line in GBK, which makes the file a mixture, a wrong check digit, too few cells. */
const damages: readonly ((row: string) => string | Buffer)[] = [
  (row) => Buffer.from(`\u00d0\u00e9${row.replace(/\P{ASCII}/gu, '')}`, 'latin1'),
  (row) => row.replace(/[0-9A-Z](?=,2001)/, 'I'),
  (row) => row.slice(0, 30),
]

function* dirtyRows(): Generator<string | Buffer> {
  yield `${header}\n`
  for (let i = 0; i < stockCount; i += 1) {
    const damage = i % 8 === 7 ? damages[(i >> 3) % damages.length] : undefined
    yield damage?.(registration(i)) ?? registration(i)
    yield '\n'
  }
}

/** A file for each round and one to warm up with, each with companies of its own. */
async function writeFiles(folder: string): Promise<string[]> {
  const paths: string[] = []
  for (let i = 0; i <= rounds; i += 1) {
    const path = join(folder, `${i}.csv`)
    const rows = Array.from({ length: rowCount }, (_, row) => registration(i * rowCount + row))
    await writeFile(path, [header, ...rows, ''].join('\n'))
    paths.push(path)
  }
  return paths
}

function registration(number: number): string {
  const { name, uscc } = inventedCompany(number)
  const scope = '餐饮服务；食品销售（依法须经批准的项目，经相关部门批准后方可开展经营活动）'
  return `${name},${uscc},2001-12-31,有限责任公司,虚构人,"1,000(万元)",${scope},海南,海口,海口市美兰区虚构路${number}号`
}

async function importFile(vault: Vault, path = ''): Promise<number> {
  const { issued } = await vault.importLicences({ path, type: 'businessLicence' })
  if (issued !== rowCount) throw new Error(`${issued} of ${rowCount} rows were issued`)
  return issued
}

function signRows({ key }: SealKey): number {
  const message = randomBytes(sealedBytes)
  return repeated(rowCount, () => sign('sha256', message, key))
}

async function copyRows(owner: Db): Promise<number> {
  const body = randomBytes(await bytesPerLicence(owner))
  const rows = Array.from({ length: rowCount }, () => [body])
  return owner.copyIn({ table: 'floor.record', columns: ['body'] }, rows)
}
