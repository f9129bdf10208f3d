/**
 * Makes certificates and revocation lists, good and bad ones alike, with @peculiar/x509. It signs
 * what it is told to; which certificates ought to exist is said in `profile.ts`.
 */
import 'reflect-metadata'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { keyKind } from '../sdk/algorithm.ts'
import { isSm2 } from '../sdk/sm2.ts'
import { signedWithSm2 } from './sm2.ts'

/** Attribute type and value, from the root of the directory: `[['C', 'CN'], ['O', '…']]`. */
export type NameParts = readonly (readonly [type: string, value: string])[]

export interface Signer {
  readonly name: NameParts
  readonly key: KeyObject
}

export interface CertificateOrder {
  readonly subject: NameParts
  readonly publicKey: KeyObject
  readonly issuer: Signer
  readonly from: Date
  readonly until: Date
  /** Hexadecimal; 16 random bytes when left out. */
  readonly serial?: string
  readonly extensions: readonly x509.Extension[]
}

export async function makeCertificate(order: CertificateOrder): Promise<Uint8Array> {
  const signing = signingOf(order.issuer.key)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: encodedName(order.subject),
    issuer: encodedName(order.issuer.name),
    publicKey: Uint8Array.from(order.publicKey.export({ format: 'der', type: 'spki' })),
    serialNumber: order.serial ?? randomSerial(),
    notBefore: order.from,
    notAfter: order.until,
    extensions: [...order.extensions],
    signingKey: signing.key,
    signingAlgorithm: signing.algorithm,
  })
  return signing.finish(new Uint8Array(certificate.rawData))
}

export interface CrlOrder {
  readonly issuer: Signer
  readonly from: Date
  readonly until: Date
  readonly revoked: readonly RevokedEntry[]
  readonly extensions: readonly x509.Extension[]
}

export interface RevokedEntry {
  readonly serial: string
  readonly from: Date
  /** When the key was already suspected before it was revoked (RFC 5280 §5.3.2). */
  readonly invalidFrom?: Date
}

export async function makeCrl(order: CrlOrder): Promise<Uint8Array> {
  const signing = signingOf(order.issuer.key)
  const crl = await x509.X509CrlGenerator.create({
    issuer: encodedName(order.issuer.name),
    thisUpdate: order.from,
    nextUpdate: order.until,
    entries: order.revoked.map(({ serial, from, invalidFrom }) => ({
      serialNumber: serial,
      revocationDate: from,
      reason: x509.X509CrlReason.keyCompromise,
      ...(invalidFrom && { invalidity: invalidFrom }),
    })),
    extensions: [...order.extensions],
    signingKey: signing.key,
    signingAlgorithm: signing.algorithm,
  })
  return signing.finish(new Uint8Array(crl.rawData))
}

const names = new Map<string, Uint8Array>()

/** The DER of a name as both subjects and name constraints carry it; the same few come again and again. */
export function nameDer(parts: NameParts): Uint8Array {
  const key = JSON.stringify(parts)
  const der = names.get(key) ?? new Uint8Array(encodedName(parts).toArrayBuffer())
  names.set(key, der)
  return der
}

function encodedName(parts: NameParts): x509.Name {
  return new x509.Name(parts.map(([type, value]) => ({ [type]: [value] })))
}

/** Positive and of full length whatever the dice say. */
function randomSerial(): string {
  const [first = 0, ...rest] = randomBytes(16)
  return Buffer.from([(first & 0x3f) | 0x40, ...rest]).toString('hex')
}

const signingAlgorithms: Readonly<Record<string, SigningAlgorithm>> = {
  'ec prime256v1': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'ec secp384r1': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  ed25519: { name: 'Ed25519', hash: '' },
  'rsa 2048': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  'rsa 1024': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
}

interface SigningAlgorithm {
  readonly name: string
  readonly namedCurve?: string
  readonly hash: string
}

interface Signing {
  readonly key: webcrypto.CryptoKey
  readonly algorithm: SigningAlgorithm
  readonly finish: (made: Uint8Array) => Uint8Array
}

function signingOf(key: KeyObject): Signing {
  if (isSm2(key)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return { ...signingOf(privateKey), finish: (made) => signedWithSm2(made, key) }
  }
  const algorithm = signingAlgorithms[keyKind(key)]
  if (!algorithm) throw new RangeError(`no signing algorithm for ${keyKind(key)}`)
  return { key: key.toCryptoKey(algorithm, true, ['sign']), algorithm, finish: (made) => made }
}
