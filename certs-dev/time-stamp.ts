/**
 * The development time-stamping authority: writes RFC 3161 tokens for whatever time it is told, and,
 * where a test replaces a part, tokens that are wrong in exactly that part.
 */
import { sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { keyKind } from '../sdk/algorithm.ts'
import type { Certificate } from '../sdk/certificate.ts'
import { tags } from '../sdk/der.ts'
import { contextTag } from '../sdk/der-value.ts'
import { digestOf } from '../sdk/primitives.ts'
import type { DigestName } from '../sdk/primitives/digest.ts'
import { signSm2 } from '../sdk/sm2.ts'
import { der, integer, octets, oid, sequence } from './der-writer.ts'

/** DER in place of what an honest authority writes, by the name of the part; empty leaves it out. */
type Change = Readonly<Record<string, Uint8Array>>

export interface TimeStampOrder {
  readonly authority: {
    readonly key: KeyObject
    readonly certificate: Certificate
    /** Sent along, itself first. */
    readonly chain: readonly Certificate[]
  }
  readonly data: Uint8Array
  readonly at: Date
  readonly change?: {
    readonly info?: Change
    readonly attributes?: Change
    readonly signer?: Change
    readonly signed?: Change
  }
}

/** A policy of nobody: this authority promises nothing. */
export const developmentPolicy = '2.25.5409817108010860577784383361512690451.3.1'

const oids = {
  data: '1.2.840.113549.1.7.2',
  info: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

const digestOids: Readonly<Record<DigestName, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  sm3: '1.2.156.10197.1.401',
}

interface Scheme {
  readonly digest: DigestName
  readonly algorithm: Uint8Array
  readonly sign: (message: Uint8Array, key: KeyObject) => Uint8Array
}

const nothing = der(tags.null)

const schemes: Readonly<Record<string, Scheme>> = {
  'ec prime256v1': hashing('sha256', sequence(oid('1.2.840.10045.4.3.2'))),
  'ec secp384r1': hashing('sha384', sequence(oid('1.2.840.10045.4.3.3'))),
  'rsa 2048': hashing('sha256', sequence(oid('1.2.840.113549.1.1.1'), nothing)),
  ed25519: {
    digest: 'sha512',
    algorithm: sequence(oid('1.3.101.112')),
    sign: (message, key) => sign(null, message, key),
  },
  'ec SM2': {
    digest: 'sm3',
    algorithm: sequence(oid('1.2.156.10197.1.501')),
    sign: (message, key) => {
      const plain = signSm2(key, message)
      return sequence(unsigned(plain.subarray(0, 32)), unsigned(plain.subarray(32)))
    },
  },
}

function hashing(digest: DigestName, algorithm: Uint8Array): Scheme {
  return { digest, algorithm, sign: (message, key) => sign(digest, message, key) }
}

export function issueTimeStamp(order: TimeStampOrder): Uint8Array {
  const { authority, change = {} } = order
  const kind = keyKind(authority.key)
  const signing = schemes[kind]
  if (!signing) throw new RangeError(`no time-stamps with ${kind}`)
  const { digest } = signing
  const info = sequence(...parts(infoOf(order, digest), change.info))
  const attributes = parts(attributesOf(order, { info, digest }), change.attributes)
  attributes.sort((a, b) => Buffer.compare(a, b))
  const signature = signing.sign(der(tags.set, ...attributes), authority.key)
  const { issuer, serial } = authority.certificate
  const signer = {
    version: integer(1),
    id: sequence(issuer.der, unsigned(Buffer.from(serial, 'hex'))),
    digest: digestAlgorithm(digest),
    attributes: explicit(0, ...attributes),
    algorithm: signing.algorithm,
    signature: octets(signature),
    unsigned: Buffer.alloc(0),
  }
  const signed = {
    version: integer(3),
    digests: der(tags.set, digestAlgorithm(digest)),
    content: sequence(oid(oids.info), explicit(0, octets(info))),
    certificates: explicit(0, ...authority.chain.map((one) => one.der)),
    lists: Buffer.alloc(0),
    signers: der(tags.set, sequence(...parts(signer, change.signer))),
  }
  return sequence(oid(oids.data), explicit(0, sequence(...parts(signed, change.signed))))
}

/** A TimeStampResp (RFC 3161 §2.4.2); 0 is granted. */
export function timeStampResponse(token: Uint8Array, status = 0): Uint8Array {
  return sequence(sequence(integer(status)), token)
}

function infoOf({ authority, data, at }: TimeStampOrder, digest: DigestName): Change {
  return {
    version: integer(1),
    policy: oid(developmentPolicy),
    imprint: imprintOf(data, digest),
    serial: unsigned(digestOf('sha256', data).subarray(0, 8)),
    time: generalizedTime(at),
    accuracy: sequence(integer(1)),
    ordering: Buffer.alloc(0),
    nonce: Buffer.alloc(0),
    name: explicit(0, explicit(4, authority.certificate.subject.der)),
  }
}

function attributesOf(
  { authority }: TimeStampOrder,
  { info, digest }: { readonly info: Uint8Array; readonly digest: DigestName },
): Change {
  return {
    contentType: attribute(oids.contentType, oid(oids.info)),
    messageDigest: attribute(oids.messageDigest, octets(digestOf(digest, info))),
    signingCertificate: signingCertificate(authority.certificate.der),
  }
}

export function imprintOf(data: Uint8Array, digest: DigestName): Uint8Array {
  return sequence(digestAlgorithm(digest), octets(digestOf(digest, data)))
}

/** Names these certificates by their SHA-256, which is the default and therefore not written. */
export function signingCertificate(...ders: readonly Uint8Array[]): Uint8Array {
  const ids = ders.map((one) => sequence(octets(digestOf('sha256', one))))
  return attribute(oids.signingCertificateV2, sequence(sequence(...ids)))
}

export function attribute(type: string, value: Uint8Array): Uint8Array {
  return sequence(oid(type), der(tags.set, value))
}

function generalizedTime(at: Date): Uint8Array {
  const digits = at.toISOString().replace(/[-:T]/g, '')
  return der(tags.generalizedTime, Buffer.from(digits.replace(/\.?0*Z$/, 'Z')))
}

export function explicit(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return der(contextTag(number, 'constructed'), ...contents)
}

/** A number that is not negative, in as few bytes as it takes. */
function unsigned(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  const shortest = bytes.subarray(start === -1 ? bytes.length - 1 : start)
  return der(tags.integer, Buffer.alloc((shortest[0] ?? 0) >= 0x80 ? 1 : 0), shortest)
}

function digestAlgorithm(digest: DigestName): Uint8Array {
  return sequence(oid(digestOids[digest]))
}

function parts(honest: Change, change: Change = {}): Uint8Array[] {
  return Object.values({ ...honest, ...change }).filter(({ length }) => length > 0)
}
