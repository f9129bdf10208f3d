import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { createDevelopmentPki } from '../../certs-dev/create.ts'
import { planFrom } from '../../certs-dev/from-catalogue.ts'
import { readConfig } from '../config.ts'
import { settingsFor } from './open.ts'

const keysFolder = join(import.meta.dirname, '../../.zhengtong/test/keys')
const at = new Date('2026-11-20T01:00:00.000Z')

beforeAll(() =>
  createDevelopmentPki({
    ...{ out: keysFolder, exchange: 'exchange.test', ...planFrom(loadCatalogue()), at },
  }),
)

const url = 'postgres://127.0.0.1:1/none'
const production = {
  ...{ NODE_ENV: 'production', DATABASE_URL: url, TLS_ENDED_BY_PROXY: 'yes' },
}

function open(environment: NodeJS.ProcessEnv): Promise<unknown> {
  const refuse = (): never => {
    throw new Error('not reached')
  }
  return settingsFor(
    {
      config: () => readConfig({ KEYS_FOLDER: keysFolder, ...environment }),
      clock: () => at,
      terminal: { answer: refuse, note: refuse, progress: refuse, paint: refuse },
      ...{ end: refuse, interrupted: refuse },
    } as unknown as Parameters<typeof settingsFor>[0], // Nothing else of it is used here.
    url,
  )
}

test('production refuses the keys of a development PKI; development takes them', async () => {
  await expect(open(production)).rejects.toMatchObject({
    ...{ code: 'development-keys', detail: { setting: 'NODE_ENV' } },
  })
  await expect(open({})).resolves.toMatchObject({ databaseUrl: url })
})

test('production makes no keys where there are none', async () => {
  const KEYS_FOLDER = join(keysFolder, 'no-such-folder')
  await expect(open({ ...production, KEYS_FOLDER })).rejects.toThrow()
})
