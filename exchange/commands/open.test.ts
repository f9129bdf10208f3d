import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { beginning as at, prepareSharedKeys, sharedKeys } from '../../test/keys.ts'
import { readConfig } from '../config.ts'
import { settingsFor } from './open.ts'

beforeAll(prepareSharedKeys)

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
      config: () => readConfig({ KEYS_FOLDER: sharedKeys, ...environment }),
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
  const KEYS_FOLDER = join(sharedKeys, 'no-such-folder')
  await expect(open({ ...production, KEYS_FOLDER })).rejects.toThrow()
})
