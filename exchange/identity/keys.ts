/**
 * The registry of request keys. A key comes in by its certificate, which must lead to a trusted
 * authority and name the department; its registration is a log entry in the same transaction. The
 * certificates are judged again whenever a key is loaded: the database is not believed about keys.
 */
import type { KeyObject } from 'node:crypto'
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Db } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { validatePath } from '../../sdk/certificate-path.ts'
import type { Certificate } from '../../sdk/certificate.ts'
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

/** Keys kept in memory, and for how long before their certificates are judged again. */
const judgedKeys = { max: 1_000, ageMs: 300_000 } as const

interface Judged extends RegisteredKey {
  readonly until: Date
}

export function createKeyRegistry(parts: RegistryParts): KeyRegistry {
  const judged = new Map<string, Judged>()
  return {
    find: async (kid, at) => {
      const known = judged.get(kid)
      if (known && at < known.until) return known
      const found = await load(parts, kid, at)
      judged.delete(kid)
      if (!found) return undefined
      if (judged.size >= judgedKeys.max) judged.clear()
      judged.set(kid, found)
      return found
    },
    register: (chain, at) => register(parts, chain, at),
  }
}

async function load(parts: RegistryParts, kid: string, at: Date): Promise<Judged | undefined> {
  const row = await findKey(parts.db, kid)
  const judgement = row && judge(parts, row.chain, at)
  if (!judgement?.ok) return undefined
  const { certificate, department } = judgement
  if (certificate.fingerprint !== kid || department !== row?.department) return undefined
  const again = new Date(at.getTime() + judgedKeys.ageMs)
  const until = certificate.notAfter < again ? certificate.notAfter : again
  return { department, key: certificate.publicKey, until }
}

type Judgement =
  | { readonly ok: true; readonly certificate: Certificate; readonly department: string }
  | { readonly ok: false; readonly rule: string }

/** Whether a chain leads to a trusted authority, is for signing requests, and whose it is. */
function judge(
  { catalogue, trust }: RegistryParts,
  chain: readonly Uint8Array[],
  at: Date,
): Judgement {
  const [leaf, ...intermediates] = chain
  if (!leaf) return { ok: false, rule: 'chain-empty' }
  const path = validatePath({
    ...{ leaf, intermediates, anchors: trust.anchors, crls: trust.crls, at },
    ...{ profile: 'strict', purpose: purposeOid.requestSigning, requireRevocation: true },
  })
  if (!path.ok) return { ok: false, rule: path.code }
  const [certificate] = path.path
  const department = catalogue.departments.get(certificate?.departmentCode ?? '')
  if (!certificate || !department || department.uscc !== certificate.organisation) {
    return { ok: false, rule: 'department' }
  }
  return { ok: true, certificate, department: department.code }
}

async function register(
  parts: RegistryParts,
  chain: readonly Uint8Array[],
  at: Date,
): Promise<void> {
  const judgement = judge(parts, chain, at)
  if (!judgement.ok) throw new Problem('invalid-certificate', { rule: judgement.rule })
  const { certificate, department } = judgement
  const kid = certificate.fingerprint
  await parts.db.transaction(async (tx) => {
    if (await findKey(tx, kid)) return
    const [entry] = await parts.log.append(tx, [
      { kind: 'key-registered', at: at.toISOString(), department, kid },
    ])
    if (!entry) throw new Error('the log appended nothing')
    await addKey(tx, { kid, department, chain }, entry.leaf)
  })
}
