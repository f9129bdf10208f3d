/**
 * The registry of request keys. A key comes in by its certificate, which must lead to a trusted
 * authority and name the department; its registration is a log entry in the same transaction.
 */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Db } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { validatePath } from '../../sdk/certificate-path.ts'
import { Problem } from '../../sdk/problem.ts'
import { purposeOid } from '../../sdk/purpose-oid.ts'
import type { Trust } from '../../sdk/trust.ts'
import { addKey, findKey } from './key-store.ts'

export interface RegisteredKey {
  readonly department: string
  readonly key: KeyObject
}

export interface KeyRegistry {
  /** The key if it is registered and valid at the time; undefined tells nothing about why not. */
  readonly find: (kid: string, at: Date) => Promise<RegisteredKey | undefined>
  /** Does nothing when the key is registered already. @throws Problem invalid-certificate */
  readonly register: (chain: readonly Uint8Array[], at: Date) => Promise<void>
}

interface RegistryParts {
  readonly db: Db
  readonly log: Log
  readonly catalogue: Catalogue
  readonly trust: Trust
}

/** Parsed keys kept in memory; a key in the registry never changes, so age does not matter. */
const parsedKeysMax = 1_000

export function createKeyRegistry(parts: RegistryParts): KeyRegistry {
  const parsed = new Map<string, Awaited<ReturnType<typeof loadKey>>>()
  return {
    find: async (kid, at) => {
      const known = parsed.get(kid) ?? (await loadKey(parts, kid))
      if (!known) return undefined
      if (parsed.size >= parsedKeysMax) parsed.clear()
      parsed.set(kid, known)
      const inForce = known.validFrom <= at && at < known.validUntil
      return inForce ? { department: known.department, key: known.key } : undefined
    },
    register: (chain, at) => register(parts, chain, at),
  }
}

async function loadKey({ db }: RegistryParts, kid: string) {
  const row = await findKey(db, kid)
  if (!row) return undefined
  const key = createPublicKey({ key: Buffer.from(row.public_key), format: 'der', type: 'spki' })
  return { key, department: row.department, validFrom: row.valid_from, validUntil: row.valid_until }
}

async function register(
  { db, log, catalogue, trust }: RegistryParts,
  chain: readonly Uint8Array[],
  at: Date,
): Promise<void> {
  const [leaf, ...intermediates] = chain
  if (!leaf) throw new Problem('invalid-certificate', { rule: 'chain-empty' })
  const path = validatePath({
    ...{ leaf, intermediates, anchors: trust.anchors, crls: trust.crls, at },
    ...{ profile: 'strict', purpose: purposeOid.requestSigning, requireRevocation: true },
  })
  if (!path.ok) throw new Problem('invalid-certificate', { rule: path.code })
  const [certificate] = path.path
  const department = catalogue.departments.get(certificate?.departmentCode ?? '')
  if (!certificate || !department || department.uscc !== certificate.organisation) {
    throw new Problem('invalid-certificate', { rule: 'department' })
  }
  const kid = certificate.fingerprint
  await db.transaction(async (tx) => {
    if (await findKey(tx, kid)) return
    const [entry] = await log.append(tx, [
      { kind: 'key-registered', at: at.toISOString(), department: department.code, kid },
    ])
    if (!entry) throw new Error('the log appended nothing')
    const row = {
      ...{ kid, department: department.code, valid_from: certificate.notBefore },
      public_key: certificate.publicKey.export({ format: 'der', type: 'spki' }),
      valid_until: certificate.notAfter,
    }
    await addKey(tx, row, entry.leaf)
  })
}
