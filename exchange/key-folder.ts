/**
 * The keys of one exchange as files, the way `certs-dev/` lays them out. A production composition
 * replaces the local signer and the local key wrapper by ones that speak to a cryptographic module.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../catalogs/catalog.ts'
import { readPem } from '../sdk/pem.ts'
import { Problem } from '../sdk/problem.ts'
import { readTrust } from '../sdk/trust.ts'
import type { Trust } from '../sdk/trust.ts'
import type { SealKey } from '../vault/index.ts'

export interface KeyMaterial {
  readonly trust: Trust
  readonly seals: ReadonlyMap<string, SealKey>
  readonly status: SealKey
  readonly receipt: { readonly kid: string; readonly key: KeyObject }
  readonly logKey: KeyObject
  readonly keyEncryptionKey: Uint8Array
  readonly indexKey: Uint8Array
}

const secretLength = 32

/** @throws Problem invalid-key-store when a key is missing or of the wrong kind */
export async function readKeyFolder(folder: string, catalogue: Catalogue): Promise<KeyMaterial> {
  const file = (name: string) => readFile(join(folder, name))
  const issuers = [...catalogue.departments.values()].filter(({ roles }) =>
    roles.includes('issuer'),
  )
  const seals = issuers.map(
    async ({ code }) => [code, await readPair(folder, `${code}/seal`)] as const,
  )
  const trust = readTrust((await file('trust.json')).toString('utf8'))
  return {
    trust,
    seals: new Map(await Promise.all(seals)),
    status: await readPair(folder, 'status'),
    receipt: await readReceiptKey(folder, trust),
    logKey: createPrivateKey(await file('log.key.pem')),
    keyEncryptionKey: await readKeyEncryptionKey(folder),
    indexKey: secret(await file('index.key'), 'index.key'),
  }
}

/** For what needs no other key. @throws Problem invalid-key-store */
export async function readKeyEncryptionKey(folder: string): Promise<Uint8Array> {
  return secret(await readFile(join(folder, 'kek.key')), 'kek.key')
}

async function readPair(folder: string, name: string): Promise<SealKey> {
  const key = createPrivateKey(await readFile(join(folder, `${name}.key.pem`)))
  const chain = readPem(await readFile(join(folder, `${name}.chain.pem`), 'utf8'), 'CERTIFICATE')
  return { key, chain }
}

/** The receipt key goes by the name that those who trust it know it by. */
async function readReceiptKey(folder: string, trust: Trust): Promise<KeyMaterial['receipt']> {
  const { key } = await readPair(folder, 'receipt')
  const known = [...trust.receiptKeys].find(([, one]) => one.equals(createPublicKey(key)))
  if (!known) throw new Problem('invalid-key-store', { rule: 'receipt-key-not-in-trust' })
  return { kid: known[0], key }
}

function secret(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes.length !== secretLength)
    throw new Problem('invalid-key-store', { file, bytes: secretLength })
  return bytes
}
