/**
 * From one log key to the next, in three steps that each stand by themselves:
 *
 *     make      the private half, in its file; nobody trusts it yet
 *     announce  an entry in the log, signed by both keys, under a head of the old one
 *     publish   both keys with their times in trust.json, and nothing after that
 *
 * The times do the rest: from `activateAt` on heads bear both signatures, from `retireAt` on that of
 * the new key alone. Interrupted at any place, the old key is the only one in force, and the same
 * command goes on where it stopped.
 */
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { isJsonObject, parseJsonObject } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { signLogKeyChange, spkiText } from '../../sdk/log-key.ts'
import type { LogKey } from '../../sdk/log-key.ts'
import { Problem } from '../../sdk/problem.ts'
import { statusListTtl } from '../../sdk/status/signer.ts'
import { readTrust, trustLimits } from '../../sdk/trust.ts'
import { isHalfOf, keyFiles, readPrivateLogKeys, readTrustFile } from '../keys/key-folder.ts'
import { writeKeyFile } from './key-file.ts'

/** Both keys are known for so long before the second is used, and both sign for so long at least. */
const noticeMs = 1_000 * statusListTtl
/** For those who get their trust file by hand. */
const overlapMs = 86_400_000

export interface LogKeyTimes {
  readonly activateAt?: Date
  readonly retireAt?: Date
}

export interface LogKeyRotation extends LogKeyTimes {
  readonly folder: string
  readonly log: Log
  readonly db: Db
  readonly at: Date
}

/** The two last keys, as trust.json has them now; does nothing while an earlier rotation goes on. */
export async function rotateLogKey(rotation: LogKeyRotation): Promise<readonly LogKey[]> {
  const { folder, at } = rotation
  const { logKeys } = await readTrustFile(folder)
  if (isUnderWay(logKeys, at)) return logKeys.slice(-2)
  const change = { ...readTimes(rotation), ...(await holdKeys(folder, logKeys)) }
  await announce(rotation, change)
  await publish(folder, change)
  return (await readTrustFile(folder)).logKeys.slice(-2)
}

function isUnderWay(keys: readonly LogKey[], at: Date): boolean {
  const last = keys.at(-1)
  const before = keys.at(-2)
  return (last && at < last.from) === true || (before?.until && at < before.until) === true
}

/** @throws Problem invalid-config */
function readTimes({ at, activateAt, retireAt }: LogKeyRotation): { from: Date; until: Date } {
  const from = activateAt ?? later(at, noticeMs)
  const until = retireAt ?? later(from, overlapMs)
  if (from < later(at, noticeMs)) refuse('activate-at', `${statusListTtl} s from now or later`)
  if (until < later(from, noticeMs)) refuse('retire-at', `${statusListTtl} s after activate-at`)
  return { from, until }
}

interface KeyPair {
  readonly oldKey: KeyObject
  readonly newKey: KeyObject
}

/** A key that lies there and that nobody trusts was made by a run that did not come further. */
async function holdKeys(folder: string, trusted: readonly LogKey[]): Promise<KeyPair> {
  const held = await readPrivateLogKeys(folder)
  const isOf = (key: KeyObject) => (one: LogKey | undefined) =>
    one !== undefined && isHalfOf(one.key, key)
  const oldKey = held.find((key) => isOf(key)(trusted.at(-1)))
  if (!oldKey) throw new Problem('invalid-key-store', { rule: 'log-key-of-trust-missing' })
  const made = held.find((key) => !trusted.some(isOf(key)))
  return { oldKey, newKey: made ?? (await makeKey(folder)) }
}

async function makeKey(folder: string): Promise<KeyObject> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const id = createHash('sha256').update(spkiText(publicKey)).digest('hex').slice(0, 12)
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
  await writeKeyFile(join(folder, `log-${id}.key.pem`), pem)
  return privateKey
}

interface Change extends KeyPair {
  readonly from: Date
  readonly until: Date
}

/** One that a run made and did not publish stays without effect: its times are in no trust file. */
async function announce({ log, db, at }: LogKeyRotation, change: Change): Promise<void> {
  const entry = { kind: 'log-key-changed' as const, at: at.toISOString() }
  await log.append(db, [{ ...entry, ...signLogKeyChange(change) }])
  await log.sequence()
}

async function publish(folder: string, { newKey, from, until }: Change): Promise<void> {
  const path = join(folder, keyFiles.trust)
  const trust = parseJsonObject(await readFile(path, 'utf8'), trustLimits)
  const { log } = trust
  const keys = isJsonObject(log) && Array.isArray(log['keys']) ? (log['keys'] as JsonObject[]) : [] // As readTrust found it.
  const next = { publicKey: spkiText(createPublicKey(newKey)), from: from.toISOString() }
  const last = { ...keys.at(-1), until: until.toISOString() }
  const all = [...keys.slice(0, -1), last, next]
  const json = JSON.stringify({ ...trust, log: { ...(log as JsonObject), keys: all } }, null, 2)
  readTrust(json)
  await writeKeyFile(path, `${json}\n`, 'public')
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}

function refuse(setting: string, expected: string): never {
  throw new Problem('invalid-config', { setting, expected })
}
