/**
 * CMS SignedData (RFC 5652 §5) in the one shape time-stamps have: content inside, one signer, signed
 * attributes. BER, detached content, further signers, revocation lists and unsigned attributes are
 * refused: nobody has signed those. Whose certificate signed, and what for, is the caller's business.
 */
import { certificateAlgorithms, verifyCertificateSignature } from '../algorithm.ts'
import { readSignatureAlgorithm } from '../certificate/algorithm.ts'
import type { Certificate } from '../certificate/read.ts'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { contextTag, fieldsOf, insideOf, oidOf, smallIntegerOf } from '../der-value.ts'
import { digestOf, equalBytes, toText } from '../primitives.ts'
import type { DigestName } from '../primitives/digest.ts'
import { Problem } from '../problem.ts'

export const cmsLimits = { bytes: 65_536, depth: 24, nodes: 10_000, certificates: 16 } as const

const signedDataOid = '1.2.840.113549.1.7.2'
const contentTypeOid = '1.2.840.113549.1.9.3'
const messageDigestOid = '1.2.840.113549.1.9.4'

export interface SignedData {
  readonly contentType: string
  readonly content: Uint8Array
  /** What came along, in DER; nothing is said about them yet. */
  readonly certificates: readonly Uint8Array[]
  readonly signer: CmsSigner
}

interface CmsSigner {
  readonly id: SignerId
  readonly digest: DigestName
  readonly attributes: ReadonlyMap<string, DerNode>
  /** The attributes as the signature covers them: under the tag of a SET (RFC 5652 §5.4). */
  readonly signedBytes: Uint8Array
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
}

type SignerId =
  { readonly issuer: Uint8Array; readonly serial: Uint8Array } | { readonly keyId: Uint8Array }

/** @throws Problem invalid-der, invalid-certificate, invalid-time-stamp */
export function readSignedData(der: Uint8Array): SignedData {
  const outer = fieldsOf(readDer(der, cmsLimits))
  if (oidOf(outer.next()) !== signedDataOid) refuse('content-info')
  const fields = fieldsOf(insideOf(outer.next(contextTag(0, 'constructed'))))
  outer.end()
  // Version 3 is for content that is not plain data, from a signer with an X.509 certificate.
  if (smallIntegerOf(fields.next(), 5) !== 3) refuse('version')
  const digest = readDigest(onlyOf(fields.next(tags.set)))
  const { contentType, content } = readContent(fields.next())
  const certificates = fields.optional(contextTag(0, 'constructed'))?.children ?? []
  const signer = readSigner(onlyOf(fields.next(tags.set)))
  fields.end()
  if (signer.digest !== digest) refuse('digest-algorithm')
  if (certificates.length > cmsLimits.certificates) refuse('too-many-certificates')
  if (certificates.some(({ tag }) => tag !== tags.sequence)) refuse('certificate-form')
  return { contentType, content, certificates: certificates.map(({ bytes }) => bytes), signer }
}

function readContent(node: DerNode): Pick<SignedData, 'contentType' | 'content'> {
  const fields = fieldsOf(node)
  const contentType = oidOf(fields.next())
  const content = insideOf(fields.next(contextTag(0, 'constructed')))
  fields.end()
  if (content.tag !== tags.octetString) refuse('content')
  return { contentType, content: content.content }
}

function readSigner(node: DerNode): CmsSigner {
  const fields = fieldsOf(node)
  const version = smallIntegerOf(fields.next(), 5)
  const id = readSignerId(fields.next())
  if (version !== ('keyId' in id ? 3 : 1)) refuse('signer-version')
  const digest = readDigest(fields.next())
  const signed = new Uint8Array(fields.next(contextTag(0, 'constructed')).bytes)
  signed[0] = tags.set
  const signatureAlgorithm = readAlgorithmBeside(digest, fields.next())
  const signature = fields.next(tags.octetString).content
  fields.end()
  const attributes = readAttributes(readDer(signed, cmsLimits))
  return { id, digest, attributes, signedBytes: signed, signatureAlgorithm, signature }
}

function readSignerId(node: DerNode): SignerId {
  if (node.tag === contextTag(0, 'primitive')) return { keyId: node.content }
  const fields = fieldsOf(node)
  const issuer = fields.next(tags.sequence).bytes
  const serial = fields.next(tags.integer).content
  fields.end()
  return { issuer, serial }
}

/** Each attribute once, with one value; the reader has seen that they stand in the order of DER. */
function readAttributes(set: DerNode): ReadonlyMap<string, DerNode> {
  const attributes = new Map<string, DerNode>()
  for (const node of set.children) {
    const fields = fieldsOf(node)
    const oid = oidOf(fields.next())
    const value = onlyOf(fields.next(tags.set))
    fields.end()
    if (attributes.has(oid)) refuse('repeated-attribute')
    attributes.set(oid, value)
  }
  return attributes
}

const digestOids: Readonly<Record<string, DigestName>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '1.2.156.10197.1.401': 'sm3',
}

/** A digest algorithm of our table; its parameters are absent or NULL (RFC 5754 §2). */
export function readDigest(node: DerNode): DigestName {
  const fields = fieldsOf(node)
  const name = digestOids[oidOf(fields.next())]
  fields.optional(tags.null)
  fields.end()
  return name ?? refuse('digest-algorithm')
}

const rsaEncryptionOid = '1.2.840.113549.1.1.1'
/** What rsaEncryption means beside a digest algorithm (RFC 5754 §3.2). */
const rsaWith: Readonly<Partial<Record<DigestName, string>>> = {
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
}
/** Where the signature algorithm names no hash: Ed25519 goes with SHA-512 (RFC 8419 §2.3). */
const digestBesideEdDsa = 'sha512'

/** Of the table of certificates, and of the same hash as the message digest. */
function readAlgorithmBeside(digest: DigestName, node: DerNode): string {
  const fields = fieldsOf(node)
  if (oidOf(fields.next()) === rsaEncryptionOid) {
    fields.optional(tags.null) // It must be there, and not everybody knows (RFC 3370 §3.2).
    fields.end()
    return rsaWith[digest] ?? refuse('signature-algorithm')
  }
  const algorithm = readSignatureAlgorithm(node)
  const hash = certificateAlgorithms[algorithm]?.hash ?? digestBesideEdDsa
  return hash === digest ? algorithm : refuse('signature-algorithm')
}

/** Whether this certificate is the one the signer names (RFC 5652 §5.3). */
export function isSignerOf({ signer: { id } }: SignedData, certificate: Certificate): boolean {
  if ('keyId' in id) {
    const { subjectKeyId } = certificate.extensions
    return subjectKeyId !== undefined && equalBytes(id.keyId, subjectKeyId)
  }
  const serial = toText(id.serial, 'hex').replace(/^00/, '')
  return equalBytes(id.issuer, certificate.issuer.der) && serial === certificate.serial
}

/** The content is what the attributes say, and the attributes are what the key signed (§5.4, §5.6). */
export function isSignedBy(data: SignedData, { publicKey }: Certificate): boolean {
  const { attributes, digest, signatureAlgorithm, signedBytes, signature } = data.signer
  const contentType = attributes.get(contentTypeOid)
  const messageDigest = attributes.get(messageDigestOid)
  if (contentType?.tag !== tags.oid || oidOf(contentType) !== data.contentType) return false
  if (messageDigest?.tag !== tags.octetString) return false
  if (!equalBytes(messageDigest.content, digestOf(digest, data.content))) return false
  return verifyCertificateSignature(signatureAlgorithm, publicKey, signedBytes, signature)
}

function onlyOf({ children }: DerNode): DerNode {
  const [only, another] = children
  return only && !another ? only : refuse('not-exactly-one')
}

function refuse(rule: string): never {
  throw new Problem('invalid-time-stamp', { rule })
}
