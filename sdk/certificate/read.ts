/**
 * One X.509 certificate (RFC 5280 §4.1) as data, by our own strict parser. It refuses what is no
 * certificate at all and notes what is merely odd; reading one says nothing about trust: that is
 * `certificate-path.ts`.
 */
import { readSignatureAlgorithm } from './algorithm.ts'
import { noExtensions, readExtensions } from './extension.ts'
import type { Extensions } from './extension.ts'
import { keyObjectOf, readPublicKey } from './key.ts'
import type { PublicKey } from './key.ts'
import { isEmpty, onlyValueOf, organisationOid, readName, sameName } from './name.ts'
import type { Name } from './name.ts'
import { isSame, readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import {
  bitBytesOf,
  contextTag,
  expectTag,
  fieldsOf,
  generalizedTimeOf,
  insideOf,
  serialOf,
  smallIntegerOf,
  timeOf,
} from '../der-value.ts'
import type { Fields } from '../der-value.ts'
import type { Source } from '../given.ts'
import { derOf } from '../pem.ts'
import { digestText } from '../primitives.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'

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
  readonly readAs: 'certificate'
  /** SHA-256 of the DER in base64url: the certificate's `kid` and `x5t#S256`. */
  readonly fingerprint: string
  readonly version: 1 | 2 | 3
  /** Lower-case hexadecimal, with a minus sign before it when the number is negative. */
  readonly serial: string
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  readonly notAfter: Date
  /** A unique identifier of issuer or subject, which nobody should write any more. */
  readonly hasUniqueId: boolean
  /** A beginning, or an end, before 2050 in the form of later ones. */
  readonly hasOddDate: boolean
  readonly hasOddEnd: boolean
  readonly key: PublicKey
  /** Its object. */
  readonly publicKey: Key
  readonly extensions: Extensions
  /** From `urn:zhengtong:department:<code>`, when that is the one URI among the subject's names. */
  readonly departmentCode: string | undefined
  /** The one O of the subject: the unified social credit code of the department. */
  readonly organisation: string | undefined
}

/** @throws Problem invalid-certificate */
export function parseCertificate(given: Source): Certificate {
  try {
    return readCertificate(derOf(given, 'CERTIFICATE'))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-certificate') throw cause
    throw new Problem('invalid-certificate', cause.detail, { cause })
  }
}

function readCertificate(der: Uint8Array): Certificate {
  const signed = readSigned(readDer(der, certificateLimits))
  const fields = fieldsOf(signed.content)
  const version = readVersion(fields)
  const serial = readSerial(fields.next())
  checkSameAlgorithm(fields.next(), signed)
  const issuer = readName(fields.next())
  if (isEmpty(issuer)) refuse('empty')
  const validity = readValidity(fields.next())
  const subject = readName(fields.next())
  const key = readPublicKey(fields.next())
  const { hasUniqueId, extensions } = readAdditions(fields, version)
  const certificate: Omit<Certificate, 'publicKey'> = {
    readAs: 'certificate',
    der,
    tbs: signed.tbs,
    signatureAlgorithm: signed.signatureAlgorithm,
    signature: signed.signature,
    version,
    serial,
    issuer,
    subject,
    notBefore: validity.notBefore,
    notAfter: validity.notAfter,
    hasOddDate: validity.hasOddDate,
    hasOddEnd: validity.hasOddEnd,
    hasUniqueId,
    key,
    extensions,
    fingerprint: digestText(der),
    departmentCode: departmentOf(extensions),
    organisation: onlyValueOf(subject, organisationOid),
  }
  // The one member that is left out above.
  return Object.defineProperty(certificate, 'publicKey', publicKey) as Certificate
}

/** One for all: an object with a function of its own is read by name, as a table is. */
const publicKey: PropertyDescriptor & ThisType<Pick<Certificate, 'key'>> = {
  enumerable: true,
  get() {
    return keyObjectOf(this.key)
  },
}

/** SEQUENCE { what is signed, algorithm, BIT STRING } (RFC 5280 §4.1.1, §5.1.1). */
export function readSigned(
  node: DerNode,
): Omit<Signed, 'der'> & { readonly content: DerNode; readonly algorithm: DerNode } {
  const fields = fieldsOf(node)
  const content = fields.next(tags.sequence)
  const algorithm = fields.next()
  const signature = bitBytesOf(fields.next())
  fields.end()
  return {
    tbs: content.bytes,
    content,
    signature,
    algorithm,
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
  }
}

/** What is signed names the algorithm once more, in the same bytes (RFC 5280 §4.1.2.3, §5.1.2.2). */
export function checkSameAlgorithm(
  inner: DerNode,
  { algorithm }: { readonly algorithm: DerNode },
): void {
  if (!isSame(inner, algorithm)) refuse('algorithm-differs')
}

/** What many roots are numbered, and no list names. */
export const zeroSerial = '00'

function readSerial(node: DerNode): string {
  const { source, start, end } = expectTag(node, tags.integer)
  return source[start] === 0 && end - start === 1 ? zeroSerial : serialOf(node)
}

/** Version 1 is the default, which DER does not write. */
function readVersion(fields: Fields): 1 | 2 | 3 {
  const node = fields.optional(contextTag(0, 'constructed'))
  if (!node) return 1
  const written = smallIntegerOf(insideOf(node), 2)
  if (written === 0) refuse('version')
  return written === 1 ? 2 : 3
}

/** What version 2 and version 3 added at the end, each in its place. */
function readAdditions(
  fields: Fields,
  version: 1 | 2 | 3,
): Pick<Certificate, 'hasUniqueId' | 'extensions'> {
  const issuerId = version > 1 ? fields.optional(contextTag(1, 'primitive')) : undefined
  const subjectId = version > 1 ? fields.optional(contextTag(2, 'primitive')) : undefined
  const list = version === 3 ? fields.optional(contextTag(3, 'constructed')) : undefined
  fields.end()
  return {
    hasUniqueId: issuerId !== undefined || subjectId !== undefined,
    extensions: list ? readExtensions(insideOf(list)) : noExtensions,
  }
}

type Validity = Pick<Certificate, 'notBefore' | 'notAfter' | 'hasOddDate' | 'hasOddEnd'>

/** Both forms of time say one moment (RFC 5280 §4.1.2.5): the wrong one is noted. */
function readValidity(node: DerNode): Validity {
  const fields = fieldsOf(node)
  const [from, until] = [readEitherTime(fields.next()), readEitherTime(fields.next())]
  fields.end()
  if (until.time.getTime() < from.time.getTime()) refuse('validity')
  return {
    notBefore: from.time,
    notAfter: until.time,
    hasOddDate: from.isOdd || until.isOdd,
    hasOddEnd: until.isOdd,
  }
}

function readEitherTime(node: DerNode): { readonly time: Date; readonly isOdd: boolean } {
  if (node.tag !== tags.generalizedTime) return { time: timeOf(node), isOdd: false }
  const time = generalizedTimeOf(node)
  return { time, isOdd: time.getUTCFullYear() < 2050 }
}

/** RFC 5280 §6.1: issuer and subject are one, whoever's key signed. */
export function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return sameName(issuer, subject)
}

const departmentUri = /^urn:zhengtong:department:([a-z][a-zA-Z0-9]{0,63})$/

function departmentOf({ subjectAltName }: Extensions): string | undefined {
  const [only, another] = subjectAltName?.filter(({ form }) => form === 'uri') ?? []
  return only?.form === 'uri' && !another ? departmentUri.exec(only.text)?.[1] : undefined
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}
