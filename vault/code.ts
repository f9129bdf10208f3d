/**
 * Codes that stand for a licence without naming it. The static one on a face (静态码) tells anybody the
 * state; the dynamic one (亮证码) a holder shows is good for minutes and for one scan, by a department
 * that says who it is. Both sides of a showing are in the log.
 */
import { randomBytes } from 'node:crypto'
import type { Catalogue, Label } from '../catalogs/catalog.ts'
import type { Db, Tx } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { fromBase64url, toBase64url } from '../sdk/base64url.ts'
import type { JsonObject } from '../sdk/json.ts'
import { sha256 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { addScan, addShowCode, findFaceCode, findShowCode, isScanOf } from './face/store.ts'
import { checkInForce, findById } from './find.ts'
import type { Reading, StoredLicence } from './find.ts'
import type { Claiming } from './issue/request.ts'

export interface Coding extends Omit<Reading, 'db' | 'log'>, Claiming {
  readonly db: Db
  readonly log: Log
  readonly catalogue: Catalogue
  readonly clock: () => Date
}

/** Nothing personal, and not the identifier either. */
export interface StatusOfCode extends Pick<StoredLicence, 'type' | 'issuer' | 'state'> {
  readonly typeName: Label
  readonly issuerName: Label
}

export const showMinutes = { minimum: 1, maximum: 5 } as const

/** 16 bytes in their one spelling. */
const codeForm = /^[\w-]{21}[AQgw]$/

/** @throws Problem not-found, whatever is wrong with the code */
export async function licenceOfCode({ db }: Pick<Coding, 'db'>, code: string): Promise<string> {
  const licenceId = codeForm.test(code) ? await findFaceCode(db, fromBase64url(code)) : undefined
  if (licenceId === undefined) throw new Problem('not-found')
  return licenceId
}

/** @throws Problem not-found, whatever is wrong with the code */
export async function statusOfCode(vault: Coding, code: string): Promise<StatusOfCode> {
  const found = await findById(vault, await licenceOfCode(vault, code), vault.clock())
  if (!found) throw new Problem('not-found')
  const { type, issuer, state } = found
  const { licenceTypes, departments } = vault.catalogue
  const typeName = licenceTypes.get(type)?.name ?? { zh: type, en: type }
  const issuerName = departments.get(issuer)?.name ?? { zh: issuer, en: issuer }
  return { type, typeName, issuer, issuerName, state }
}

export interface ShowRequest {
  readonly licenceId: string
  /** Through whom the holder shows it. */
  readonly department: string
  readonly officer: string
  readonly minutes: number
  /** Of every attempt at this very showing the same, which is told the same code again. */
  readonly key?: string
}

export interface Shown {
  readonly code: string
  readonly expiresAt: Date
}

/** What must become true together with what is told; answers what the log entry says of it. */
export type CodeAlongside<T> = (tx: Tx, told: T) => Promise<JsonObject>

/** @throws Problem invalid-request, unknown-licence, not-the-issuer, wrong-state, request-id-reused */
export async function show(
  vault: Coding,
  asked: ShowRequest,
  alongside?: CodeAlongside<Shown>,
): Promise<Shown> {
  const { licenceId, department, officer, minutes } = asked
  if (!(minutes >= showMinutes.minimum && minutes <= showMinutes.maximum)) {
    throw new Problem('invalid-request', { place: 'minutes', expected: '1 to 5' })
  }
  const shownAt = vault.clock()
  const found = await findById(vault, licenceId, shownAt)
  if (!found) throw new Problem('unknown-licence')
  if (found.issuer !== department) throw new Problem('not-the-issuer', { issuer: found.issuer })
  checkInForce(found, shownAt)
  const secret = await secretFor(vault, asked)
  const digest = sha256(secret)
  const end = new Date(shownAt.getTime() + Math.round(minutes * 60_000))
  return vault.db.transaction(async (tx) => {
    await addShowCode(tx, { digest, licenceId, shownAt, expiresAt: end })
    const { expiresAt = end } = (await findShowCode(tx, digest)) ?? {}
    const shown = { code: toBase64url(secret), expiresAt }
    const about = await alongside?.(tx, shown)
    const entry = { kind: 'licence-shown' as const, at: shownAt.toISOString(), licenceId }
    const type = found.type
    await vault.log.append(tx, [
      { ...about, ...entry, type, department, officer, show: toBase64url(digest) },
    ])
    return shown
  }, 'read committed')
}

/** A new one, or what this very request was given before. */
async function secretFor(vault: Coding, asked: ShowRequest): Promise<Uint8Array> {
  const { key, department, officer, licenceId, minutes } = asked
  if (key === undefined) return randomBytes(16)
  const what = { show: licenceId, officer, minutes }
  await vault.claim({ department, key, what }, licenceId)
  return vault.blind.secret('show-code', department, key)
}

export interface ScanRequest {
  readonly code: string
  readonly department: string
  readonly officer: string
  /** The same for every attempt at this very scan: whoever lost the answer is told again. */
  readonly key: string
}

export type Scanned = Pick<StoredLicence, 'licenceId' | 'type' | 'issuer' | 'state'>

/** @throws Problem show-code-refused when it is unknown, over, or was scanned before: not which of them */
export async function scan(
  vault: Coding,
  { code, ...who }: ScanRequest,
  alongside?: CodeAlongside<Scanned>,
): Promise<Scanned> {
  if (!codeForm.test(code)) throw new Problem('show-code-refused')
  const digest = sha256(fromBase64url(code))
  return vault.db.transaction(async (tx) => {
    const at = vault.clock()
    const shown = await findShowCode(tx, digest)
    if (!shown || at >= shown.expiresAt) throw new Problem('show-code-refused')
    const isFirst = await addScan(tx, { ...who, digest, at })
    if (!isFirst && !(await isScanOf(tx, { ...who, digest }))) {
      throw new Problem('show-code-refused')
    }
    const found = await findById({ ...vault, db: tx }, shown.licenceId, at)
    if (!found) throw new Problem('unknown-licence')
    const { licenceId, type, issuer, state } = found
    const scanned = { licenceId, type, issuer, state }
    const about = await alongside?.(tx, scanned)
    const entry = { kind: 'licence-scanned' as const, at: at.toISOString(), licenceId, type }
    const { department, officer } = who
    await vault.log.append(tx, [
      { ...about, ...entry, state, department, officer, show: toBase64url(digest) },
    ])
    return scanned
  }, 'read committed')
}
