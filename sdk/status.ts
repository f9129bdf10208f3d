/**
 * The status of licences as a signed, cacheable list (IETF Token Status List): two bits a licence,
 * compressed, valid for a short time. A list says nothing about whom a position belongs to.
 */
import { deflateSync, inflateSync } from 'node:zlib'
import { fromBase64url, toBase64url } from './base64url.ts'
import { readChain, writeChain } from './certificate-chain.ts'
import { validatePath } from './certificate-path.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { readJws, signJws, verifyJws } from './jws.ts'
import { fromUtf8 } from './primitives.ts'
import { Problem } from './problem.ts'
import { purposeOid } from './purpose-oid.ts'
import type { Trust } from './trust.ts'
import type { KeyObject } from 'node:crypto'

export const statusBits = 2
export const statusListLength = 131_072
/** How long a list may be believed after it was signed, seconds. */
export const statusListTtl = 900
/** Clocks of two honest machines may differ by this much. */
export const clockSkewSeconds = 60
const listBytes = (statusListLength * statusBits) / 8
const positionsPerByte = 8 / statusBits

/** The values of the standard's registry that we use. */
export const statusValues = { valid: 0, invalid: 1, suspended: 2 } as const
export type LicenceStatus = keyof typeof statusValues

export interface StatusList {
  readonly uri: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  /** The status at a position; `undefined` for a position or value the list does not have. */
  readonly statusAt: (position: number) => LicenceStatus | undefined
}

/** @param marked the positions whose status is not `valid`. */
export function encodeStatusList(marked: ReadonlyMap<number, LicenceStatus>): string {
  const bytes = new Uint8Array(listBytes)
  for (const [position, status] of marked) {
    // Bytes swallow what is written beside them, and a revoked licence would be listed as valid.
    if (!isPosition(position)) throw new RangeError('no such position in a status list')
    const at = Math.floor(position / positionsPerByte)
    const shift = (position % positionsPerByte) * statusBits
    bytes[at] = (bytes[at] ?? 0) | (statusValues[status] << shift)
  }
  return toBase64url(deflateSync(bytes))
}

export function signStatusList(
  list: { readonly uri: string; readonly lst: string; readonly at: Date },
  signer: { readonly key: KeyObject; readonly chain: readonly Uint8Array[] },
): string {
  const iat = Math.floor(list.at.getTime() / 1000)
  return signJws({
    header: { typ: 'statuslist+jwt', x5c: writeChain(signer.chain) },
    payload: JSON.stringify({
      ...{ sub: list.uri, iat, exp: iat + statusListTtl, ttl: statusListTtl },
      status_list: { bits: statusBits, lst: list.lst },
    }),
    key: signer.key,
  })
}

export type StatusListVerdict =
  { readonly ok: true; readonly list: StatusList } | { readonly ok: false; readonly code: string }

interface StatusQuestion {
  readonly trust: Trust
  readonly uri: string
  readonly at: Date
}

/**
 * Reads and verifies a list at a time: signed by a status signer of a trusted authority, for this
 * address, neither expired nor from the future.
 */
export function openStatusList(token: string, question: StatusQuestion): StatusListVerdict {
  try {
    const chain = readChain(readJws(token).header['x5c'])
    const { anchors, crls } = question.trust
    const path = validatePath({
      ...{ ...chain, anchors, crls, at: question.at },
      ...{ profile: 'strict', purpose: purposeOid.statusSigning, requireRevocation: true },
    })
    if (!path.ok) return refused(path.code)
    const [signer] = path.path
    // The authority of a department could write any purpose into a certificate, but only in the name
    // of that department, whose word on the licences of others this is not.
    if (signer?.departmentCode !== undefined) return refused('status-signer-of-department')
    if (!signer) return refused('status-list-malformed')
    const jws = verifyJws(token, signer.publicKey, {
      typ: 'statuslist+jwt',
      headerAllowed: ['alg', 'typ', 'x5c'],
    })
    if (!jws.ok) return refused(jws.code)
    return readList(parseJsonObject(fromUtf8(jws.payload)), question)
  } catch (thrown) {
    if (thrown instanceof Problem) return refused(thrown.code)
    throw thrown
  }
}

function refused(code: string): StatusListVerdict {
  return { ok: false, code }
}

function readList(payload: JsonObject, { uri, at }: StatusQuestion): StatusListVerdict {
  const { sub, iat, exp, status_list: body } = payload
  if (typeof iat !== 'number' || typeof exp !== 'number') return refused('status-list-malformed')
  if (sub !== uri) return refused('status-list-of-other-address')
  if (at.getTime() >= exp * 1000) return refused('status-list-expired')
  if (at.getTime() < (iat - clockSkewSeconds) * 1000) return refused('status-list-from-future')
  const bytes = readBits(body)
  if (bytes?.length !== listBytes) return refused('status-list-malformed')
  return {
    ok: true,
    list: {
      ...{ uri, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) },
      statusAt: (position) => statusIn(bytes, position),
    },
  }
}

function readBits(body: Json | undefined): Uint8Array | undefined {
  if (!isJsonObject(body) || body['bits'] !== statusBits) return undefined
  if (typeof body['lst'] !== 'string') return undefined
  const compressed = fromBase64url(body['lst'])
  try {
    return inflateSync(compressed, { maxOutputLength: listBytes })
  } catch {
    return undefined // What is no zlib stream, or unpacks to more than a list, is no list.
  }
}

function statusIn(bytes: Uint8Array, position: number): LicenceStatus | undefined {
  if (!isPosition(position)) return undefined
  const byte = bytes[Math.floor(position / positionsPerByte)] ?? 0
  const value = (byte >> ((position % positionsPerByte) * statusBits)) & (2 ** statusBits - 1)
  return (Object.keys(statusValues) as LicenceStatus[]).find((name) => statusValues[name] === value)
}

function isPosition(position: number): boolean {
  return Number.isInteger(position) && position >= 0 && position < statusListLength
}
