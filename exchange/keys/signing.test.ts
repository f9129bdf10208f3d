import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { copySharedKeys } from '../../test/keys.ts'
import { readKeyFolder } from './key-folder.ts'
import type { KeyMaterial } from './key-folder.ts'
import { openSigner } from './signing.ts'

let folder: string
let keys: KeyMaterial

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signing-'))
  await copySharedKeys(folder)
  await rm(join(folder, 'meilanMarket/seal.key.pem'))
  keys = await readKeyFolder(folder, loadCatalogue())
})

afterAll(() => rm(folder, { recursive: true }))

const settings = {
  ...({ kind: 'server', url: new URL('https://127.0.0.1:1/seal') } as const),
  ...{ deadlineMs: 1_000, authorities: undefined },
  ...{ certificate: 'receipt.chain.pem', key: 'receipt.key.pem' },
}

test('a department whose key is not in the folder is sealed for by the signing server, others here', async () => {
  expect([...keys.sealsElsewhere.keys()]).toEqual(['meilanMarket'])
  const files = { certificate: join(folder, settings.certificate), key: join(folder, settings.key) }
  const signer = await openSigner(keys, { ...settings, ...files })
  const message = new Uint8Array([1])
  await expect(signer.sealOf('haikouMarket').sign(message)).resolves.toHaveLength(64)
  await expect(signer.sealOf('meilanMarket').sign(message)).rejects.toThrow('seal-unavailable')
})

test('without the server or its files nothing is started', async () => {
  await expect(openSigner(keys, undefined)).rejects.toMatchObject({
    ...{ code: 'invalid-key-store', detail: { file: 'meilanMarket/seal.key.pem' } },
  })
  await expect(openSigner(keys, { ...settings, certificate: '/none' })).rejects.toMatchObject({
    ...{ code: 'invalid-config', detail: { setting: 'SIGNING_SERVER_CERTIFICATE' } },
  })
})
