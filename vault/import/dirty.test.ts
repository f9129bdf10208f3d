import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../db/postgres.ts'
import { spreadsheetFiles } from '../../test/dirty-spreadsheets.ts'
import { dirtyFiles } from '../../test/dirty-stock.ts'
import { createTestVault } from '../../test/vault.ts'
import type { TestVault } from '../../test/vault.ts'

let world: TestVault
let folder: string

beforeAll(async () => {
  world = await createTestVault()
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-dirty-'))
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

test.for([...dirtyFiles, ...spreadsheetFiles].map((file, i) => ({ number: i + 1, ...file })))(
  '$number: $name',
  async ({ number, content, type = 'businessLicence', map, gives }) => {
    const path = join(folder, `${number}.csv`)
    await writeFile(path, content)
    const rehearsal = world.vault.rehearseImport({ path, type, ...(map ? { map } : {}) })
    if ('refused' in gives) {
      await expect(rehearsal).rejects.toMatchObject({ code: gives.refused, detail: gives.detail })
      return
    }
    const { rows, issued, existing, quarantined, byFinding } = await rehearsal
    expect({ issued, byFinding }).toEqual({ issued: gives.issued, byFinding: gives.finds ?? {} })
    expect(rows).toBe(issued + existing + quarantined)
  },
)

test('a rehearsal leaves nothing behind', async () => {
  const rows = await world.db.row(sql`
    select (select count(*) from vault.import_run) + (select count(*) from vault.import_line)
             + (select count(*) from vault.quarantine) + (select count(*) from vault.licence) as rows`)
  expect(rows).toEqual({ rows: 0 })
})
