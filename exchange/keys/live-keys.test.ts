import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { verifyBytes } from '../../sdk/algorithm.ts'
import { copySharedKeys } from '../../test/keys.ts'
import { openKeys } from './live-keys.ts'
import { openSigner } from './signing.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'live-keys-'))
  await copySharedKeys(folder)
})

afterAll(() => rm(folder, { recursive: true }))

/** Puts a file of one pair in the place of another's. */
function put(from: string, to: string): Promise<void> {
  return copyFile(join(folder, from), join(folder, to))
}

async function putPair(from: string, to: string): Promise<void> {
  await put(`${from}.chain.pem`, `${to}.chain.pem`)
  await put(`${from}.key.pem`, `${to}.key.pem`)
}

const message = new Uint8Array([1])

test('a seal is taken up when both of its files are there, and no half of it', async () => {
  const keys = await openKeys(folder, loadCatalogue())
  const signer = await openSigner(keys, undefined)
  const { publicKey } = parseCertificate(keys.seals.get('haikouMarket')?.chain[0] ?? message)
  const isNext = async (): Promise<boolean> => {
    const { algorithm, sign } = signer.sealOf('meilanMarket')
    return verifyBytes(algorithm, publicKey, message, await sign(message))
  }
  await put('haikouMarket/seal.chain.pem', 'meilanMarket/seal.chain.pem')
  await expect(keys.refresh()).rejects.toMatchObject({
    ...{ code: 'invalid-key-store', detail: { rule: 'key-of-certificate' } },
  })
  expect(await isNext()).toBe(false)
  await put('haikouMarket/seal.key.pem', 'meilanMarket/seal.key.pem')
  await keys.refresh()
  expect(await isNext()).toBe(true)
})

test('so are the key of status lists, and that of receipts when those who get them know it', async () => {
  const keys = await openKeys(folder, loadCatalogue())
  await putPair('haikouMarket/seal', 'status')
  await keys.refresh()
  const { receipt } = keys
  expect(keys.status).toEqual(keys.seals.get('haikouMarket'))
  await putPair('haikouMarket/seal', 'receipt')
  await expect(keys.refresh()).rejects.toMatchObject({
    ...{ code: 'invalid-key-store', detail: { rule: 'receipt-key-not-in-trust' } },
  })
  expect(keys.receipt).toBe(receipt)
})
