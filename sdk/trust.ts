/**
 * What a relying party trusts, as one file: `trust.json`. Whoever reads it decides to believe it; the
 * file is handed over by the operator and carries no signature of its own.
 *
 *     { "version": 1,
 *       "exchange": "<exchange id>",
 *       "anchors": ["<base64 DER of a root certificate>"],
 *       "crls": ["<base64 DER of a CRL>"],
 *       "issuers": [{ "department": "<code>", "uscc": "<18 characters>",
 *                     "name": { "zh": "…", "en": "…" },
 *                     "types": [{ "code": "<21 characters>", "from": "<ISO time>", "until": "…"? }] }],
 *       "log": { "originPrefix": "<exchange id>/log/",
 *                "keys": [{ "publicKey": "<base64 SPKI, Ed25519 or SM2>", "from": "<ISO time>", "until": "…"? }] },
 *       "receiptKeys": [{ "kid": "<key id>", "publicKey": "<base64 SPKI, EC P-256 or SM2>" }] }
 */
import { algorithmOf } from './algorithm.ts'
import type { AlgorithmName } from './algorithm.ts'
import { fromBase64 } from './base64url.ts'
import { onlyValueOf } from './certificate/name.ts'
import { pathLimits } from './certificate/path.ts'
import { parseCertificate } from './certificate/read.ts'
import type { Certificate } from './certificate/read.ts'
import { readInstant } from './instant.ts'
import { keyOfSpki } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'
import { isPlainCrl, parseCrl } from './revocation/crl.ts'
import type { Crl } from './revocation/crl.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { spkiText } from './log-key.ts'
import type { LogKey } from './log-key.ts'
import { Problem } from './problem.ts'

export const trustLimits = { depth: 6, membersPerObject: 16, stringLength: 2_097_152 }

/** What could not be judged by anybody must not be loaded either. */
const listLimits = {
  /** One a year for a lifetime. */
  'log-keys': 100,
  anchors: pathLimits.anchors,
  crls: pathLimits.crls,
  issuers: 1_000,
  types: 1_000,
  receiptKeys: 1_000,
} as const

/** The organisational unit of every certificate of a development PKI. */
export const developmentUnit = 'DEV – NOT TRUSTED'
const unitOid = '2.5.4.11'

export interface Trust {
  readonly exchange: string
  readonly anchors: readonly Certificate[]
  readonly crls: readonly Crl[]
  /** One entry for each department that may seal licences. */
  readonly issuers: readonly TrustedIssuer[]
  /** In the order in which they took over; each begins before the one before it ends. */
  readonly logKeys: readonly LogKey[]
  /** Origins of the log's shards begin with this. */
  readonly logOriginPrefix: string
  readonly receiptKeys: ReadonlyMap<string, Key>
}

export interface TrustedIssuer {
  readonly department: string
  readonly uscc: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly types: readonly TrustedType[]
}

/** A type of licence this issuer may issue from a moment on, until (and not at) another one. */
export interface TrustedType {
  /** 证照类型代码, 21 characters. */
  readonly code: string
  readonly from: Date
  readonly until?: Date
}

/** @throws Problem invalid-trust */
export function readTrust(json: string): Trust {
  try {
    return trustOf(parseJsonObject(json, trustLimits))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-trust') throw cause
    throw new Problem('invalid-trust', { rule: cause.code, ...cause.detail }, { cause })
  }
}

/** Whether any anchor is of a development PKI, which production must refuse to start with. */
export function isDevelopmentTrust(trust: Pick<Trust, 'anchors'>): boolean {
  return trust.anchors.some(({ subject }) => onlyValueOf(subject, unitOid) === developmentUnit)
}

const members = ['version', 'exchange', 'anchors', 'crls', 'issuers', 'log', 'receiptKeys'] as const

function trustOf(file: JsonObject): Trust {
  onlyMembers(file, members)
  if (file['version'] !== 1) refuse('version')
  const log = objectOf(file['log'], 'log')
  onlyMembers(log, ['originPrefix', 'keys'])
  const anchors = listOf(file['anchors'], 'anchors').map((der) => parseCertificate(bytesOf(der)))
  if (anchors.length === 0) refuse('anchors')
  const issuers = listOf(file['issuers'], 'issuers').map(issuerOf)
  refuseRepeated(issuers.map(({ department }) => department))
  return {
    exchange: textOf(file['exchange'], /^[\x21-\x7e]{1,128}$/),
    anchors,
    crls: listOf(file['crls'], 'crls').map(crlOf),
    issuers,
    logKeys: logKeysOf(listOf(log['keys'], 'log-keys')),
    logOriginPrefix: textOf(log['originPrefix'], /^[\x21-\x7e]{1,256}$/),
    receiptKeys: receiptKeysOf(listOf(file['receiptKeys'], 'receiptKeys')),
  }
}

/** What the strict profile would not look at must not be loaded either. */
function crlOf(der: Json): Crl {
  const crl = parseCrl(bytesOf(der))
  return isPlainCrl(crl) ? crl : refuse('crls')
}

function issuerOf(value: Json): TrustedIssuer {
  const issuer = objectOf(value, 'issuers')
  onlyMembers(issuer, ['department', 'uscc', 'name', 'types'])
  const name = objectOf(issuer['name'], 'name')
  onlyMembers(name, ['zh', 'en'])
  return {
    department: textOf(issuer['department'], /^[a-z][a-zA-Z0-9]{0,63}$/),
    uscc: textOf(issuer['uscc'], /^[0-9A-Z]{18}$/),
    name: { zh: textOf(name['zh'], shortText), en: textOf(name['en'], shortText) },
    types: listOf(issuer['types'], 'types').map(typeOf),
  }
}

const shortText = /^\P{Cc}{1,256}$/u

function typeOf(value: Json): TrustedType {
  const type = objectOf(value, 'types')
  onlyMembers(type, ['code', 'from', 'until'])
  const code = textOf(type['code'], /^[0-9A-Z]{21}$/)
  const from = timeOf(type['from'])
  return type['until'] === undefined ? { code, from } : { code, from, until: timeOf(type['until']) }
}

function logKeysOf(list: readonly Json[]): readonly LogKey[] {
  const keys = list.map((value): LogKey => {
    const entry = objectOf(value, 'log-keys')
    onlyMembers(entry, ['publicKey', 'from', 'until'])
    const [key, from] = [keyOf(entry['publicKey'], 'EdDSA', 'SGD_SM3_SM2'), timeOf(entry['from'])]
    return entry['until'] === undefined
      ? { key, from }
      : { key, from, until: timeOf(entry['until']) }
  })
  if (keys.at(-1)?.from === undefined || keys.at(-1)?.until !== undefined) refuse('log-keys')
  if (!keys.slice(1).every((key, i) => follows(key, keys[i]))) refuse('log-keys')
  refuseRepeated(keys.map(({ key }) => spkiText(key)))
  return keys
}

/** No moment is without a key, and no key takes over without the one before it. */
function follows(key: LogKey, before: LogKey | undefined): boolean {
  return before?.until !== undefined && before.from < key.from && key.from < before.until
}

function receiptKeysOf(list: readonly Json[]): ReadonlyMap<string, Key> {
  const keys = list.map((value): [string, Key] => {
    const entry = objectOf(value, 'receiptKeys')
    onlyMembers(entry, ['kid', 'publicKey'])
    return [
      textOf(entry['kid'], /^[\w.~-]{1,128}$/),
      keyOf(entry['publicKey'], 'ES256', 'SGD_SM3_SM2'),
    ]
  })
  refuseRepeated(keys.map(([kid]) => kid))
  return new Map(keys)
}

function keyOf(value: Json | undefined, ...allowed: readonly AlgorithmName[]): Key {
  let key: Key
  try {
    key = keyOfSpki(bytesOf(value))
  } catch (cause) {
    throw new Problem('invalid-trust', { rule: 'public-key' }, { cause })
  }
  if (!allowed.includes(algorithmOf(key))) refuse('public-key')
  return key
}

function bytesOf(value: Json | undefined): Uint8Array {
  const text = textOf(value, /^[A-Za-z0-9+/]+={0,2}$/)
  return fromBase64(text) ?? refuse('base64')
}

function timeOf(value: Json | undefined): Date {
  return (typeof value === 'string' ? readInstant(value) : undefined) ?? refuse('time')
}

function textOf(value: Json | undefined, form: RegExp): string {
  if (typeof value !== 'string' || !form.test(value)) refuse('text')
  return value
}

function listOf(value: Json | undefined, name: keyof typeof listLimits): readonly Json[] {
  if (!Array.isArray(value) || value.length > listLimits[name]) refuse(name)
  return value as readonly Json[] // Array.isArray does not narrow to a read-only array.
}

function objectOf(value: Json | undefined, rule: string): JsonObject {
  if (!isJsonObject(value)) refuse(rule)
  return value
}

function onlyMembers(object: JsonObject, allowed: readonly string[]): void {
  const unknown = Object.keys(object).find((name) => !allowed.includes(name))
  if (unknown !== undefined) throw new Problem('invalid-trust', { rule: 'unknown-member' })
}

function refuseRepeated(names: readonly string[]): void {
  if (new Set(names).size !== names.length) refuse('repeated')
}

function refuse(rule: string): never {
  throw new Problem('invalid-trust', { rule })
}
