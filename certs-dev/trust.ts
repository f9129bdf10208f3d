/** Writes `trust.json`, what a relying party of this development PKI believes (see `sdk/trust.ts`). */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crl } from '../sdk/revocation/crl.ts'
import { isJsonObject, parseJsonObject } from '../sdk/json.ts'
import type { Json } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { readTrust, trustLimits } from '../sdk/trust.ts'
import type { DevelopmentPki } from './plan.ts'
import { readIfThere, write } from './folder.ts'
import type { Holder } from './holder.ts'

export async function writeTrust(
  folder: string,
  {
    pki,
    roots,
    receipts,
    crls,
  }: {
    readonly pki: DevelopmentPki
    /** The older one first. */
    readonly roots: readonly Holder[]
    readonly receipts: readonly Holder[]
    readonly crls: readonly Crl[]
  },
): Promise<void> {
  const [first] = roots
  const from = first?.certificate.notBefore ?? pki.at
  const trust = {
    version: 1,
    exchange: pki.exchange,
    anchors: roots.map(({ certificate }) => base64(certificate.der)),
    crls: crls.map(({ der }) => base64(der)),
    issuers: pki.issuers,
    log: { originPrefix: `${pki.exchange}/log/`, keys: await logKeysOf(folder, from) },
    receiptKeys: receipts.map(({ certificate: { fingerprint, publicKey } }) => ({
      ...{ kid: fingerprint, publicKey: spki(publicKey) },
    })),
  }
  const json = `${JSON.stringify(trust, null, 2)}\n`
  readTrust(json)
  await write(join(folder, 'trust.json'), json, 'public')
}

/** Keys that were rotated stay as they are; the first one is as old as the root. */
async function logKeysOf(folder: string, from: Date): Promise<readonly Json[]> {
  const kept = await readIfThere(join(folder, 'trust.json'))
  const keys = kept ? keysIn(kept.toString('utf8')) : []
  if (keys.length > 0) return keys
  const first = createPublicKey(await readFile(join(folder, 'log.key.pem')))
  return [{ publicKey: spki(first), from: from.toISOString() }]
}

/** A file that is damaged, or of an earlier form, says nothing. */
function keysIn(trust: string): readonly Json[] {
  try {
    const log = parseJsonObject(trust, trustLimits)['log']
    const keys = isJsonObject(log) ? log['keys'] : undefined
    return Array.isArray(keys) ? (keys as readonly Json[]) : [] // Array.isArray makes it any[].
  } catch (thrown) {
    if (thrown instanceof Problem) return []
    throw thrown
  }
}

function spki(key: KeyObject): string {
  return base64(key.export({ format: 'der', type: 'spki' }))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
