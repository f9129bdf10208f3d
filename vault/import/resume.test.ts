import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import { companies, company } from '../../test/dirty-rows.ts'
import { holderOfRow, stockRows, struckRows, whatIsThere, writeStock } from '../../test/stock.ts'
import { createTestVault } from '../../test/vault.ts'
import type { TestVault } from '../../test/vault.ts'

const type = 'businessLicence'
let whole: TestVault
let struck: TestVault
let folder: string
let path: string

beforeAll(async () => {
  ;[whole, struck] = await Promise.all([createTestVault(), createTestVault()])
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-resume-'))
  path = join(folder, 'stock.csv')
  await writeStock(path, true)
})

afterAll(async () => {
  await Promise.all([whole.close(), struck.close()])
  await rm(folder, { recursive: true })
})

/** A vault that can do nothing any more as soon as the holder of this row is to be given a key. */
function failingAt(row: number) {
  const { wrapper, blind, signer } = struck.parts
  let isDead = false
  const fatal = `holder:${toBase64url(blind.party(holderOfRow(row)))}`
  return struck.another({
    wrapper: {
      ...wrapper,
      wrap: (key, context) => {
        isDead ||= context === fatal
        if (isDead) throw new Problem('database-unavailable')
        return wrapper.wrap(key, context)
      },
    },
    signer: {
      sealOf: (department) => {
        if (isDead) throw new Problem('database-unavailable')
        return signer.sealOf(department)
      },
    },
  })
}

/** A vault without seals. */
function failingToSeal() {
  return struck.another({
    signer: {
      sealOf: () => {
        throw new Problem('seal-unavailable')
      },
    },
  })
}

test('59: an import that is struck twice ends like one that never was', async () => {
  const { runId } = await whole.vault.importLicences({ path, type })
  const first = failingToSeal().importLicences({ path, type })
  await expect(first).rejects.toThrow(/^seal-unavailable/)
  const last = failingAt(stockRows).importLicences({ path, type })
  await expect(last).rejects.toThrow(/^database-unavailable/)
  const result = await struck.vault.importLicences({ path, type })
  expect(await whatIsThere(struck.db)).toEqual(await whatIsThere(whole.db))
  expect(result).toMatchObject({
    ...{ rows: stockRows + 1, issued: struckRows.length, existing: 0 },
    byRule: { 'column-count': stockRows - struckRows.length, 'duplicate-in-file': 1 },
  })
  const { totals, agrees } = await whole.vault.importStatus(runId)
  expect({ issued: totals.issued, agrees }).toEqual({ issued: struckRows.length, agrees: true })
})

test('60: a file that was changed while a run was interrupted is refused, unless begun anew', async () => {
  const own = join(folder, 'changed.csv')
  await writeFile(own, companies(company(2_001), company(2_002)))
  const attempt = failingAt(2_002).importLicences({ path: own, type })
  await expect(attempt).rejects.toThrow(/^database-unavailable/)
  await appendFile(own, `${company(2_003)}\n`)
  const again = struck.vault.importLicences({ path: own, type })
  await expect(again).rejects.toThrow(/^file-changed/)
  const anew = await struck.vault.importLicences({ path: own, type, isAnew: true })
  expect(anew).toMatchObject({ rows: 3, issued: 3, resumedAfter: 0 })
})

test('of two processes with one file, the second stops', async () => {
  const own = join(folder, 'twice.csv')
  await writeFile(own, companies(company(3_001)))
  const [reached, released] = [
    Promise.withResolvers<undefined>(),
    Promise.withResolvers<undefined>(),
  ]
  const { signer } = struck.parts
  const slow = struck.another({
    signer: {
      sealOf: (department) => {
        const seal = signer.sealOf(department)
        const sign = async (message: Uint8Array): Promise<Uint8Array> => {
          reached.resolve(undefined)
          await released.promise
          return seal.sign(message)
        }
        return { ...seal, sign }
      },
    },
  })
  const stopped = expect(slow.importLicences({ path: own, type })).rejects.toMatchObject({
    code: 'import-under-way',
  })
  await reached.promise
  expect(await struck.vault.importLicences({ path: own, type })).toMatchObject({ issued: 1 })
  released.resolve(undefined)
  await stopped
})

test('a portion that broke off goes on under its key, and is told of ever after', async () => {
  const rows = Array.from({ length: 600 }, (_, i) => company(6_001 + i))
  const portion = { type, department: 'meilanMarket', key: 'struck', text: companies(...rows) }
  await expect(failingAt(6_590).importPortion(portion)).rejects.toThrow('database-unavailable')
  const goneOn = await struck.vault.importPortion(portion)
  expect(goneOn).toMatchObject({ rows: 600, issued: 600 })
  expect(goneOn.resumedAfter).toBeGreaterThan(0)
  const { runId, totals } = await struck.vault.importStatus(goneOn.runId)
  expect(await struck.vault.importPortion(portion)).toMatchObject({ runId, ...totals })
  const other = { ...portion, text: companies(company(6_601)) }
  await expect(struck.vault.importPortion(other)).rejects.toThrow('file-changed')
})

test('58: a number that the vault has is found again, for its holder and for nobody else', async () => {
  const own = join(folder, 'known.csv')
  await writeFile(own, companies(company(1), company(4_001)))
  const first = await struck.vault.importLicences({ path: own, type })
  expect(first).toMatchObject({ issued: 1, existing: 1 })
  const map = {
    ...{ licenceNo: '号', division: { value: '460108' }, validFrom: '日' },
    holders: [{ role: 'holder', codeType: '001', code: '人' }],
    items: {},
  }
  const [mine, another] = [1, 5_001].map((row) => holderOfRow(row).code)
  await writeFile(own, `号;人;日\n${mine ?? ''};${another ?? ''};2001-02-03\n`)
  const { byFinding } = await struck.vault.rehearseImport({ path: own, type, map })
  expect(byFinding).toEqual({ 'licenceNo number-of-another': 1 })
  await writeFile(own, `号;人;日\n${another ?? ''};${mine ?? ''};2001-02-03\n`)
  const one = await struck.vault.rehearseImport({ path: own, type, map })
  expect(one).toMatchObject({ issued: 1, byFinding: {} })
  const only = { path: own, type, map: { ...map, onePerHolder: true } }
  expect(await struck.vault.rehearseImport(only)).toMatchObject({
    ...{ issued: 0, byFinding: { 'holders living-licence': 1 } },
  })
})
