/**
 * One X.509 version 3 certificate (RFC 5280 §4.1) as data, by our own strict parser. Reading it says
 * nothing about trust: that is `certificate-path.ts`.
 */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { toBase64url } from './base64url.ts'
import { readSignatureAlgorithm } from './certificate-algorithm.ts'
import { readExtensions } from './certificate-extension.ts'
import type { Extensions } from './certificate-extension.ts'
import { onlyValueOf, organisationOid, readName } from './certificate-name.ts'
import type { Name } from './certificate-name.ts'
import { readDer, tags } from './der.ts'
import type { DerNode } from './der.ts'
import {
  bitBytesOf,
  contextTag,
  expectTag,
  fieldsOf,
  insideOf,
  oidOf,
  positiveHexOf,
  smallIntegerOf,
  timeOf,
} from './der-value.ts'
import { equalBytes, sha256 } from './primitives.ts'
import { Problem } from './problem.ts'

export const certificateLimits = { bytes: 16_384, depth: 24, nodes: 4_096 }

/** What a CA signed, and how: the same outer shape for certificates and CRLs. */
export interface Signed {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  /** A name in `certificateAlgorithms`. */
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
}

export interface Certificate extends Signed {
  /** SHA-256 of the DER in base64url: the certificate's `kid` and `x5t#S256`. */
  readonly fingerprint: string
  /** Lower-case hexadecimal. */
  readonly serial: string
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: KeyObject
  readonly extensions: Extensions
  /** From `urn:zhengtong:department:<code>`, when that is the one URI among the subject's names. */
  readonly departmentCode: string | undefined
  /** The one O of the subject: the unified social credit code of the department. */
  readonly organisation: string | undefined
}

/** @throws Problem invalid-certificate */
export function parseCertificate(der: Uint8Array): Certificate {
  try {
    return readCertificate(Uint8Array.from(der))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-certificate') throw cause
    throw new Problem('invalid-certificate', cause.detail, { cause })
  }
}

function readCertificate(der: Uint8Array): Certificate {
  const signed = readSigned(readDer(der, certificateLimits))
  const fields = fieldsOf(signed.content)
  const version = insideOf(fields.next(contextTag(0, 'constructed')))
  if (smallIntegerOf(version, 2) !== 2) refuse('version')
  const serial = positiveHexOf(fields.next())
  checkSameAlgorithm(fields.next(), signed)
  const issuer = readName(fields.next())
  const { notBefore, notAfter } = readValidity(fields.next())
  const subject = readName(fields.next())
  const publicKey = readPublicKey(fields.next())
  const extensions = readExtensions(insideOf(fields.next(contextTag(3, 'constructed'))))
  fields.end()
  const { tbs, signatureAlgorithm, signature } = signed
  return {
    ...{ der, tbs, signatureAlgorithm, signature },
    ...{ serial, issuer, subject, notBefore, notAfter, publicKey, extensions },
    fingerprint: toBase64url(sha256(der)),
    departmentCode: departmentOf(extensions),
    organisation: onlyValueOf(subject, organisationOid),
  }
}

/** SEQUENCE { what is signed, algorithm, BIT STRING } (RFC 5280 §4.1.1, §5.1.1). */
export function readSigned(
  node: DerNode,
): Signed & { readonly content: DerNode; readonly algorithmDer: Uint8Array } {
  const fields = fieldsOf(node)
  const content = fields.next(tags.sequence)
  const algorithm = fields.next()
  const signature = bitBytesOf(fields.next())
  fields.end()
  return {
    ...{ der: node.bytes, tbs: content.bytes, content, signature, algorithmDer: algorithm.bytes },
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
  }
}

/** What is signed names the algorithm once more, in the same bytes (RFC 5280 §4.1.2.3, §5.1.2.2). */
export function checkSameAlgorithm(
  inner: DerNode,
  { algorithmDer }: { readonly algorithmDer: Uint8Array },
): void {
  if (!equalBytes(inner.bytes, algorithmDer)) refuse('algorithm-differs')
}

function readValidity(node: DerNode): { notBefore: Date; notAfter: Date } {
  const fields = fieldsOf(node)
  const notBefore = timeOf(fields.next())
  const notAfter = timeOf(fields.next())
  fields.end()
  if (notAfter < notBefore) refuse('validity')
  return { notBefore, notAfter }
}

/** Kinds of public keys and what stands beside their identifier (RFC 5480, RFC 8410, RFC 4055). */
const keyParameters: Readonly<Record<string, number | undefined>> = {
  '1.2.840.10045.2.1': tags.oid, // A named curve; curves written out are refused (CVE-2020-0601).
  '1.2.840.113549.1.1.1': tags.null,
  '1.3.101.112': undefined,
}

function readPublicKey(node: DerNode): KeyObject {
  const fields = fieldsOf(node)
  const algorithm = fieldsOf(fields.next())
  const key = bitBytesOf(fields.next())
  fields.end()
  const oid = oidOf(algorithm.next(tags.oid))
  if (!Object.hasOwn(keyParameters, oid)) refuse('public-key')
  const parameters = keyParameters[oid]
  if (parameters !== undefined) algorithm.next(parameters)
  algorithm.end()
  if (parameters === tags.oid && key[0] !== 4) refuse('public-key')
  if (parameters === tags.null) expectTag(readDer(key), tags.sequence)
  try {
    return createPublicKey({ key: Buffer.from(node.bytes), format: 'der', type: 'spki' })
  } catch (cause) {
    throw new Problem('invalid-certificate', { rule: 'public-key' }, { cause })
  }
}

const departmentUri = /^urn:zhengtong:department:([a-z][a-zA-Z0-9]{0,63})$/

function departmentOf({ subjectAltName }: Extensions): string | undefined {
  const [uri, another] = subjectAltName?.uris ?? []
  return another === undefined && uri !== undefined ? departmentUri.exec(uri)?.[1] : undefined
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}
