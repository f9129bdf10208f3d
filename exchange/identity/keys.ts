/**
 * The registry of request keys. A department may have several at a time. A key comes in by its certificate, which must lead to a trusted
 * authority and name the department; its registration is a log entry in the same transaction. The
 * certificates are judged again whenever a key is loaded: the database is not believed about keys.
 */
import type { KeyObject } from 'node:crypto'
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Db } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { validatePath } from '../../sdk/certificate/path.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import type { Certificate } from '../../sdk/certificate.ts'
import { Problem } from '../../sdk/problem.ts'
import { purposeOid } from '../../sdk/certificate/purpose-oid.ts'
import type { Trust } from '../../sdk/trust.ts'
import { addKey, addRetirement, findKey, listKeys } from './key-store.ts'
import type { FoundKey, ListedKey } from './key-store.ts'

export interface RegisteredKey {
  readonly department: string
  readonly key: KeyObject
}

export interface KeyRegistry {
  /** The key if it is registered and valid at the time; undefined tells nothing about why not. */
  readonly find: (kid: string, at: Date) => Promise<RegisteredKey | undefined>
  /**
   * Answers the id of the key; does nothing when it is registered already, retired or not.
   * @param of the department it must be of
   * @throws Problem invalid-certificate
   */
  readonly register: (chain: readonly Uint8Array[], at: Date, of?: string) => Promise<string>
  /** Takes a key out of use for ever, on every instance within five seconds. @throws Problem unknown-key */
  readonly retire: (kid: string, at: Date) => Promise<void>
  /** Registered keys by department, of one or of all. */
  readonly list: (department: string | undefined, at: Date) => Promise<ListedRequestKey[]>
}

export interface ListedRequestKey {
  readonly kid: string
  readonly department: string
  readonly from: Date
  readonly until: Date
  readonly state: 'valid' | 'invalid' | 'retired'
}

interface RegistryParts {
  readonly db: Db
  readonly log: Log
  readonly catalogue: Catalogue
  readonly trust: () => Trust
}

/** Keys kept in memory, and for how long before their certificates are judged again. */
const judgedKeys = { max: 1_000, ageMs: 300_000 } as const
/** A key is looked up again after this time, so that nobody accepts it longer than 5 s after its end. */
const lookedUpMs = 4_000
const listedMax = 10_000

interface Judged extends RegisteredKey {
  readonly until: Date
  readonly lookUpAt: Date
}

export function createKeyRegistry(parts: RegistryParts): KeyRegistry {
  const judged = new Map<string, Judged>()
  return {
    find: async (kid, at) => {
      const known = judged.get(kid)
      if (known && at < known.lookUpAt) return known
      const found = await load(parts, { kid, at, known })
      judged.delete(kid)
      if (!found) return undefined
      if (judged.size >= judgedKeys.max) judged.clear()
      judged.set(kid, found)
      return found
    },
    register: (chain, at, of) => register(parts, { chain, at, of }),
    retire: async (kid, at) => {
      await retire(parts, kid, at)
      judged.delete(kid)
    },
    list: async (department, at) => {
      const rows = await listKeys(parts.db, department ?? null, listedMax)
      return rows.map((row) => listed(parts, row, at))
    },
  }
}

function listed(parts: RegistryParts, row: ListedKey, at: Date): ListedRequestKey {
  const { kid, department, chain, isRetired } = row
  const [leaf] = chain
  if (!leaf) throw new Error('the table holds no empty chain')
  const { notBefore: from, notAfter: until } = parseCertificate(leaf)
  const state = judge(parts, chain, at).ok ? 'valid' : 'invalid'
  return { kid, department, from, until, state: isRetired ? 'retired' : state }
}

interface Asked {
  readonly kid: string
  readonly at: Date
  /** What was found the last time. */
  readonly known: Judged | undefined
}

async function load(parts: RegistryParts, asked: Asked): Promise<Judged | undefined> {
  const { kid, at, known } = asked
  const row = await findKey(parts.db, kid)
  if (!row || row.isRetired || (await lacksRetirements(parts, row))) return undefined
  const lookUpAt = new Date(at.getTime() + lookedUpMs)
  if (known && at < known.until) return { ...known, lookUpAt: earlier(lookUpAt, known.until) }
  const judgement = judge(parts, row.chain, at)
  if (!judgement.ok) return undefined
  const { certificate, department } = judgement
  if (certificate.fingerprint !== kid || department !== row.department) return undefined
  const until = earlier(certificate.notAfter, new Date(at.getTime() + judgedKeys.ageMs))
  const key = certificate.publicKey
  return { department, key, until, lookUpAt: earlier(lookUpAt, until) }
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}

/** A retirement deleted from the database is still in the log: no key of the department counts then. */
async function lacksRetirements({ log }: RegistryParts, row: FoundKey): Promise<boolean> {
  return (await log.count('key-retired', row.department)) > row.retirements
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
  const { anchors, crls } = trust()
  if (!leaf) return { ok: false, rule: 'chain-empty' }
  const path = validatePath({
    ...{ leaf, intermediates, anchors, crls, at },
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

interface Registration {
  readonly chain: readonly Uint8Array[]
  readonly at: Date
  readonly of: string | undefined
}

async function register(parts: RegistryParts, { chain, at, of }: Registration): Promise<string> {
  const judgement = judge(parts, chain, at)
  if (!judgement.ok) throw new Problem('invalid-certificate', { rule: judgement.rule })
  const { certificate, department } = judgement
  if (of !== undefined && of !== department) {
    throw new Problem('invalid-certificate', { rule: 'other-department', department })
  }
  const kid = certificate.fingerprint
  await parts.db.transaction(async (tx) => {
    if (await findKey(tx, kid)) return
    const [entry] = await parts.log.append(tx, [
      { kind: 'key-registered', at: at.toISOString(), department, kid },
    ])
    if (!entry) throw new Error('the log appended nothing')
    await addKey(tx, { kid, department, chain }, entry.leaf)
  })
  return kid
}

async function retire({ db, log }: RegistryParts, kid: string, at: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await findKey(tx, kid)
    if (!row) throw new Problem('unknown-key', { kid })
    if (row.isRetired) return
    const { department } = row
    const [entry] = await log.append(tx, [
      { kind: 'key-retired', at: at.toISOString(), department, kid },
    ])
    if (!entry) throw new Error('the log appended nothing')
    await addRetirement(tx, kid, entry.leaf)
  })
}
