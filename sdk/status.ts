/**
 * The status of licences as a signed, cacheable list (IETF Token Status List): two bits a licence,
 * compressed, valid for a short time. A list says nothing about whom a position belongs to.
 */
import { deflateSync, inflateSync } from 'node:zlib'
import { fromBase64url, toBase64url } from './base64url.ts'
import { validatePath } from './certificate-path.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { readJws, signJws, verifyJws } from './jws.ts'
import { fromUtf8 } from './primitives.ts'
import { problemFrom } from './problem.ts'
import { purposeOid } from './purpose-oid.ts'
import type { Trust } from './trust.ts'
import type { KeyObject } from 'node:crypto'

export const statusBits = 2
export const statusListLength = 131_072
/** How long a list may be believed after it was signed, seconds. */
export const statusListTtl = 900
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
  const x5c = signer.chain.map((der) => Buffer.from(der).toString('base64'))
  return signJws({
    header: { typ: 'statuslist+jwt', x5c },
    payload: JSON.stringify({
      ...{ sub: list.uri, iat, exp: iat + statusListTtl, ttl: statusListTtl },
      status_list: { bits: statusBits, lst: list.lst },
    }),
    key: signer.key,
  })
}

/**
 * Reads and verifies a list at a time: signed by a status signer of a trusted authority, for this
 * address, neither expired nor from the future.
 */
export function openStatusList(
  token: string,
  { trust, uri, at }: { readonly trust: Trust; readonly uri: string; readonly at: Date },
): { ok: true; list: StatusList } | { ok: false; code: string } {
  try {
    const chain = readChain(readJws(token).header)
    const [leaf, ...intermediates] = chain
    if (!leaf) return { ok: false, code: 'status-list-malformed' }
    const path = validatePath({
      ...{ leaf, intermediates, anchors: trust.anchors, crls: trust.crls, at },
      ...{ profile: 'strict', purpose: purposeOid.statusSigning, requireRevocation: true },
    })
    if (!path.ok) return { ok: false, code: path.code }
    const [signer] = path.path
    if (!signer) return { ok: false, code: 'status-list-malformed' }
    const jws = verifyJws(token, signer.publicKey, {
      typ: 'statuslist+jwt',
      headerAllowed: ['alg', 'typ', 'x5c'],
    })
    if (!jws.ok) return { ok: false, code: jws.code }
    return readList(parseJsonObject(fromUtf8(jws.payload)), { uri, at })
  } catch (thrown) {
    return { ok: false, code: problemFrom(thrown).code }
  }
}

function readList(
  payload: JsonObject,
  { uri, at }: { readonly uri: string; readonly at: Date },
): { ok: true; list: StatusList } | { ok: false; code: string } {
  const { sub, iat, exp, status_list: body } = payload
  if (typeof iat !== 'number' || typeof exp !== 'number' || !isJsonObject(body)) {
    return { ok: false, code: 'status-list-malformed' }
  }
  if (sub !== uri) return { ok: false, code: 'status-list-of-other-address' }
  if (at.getTime() >= exp * 1000) return { ok: false, code: 'status-list-expired' }
  if (at.getTime() < (iat - clockSkew) * 1000) return { ok: false, code: 'status-list-from-future' }
  if (body['bits'] !== statusBits || typeof body['lst'] !== 'string') {
    return { ok: false, code: 'status-list-malformed' }
  }
  const bytes = inflateSync(fromBase64url(body['lst']), { maxOutputLength: listBytes })
  if (bytes.length !== listBytes) return { ok: false, code: 'status-list-malformed' }
  return {
    ok: true,
    list: {
      ...{ uri, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) },
      statusAt: (position) => statusIn(bytes, position),
    },
  }
}

/** Clocks of two honest machines may differ by this much, seconds. */
const clockSkew = 60

function statusIn(bytes: Uint8Array, position: number): LicenceStatus | undefined {
  if (!Number.isSafeInteger(position) || position < 0) return undefined
  const byte = bytes[Math.floor(position / positionsPerByte)]
  if (byte === undefined) return undefined
  const value = (byte >> ((position % positionsPerByte) * statusBits)) & (2 ** statusBits - 1)
  return (Object.keys(statusValues) as LicenceStatus[]).find((name) => statusValues[name] === value)
}

function readChain(header: JsonObject): Uint8Array[] {
  const { x5c } = header
  if (!Array.isArray(x5c)) return []
  return (x5c as readonly unknown[]).map((der) => Buffer.from(String(der), 'base64'))
}
