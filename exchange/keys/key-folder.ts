/**
 * The keys of one exchange as files, the way `certs-dev/` lays them out and `zt keys` changes them. A
 * production composition replaces the local signer and the local key wrapper by ones that speak to a
 * cryptographic module. Of the keys that change while an exchange runs there may be several:
 *
 *     trust.json                     which log keys sign when; public
 *     log.key.pem, log-*.key.pem     their private halves
 *     kek.key                        the key-encryption key that wraps
 *     kek-next.key, kek-*.key        the next one and earlier ones, which only unwrap
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { SigningKey } from '../../log/index.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { spkiText } from '../../sdk/log-key.ts'
import { readPem } from '../../sdk/pem.ts'
import { Problem } from '../../sdk/problem.ts'
import { readTrust } from '../../sdk/trust.ts'
import type { Trust } from '../../sdk/trust.ts'
import { readWrappingKey } from '../../vault/index.ts'
import type { SealKey, WrappingKeys } from '../../vault/index.ts'
import { fileExists } from '../rotation/key-file.ts'

export interface KeyMaterial {
  readonly trust: Trust
  readonly seals: ReadonlyMap<string, SealKey>
  /** Of departments whose key is not in the folder, because a signing server has it. */
  readonly sealsElsewhere: ReadonlyMap<string, Pick<SealKey, 'chain'>>
  readonly status: SealKey
  readonly receipt: { readonly kid: string; readonly key: KeyObject }
  readonly logKeys: readonly SigningKey[]
  readonly wrappingKeys: WrappingKeys
  readonly indexKey: Uint8Array
}

/** The names of the files above, and of nothing else in the folder. */
export const keyFiles = {
  trust: 'trust.json',
  activeWrapping: 'kek.key',
  nextWrapping: 'kek-next.key',
  wrapping: /^kek(-[0-9a-z]{1,16})?\.key$/,
  log: /^log(-[0-9a-f]{1,16})?\.key\.pem$/,
} as const

const indexKeyLength = 32

/** @throws Problem invalid-key-store when a key is missing or of the wrong kind */
export async function readKeyFolder(folder: string, catalogue: Catalogue): Promise<KeyMaterial> {
  const reading = sealsOf(catalogue).map(
    async ([code, name]) => [code, await readSeal(folder, name)] as const,
  )
  // Awaited before anything else can fail: a second failure nobody waits for would end the process.
  const read = await Promise.all(reading)
  const trust = await readTrustFile(folder)
  const indexKey = await readFile(join(folder, 'index.key'))
  if (indexKey.length !== indexKeyLength) {
    throw new Problem('invalid-key-store', { file: 'index.key', bytes: indexKeyLength })
  }
  return {
    trust,
    seals: new Map(read.flatMap(([code, seal]) => ('key' in seal ? [[code, seal]] : []))),
    sealsElsewhere: new Map(read.flatMap(([code, seal]) => ('key' in seal ? [] : [[code, seal]]))),
    status: await readPair(folder, 'status'),
    receipt: await readReceiptKey(folder, trust),
    logKeys: await readLogKeys(folder, trust),
    wrappingKeys: await readWrappingKeys(folder),
    indexKey,
  }
}

/** Every file a folder may hold that `readKeyFolder` reads, but for the index key, which never changes. */
export async function namesInKeyFolder(folder: string, catalogue: Catalogue): Promise<string[]> {
  const pairs = ['status', 'receipt', ...sealsOf(catalogue).map(([, name]) => name)]
  const names = (await readdir(folder)).filter(
    (name) => name === keyFiles.trust || keyFiles.wrapping.test(name) || keyFiles.log.test(name),
  )
  return [...names.sort(), ...pairs.flatMap((name) => [`${name}.key.pem`, `${name}.chain.pem`])]
}

/** Who issues, and where its seal is. */
function sealsOf({ departments }: Catalogue): (readonly [code: string, name: string])[] {
  const issuers = [...departments.values()].filter(({ roles }) => roles.includes('issuer'))
  return issuers.map(({ code }) => [code, `${code}/seal`])
}

export async function readTrustFile(folder: string): Promise<Trust> {
  return readTrust(await readFile(join(folder, keyFiles.trust), 'utf8'))
}

/** For what needs no other key. @throws Problem invalid-key-store */
export async function readWrappingKeys(folder: string): Promise<WrappingKeys> {
  const read = async (file: string) => readWrappingKey(await readFile(join(folder, file)), file)
  const names = (await readdir(folder)).filter((name) => keyFiles.wrapping.test(name)).sort()
  const active = await read(keyFiles.activeWrapping)
  const others = await Promise.all(
    names.filter((name) => name !== keyFiles.activeWrapping).map((name) => read(name)),
  )
  // A rotation that was interrupted leaves the same key under two names.
  return { active, others: others.filter(({ id }) => id !== active.id) }
}

/** The private halves of log keys that are here, whether anybody trusts them yet or not. */
export async function readPrivateLogKeys(folder: string): Promise<KeyObject[]> {
  const names = (await readdir(folder)).filter((name) => keyFiles.log.test(name)).sort()
  return Promise.all(
    names.map(async (name) => createPrivateKey(await readFile(join(folder, name)))),
  )
}

async function readLogKeys(folder: string, { logKeys }: Trust): Promise<SigningKey[]> {
  const held = await readPrivateLogKeys(folder)
  const keys = logKeys.map((one): SigningKey => {
    const privateKey = held.find((key) => isHalfOf(one.key, key))
    return privateKey ? { ...one, privateKey } : one
  })
  if (keys.at(-1)?.privateKey) return keys
  throw new Problem('invalid-key-store', { rule: 'log-key-of-trust-missing' })
}

/** Of the same pair. KeyObject.equals throws at keys of SM2 beside keys of another kind. */
export function isHalfOf(publicKey: KeyObject, privateKey: KeyObject): boolean {
  return spkiText(publicKey) === spkiText(createPublicKey(privateKey))
}

/** Key and certificates are two files, which nobody replaces at one moment: half of a change is none. */
async function readPair(folder: string, name: string): Promise<SealKey> {
  const key = createPrivateKey(await readFile(keyPath(folder, name)))
  const chain = await readPairChain(folder, name)
  const [leaf = new Uint8Array()] = chain
  if (isHalfOf(parseCertificate(leaf).publicKey, key)) return { key, chain }
  throw new Problem('invalid-key-store', { file: `${name}.key.pem`, rule: 'key-of-certificate' })
}

async function readSeal(folder: string, name: string): Promise<SealKey | Pick<SealKey, 'chain'>> {
  if (await fileExists(keyPath(folder, name))) return readPair(folder, name)
  return { chain: await readPairChain(folder, name) }
}

function keyPath(folder: string, name: string): string {
  return join(folder, `${name}.key.pem`)
}

async function readPairChain(folder: string, name: string): Promise<SealKey['chain']> {
  return readPem(await readFile(join(folder, `${name}.chain.pem`), 'utf8'), 'CERTIFICATE')
}

/** The receipt key goes by the name that those who trust it know it by. */
async function readReceiptKey(folder: string, trust: Trust): Promise<KeyMaterial['receipt']> {
  const { key } = await readPair(folder, 'receipt')
  const known = [...trust.receiptKeys].find(([, one]) => isHalfOf(one, key))
  if (!known) throw new Problem('invalid-key-store', { rule: 'receipt-key-not-in-trust' })
  return { kid: known[0], key }
}
