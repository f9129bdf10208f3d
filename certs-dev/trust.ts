/** Writes `trust.json`, what a relying party of this development PKI believes (see `sdk/trust.ts`). */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crl } from '../sdk/crl.ts'
import { readTrust } from '../sdk/trust.ts'
import type { DevelopmentPki } from './plan.ts'
import { write } from './folder.ts'
import type { Holder } from './holder.ts'

export async function writeTrust(
  folder: string,
  {
    pki,
    root,
    receipt,
    crls,
  }: {
    readonly pki: DevelopmentPki
    readonly root: Holder
    readonly receipt: Holder
    readonly crls: readonly Crl[]
  },
): Promise<void> {
  const logKey = createPublicKey(await readFile(join(folder, 'log.key.pem')))
  const { fingerprint, publicKey } = receipt.certificate
  const trust = {
    version: 1,
    exchange: pki.exchange,
    anchors: [base64(root.certificate.der)],
    crls: crls.map(({ der }) => base64(der)),
    issuers: pki.issuers,
    log: { originPrefix: `${pki.exchange}/log/`, publicKey: spki(logKey) },
    receiptKeys: [{ kid: fingerprint, publicKey: spki(publicKey) }],
  }
  const json = `${JSON.stringify(trust, null, 2)}\n`
  readTrust(json)
  await write(join(folder, 'trust.json'), json, 'public')
}

function spki(key: KeyObject): string {
  return base64(key.export({ format: 'der', type: 'spki' }))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
