/**
 * The form of a time-stamp token (RFC 3161 §2.4.2): what a TSA says, and which certificate it says it
 * signed with (RFC 5816). Reading believes nothing; `time-stamp.ts` verifies.
 */
import { readExtension } from '../certificate/extension.ts'
import { readName } from '../certificate/name.ts'
import type { Name } from '../certificate/name.ts'
import { readInstant } from '../instant.ts'
import { cmsLimits, readDigest, readSignedData } from './cms.ts'
import type { SignedData } from './cms.ts'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import {
  contextTag,
  elementsOf,
  expectTag,
  fieldsOf,
  insideOf,
  numberIn,
  oidOf,
  serialOf,
  smallIntegerOf,
  trueOf,
} from '../der-value.ts'
import type { Fields } from '../der-value.ts'
import { isBytes } from '../given.ts'
import { toText } from '../primitives.ts'
import { digestLengths } from '../primitives/digest.ts'
import type { DigestName } from '../primitives/digest.ts'
import { Problem } from '../problem.ts'

export const timeStampLimits = {
  bytes: cmsLimits.bytes,
  /** A TSA that is less sure than this of the time proves nothing we could use. */
  accuracySeconds: 60,
  /** How far the clock of a TSA may be ahead of ours. */
  futureSeconds: 60,
  integerBytes: 33,
  extensions: 16,
  signingCertificates: 16,
} as const

const contentTypeOid = '1.2.840.113549.1.9.16.1.4'
const signingCertificateOid = '1.2.840.113549.1.9.16.2.12'
const signingCertificateV2Oid = '1.2.840.113549.1.9.16.2.47'

export interface TimeStamp {
  readonly signed: SignedData
  readonly policy: string
  readonly imprint: Imprint
  /** Lower-case hexadecimal. */
  readonly serial: string
  /** The earliest and the latest moment the TSA may mean. */
  readonly from: Date
  readonly until: Date
  /** Lower-case hexadecimal of the INTEGER's content. */
  readonly nonce: string | undefined
  /** The name the TSA gives itself. */
  readonly authority: Name | undefined
  /** The signer's certificate, then those the path to it may use. */
  readonly signingCertificates: readonly CertificateId[]
}

export interface Imprint {
  readonly digest: DigestName
  readonly hash: Uint8Array
}

/**
 * ESSCertIDv2 (RFC 5035 §4), or ESSCertID (RFC 2634 §5.4.1), which knows SHA-1 alone: the hash of a
 * certificate, and perhaps whose and which it is.
 */
export interface CertificateId {
  readonly digest: DigestName | 'sha1'
  readonly hash: Uint8Array
  readonly issuerSerial?: { readonly issuer: Name; readonly serial: string }
}

/**
 * Whether a certificate may be named by SHA-1: RFC 5816 §2.2.1 lets it, and our own authorities do not
 * do it. The signature still has to be of its key.
 */
export type NamedBySha1 = 'allowed' | 'refused'

/** @throws Problem invalid-time-stamp */
export function readTimeStamp(der: Uint8Array, bySha1: NamedBySha1 = 'refused'): TimeStamp {
  return reading(() => {
    const signed = readSignedData(isBytes(der) ? Uint8Array.from(der) : refuse('bytes'))
    if (signed.contentType !== contentTypeOid) refuse('content-type')
    const signingCertificates = signingCertificatesOf(signed, bySha1)
    return { ...readInfo(readDer(signed.content, cmsLimits)), signed, signingCertificates }
  })
}

/** Where both attributes are there, the newer one says it. */
function signingCertificatesOf(
  { signer: { attributes } }: SignedData,
  bySha1: NamedBySha1,
): readonly CertificateId[] {
  const [newer, older] = [signingCertificateV2Oid, signingCertificateOid].map((oid) =>
    attributes.get(oid),
  )
  if (newer) return readSigningCertificates(newer, readCertificateIdV2)
  if (!older || bySha1 === 'refused') return refuse('ess')
  return readSigningCertificates(older, readCertificateId)
}

/**
 * The token inside a TimeStampResp (RFC 3161 §2.4.2), when it was granted.
 * @throws Problem invalid-time-stamp
 */
export function readTimeStampResponse(der: Uint8Array): Uint8Array {
  return reading(() => {
    const fields = fieldsOf(
      readDer(isBytes(der) ? Uint8Array.from(der) : refuse('bytes'), cmsLimits),
    )
    const status = fieldsOf(fields.next())
    // 0 granted, 1 granted with modifications, which whoever asked sees by verifying the token.
    if (smallIntegerOf(status.next(), 255) > 1) refuse('not-granted')
    status.optional(tags.sequence)
    status.end()
    const token = fields.next(tags.sequence).bytes
    fields.end()
    return token
  })
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-time-stamp') throw cause
    throw new Problem('invalid-time-stamp', cause.detail, { cause })
  }
}

type Info = Omit<TimeStamp, 'signed' | 'signingCertificates'>

function readInfo(node: DerNode): Info {
  const fields = fieldsOf(node)
  if (smallIntegerOf(fields.next(), 255) !== 1) refuse('version')
  const policy = oidOf(fields.next())
  const imprint = readImprint(fields.next())
  const serial = integerHexOf(fields.next())
  const time = readTime(fields.next(tags.generalizedTime))
  const accuracyMs = readAccuracy(fields.optional(tags.sequence))
  const ordering = fields.optional(tags.boolean)
  if (ordering) trueOf(ordering)
  const nonce = fields.optional(tags.integer)
  const authority = fields.optional(contextTag(0, 'constructed'))
  readExtensions(fields)
  fields.end()
  return {
    ...{ policy, imprint, serial },
    from: new Date(Math.floor(time - accuracyMs)),
    until: new Date(Math.ceil(time + accuracyMs)),
    nonce: nonce && integerHexOf(nonce),
    authority: authority && readDirectoryName(insideOf(authority), 'authority-name'),
  }
}

function readImprint(node: DerNode): Imprint {
  const fields = fieldsOf(node)
  const digest = readDigest(fields.next())
  const hash = fields.next(tags.octetString).content
  fields.end()
  return hash.length === digestLengths[digest] ? { digest, hash } : refuse('imprint-length')
}

function integerHexOf(node: DerNode): string {
  const { content } = expectTag(node, tags.integer)
  if (content.length > timeStampLimits.integerBytes) refuse('integer-length')
  return toText(content, 'hex')
}

/**
 * GeneralizedTime as RFC 3161 §2.4.2 wants it: to the second or finer, in UTC, the fraction without
 * trailing zeros. In milliseconds, those with a fraction.
 */
function readTime({ content }: DerNode): number {
  const text = toText(content, 'latin1')
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{0,8}[1-9])?Z$/.exec(text)
  const [, year, month, day, hour, minute, second, fraction = ''] = parts ?? refuse('time')
  const iso = `${[year, month, day].join('-')}T${[hour, minute, second].join(':')}.000Z`
  const time = readInstant(iso) ?? refuse('time')
  return time.getTime() + Number(`0${fraction}`) * 1000
}

/** SEQUENCE { seconds?, millis [0]?, micros [1]? }, in milliseconds. */
function readAccuracy(node: DerNode | undefined): number {
  if (!node) return 0
  const fields = fieldsOf(node)
  const seconds = fields.optional(tags.integer)
  const [millis, micros] = [0, 1].map((number) => fields.optional(contextTag(number, 'primitive')))
  fields.end()
  const { accuracySeconds } = timeStampLimits
  const whole = seconds ? smallIntegerOf(seconds, accuracySeconds) : 0
  return whole * 1000 + thousandthsOf(millis) + thousandthsOf(micros) / 1000
}

/** An INTEGER (1..999) under an implicit tag. */
function thousandthsOf(node: DerNode | undefined): number {
  if (!node) return 0
  const { content } = node
  if (content.length !== 1 && content.length !== 2) refuse('accuracy')
  const value = numberIn(content)
  const isShortest = content.length === 1 || value > 127
  return isShortest && value >= 1 && value <= 999 ? value : refuse('accuracy')
}

const sha1Length = 20
const directoryName = contextTag(4, 'constructed')

/** Names of other kinds cannot be held against the certificate. */
function readDirectoryName(name: DerNode, rule: string): Name {
  return readName(insideOf(name.tag === directoryName ? name : refuse(rule)))
}

/** None is evaluated, so none may be critical (RFC 3161 §2.4.2). */
function readExtensions(fields: Fields): void {
  const list = fields.optional(contextTag(1, 'constructed'))?.children
  if (!list) return
  if (list.length === 0 || list.length > timeStampLimits.extensions) refuse('extensions')
  const read = list.map(readExtension)
  if (read.some(({ isCritical }) => isCritical)) refuse('unknown-critical-extension')
  if (new Set(read.map(({ oid }) => oid)).size !== read.length) refuse('repeated-extension')
}

/** SigningCertificate, either one (RFC 5035 §3), without policies, which nobody here would evaluate. */
function readSigningCertificates(
  attribute: DerNode,
  read: (node: DerNode) => CertificateId,
): readonly CertificateId[] {
  const fields = fieldsOf(attribute)
  const list = elementsOf(fields.next(), timeStampLimits.signingCertificates)
  fields.end()
  return list.map(read)
}

function readCertificateId(node: DerNode): CertificateId {
  const fields = fieldsOf(node)
  const hash = fields.next(tags.octetString).content
  if (hash.length !== sha1Length) refuse('ess')
  return { digest: 'sha1', hash, ...readIssuerSerial(fields) }
}

function readCertificateIdV2(node: DerNode): CertificateId {
  const fields = fieldsOf(node)
  const first = fields.next()
  const isDefault = first.tag === tags.octetString
  const digest = isDefault ? 'sha256' : readDigest(first)
  const hash = isDefault ? first.content : fields.next(tags.octetString).content
  if (hash.length !== digestLengths[digest]) refuse('ess')
  return { digest, hash, ...readIssuerSerial(fields) }
}

/** Of a certificate for a public key the issuer is a directory name and nothing else. */
function readIssuerSerial(rest: Fields): Pick<CertificateId, 'issuerSerial'> {
  const node = rest.optional(tags.sequence)
  rest.end()
  if (!node) return {}
  const fields = fieldsOf(node)
  const [name, another] = fields.next(tags.sequence).children
  const serial = serialOf(fields.next())
  fields.end()
  if (!name || another) return refuse('ess')
  return { issuerSerial: { issuer: readDirectoryName(name, 'ess'), serial } }
}

function refuse(rule: string): never {
  throw new Problem('invalid-time-stamp', { rule })
}
