/**
 * One OCSP response (RFC 6960 §4.2, in the shape of RFC 5019) as data. Nothing is asked of anybody
 * here: who holds a certificate brings the response along. Whom it binds is `ocsp-statement.ts`.
 */
import { readSignatureAlgorithm } from '../certificate/algorithm.ts'
import { parseCertificate } from '../certificate/read.ts'
import type { Certificate, Signed } from '../certificate/read.ts'
import { readName } from '../certificate/name.ts'
import type { Name } from '../certificate/name.ts'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import {
  bitBytesOf,
  contextTag,
  elementsOf,
  expectTag,
  fieldsOf,
  generalizedTimeOf,
  insideOf,
  oidOf,
  serialOf,
} from '../der-value.ts'
import type { Source } from '../given.ts'
import { derOf } from '../pem.ts'
import { Problem } from '../problem.ts'
import { entryOids, readExtensionsBy, revocationOf } from './entry.ts'
import type { ExtensionRules, Revocation } from './entry.ts'

export const ocspLimits = {
  ...{ bytes: 65_536, depth: 24, nodes: 10_000, answers: 64, certificates: 8 },
  /** How long an answer counts that does not say when the next one comes. */
  ageHours: 24,
}

export interface OcspResponse extends Signed {
  readonly readAs: 'ocsp'
  /** The responder, by its name or by the SHA-1 of its key. */
  readonly responder: { readonly name: Name } | { readonly keyHash: Uint8Array }
  readonly producedAt: Date
  readonly answers: readonly OcspAnswer[]
  /** What the responder sent along: its own certificate, unless the CA itself answers. */
  readonly certificates: readonly Certificate[]
}

/** What is said of one certificate: `revocation` is there exactly when it is revoked. */
export interface OcspAnswer {
  readonly about: CertificateId
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revocation: Revocation | undefined
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
}

interface CertificateId {
  readonly hash: 'sha1' | 'sha256'
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  readonly serial: string
}

const basicResponseOid = '1.3.6.1.5.5.7.48.1.1'
const nonceOid = '1.3.6.1.5.5.7.48.1.2'

/** They name certificates here and protect nothing: a second preimage of a CA's name helps nobody. */
const hashes: Readonly<Record<string, CertificateId['hash']>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
}

const responseRules: ExtensionRules = { [nonceOid]: 'either' }
const answerRules: ExtensionRules = { [entryOids.invalidityDate]: 'either' }

const group = (number: number): number => contextTag(number, 'constructed')

/** @throws Problem invalid-certificate, also for a response that says that there is none. */
export function parseOcspResponse(given: Source): OcspResponse {
  try {
    return readResponse(derOf(given, 'OCSP RESPONSE'))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-certificate') throw cause
    throw new Problem('invalid-certificate', cause.detail, { cause })
  }
}

function readResponse(der: Uint8Array): OcspResponse {
  const response = fieldsOf(readDer(der, ocspLimits))
  const [status, more] = response.next(tags.enumerated).content
  if (status !== 0 || more !== undefined) refuse('ocsp-status')
  const typed = fieldsOf(insideOf(response.next(group(0))))
  response.end()
  if (oidOf(typed.next(tags.oid)) !== basicResponseOid) refuse('ocsp-type')
  const basic = fieldsOf(readDer(typed.next(tags.octetString).content, ocspLimits))
  typed.end()
  const content = basic.next(tags.sequence)
  const signatureAlgorithm = readSignatureAlgorithm(basic.next())
  const signature = bitBytesOf(basic.next())
  const certificates = basic.optional(group(0))
  basic.end()
  return {
    readAs: 'ocsp',
    ...{ der, tbs: content.bytes, signatureAlgorithm, signature, ...readData(content) },
    certificates: certificates ? readCertificates(insideOf(certificates)) : [],
  }
}

function readCertificates(list: DerNode): readonly Certificate[] {
  return elementsOf(list, ocspLimits.certificates).map(({ bytes }) => parseCertificate(bytes))
}

/** Version 1, which is not written (X.690 §11.5); there is no other. */
function readData(node: DerNode): Pick<OcspResponse, 'responder' | 'producedAt' | 'answers'> {
  const fields = fieldsOf(node)
  const name = fields.optional(group(1))
  const responder = name
    ? { name: readName(insideOf(name)) }
    : { keyHash: expectTag(insideOf(fields.next(group(2))), tags.octetString).content }
  const producedAt = generalizedTimeOf(fields.next())
  const answers = elementsOf(fields.next(), ocspLimits.answers).map(readAnswer)
  const extensions = fields.optional(group(1))
  fields.end()
  if (extensions) readExtensionsBy(responseRules, insideOf(extensions))
  return { responder, producedAt, answers }
}

function readAnswer(node: DerNode): OcspAnswer {
  const fields = fieldsOf(node)
  const about = readCertificateId(fields.next())
  const said = fields.next()
  const thisUpdate = generalizedTimeOf(fields.next())
  const next = fields.optional(group(0))
  const list = fields.optional(group(1))
  fields.end()
  const extensions = list ? readExtensionsBy(answerRules, insideOf(list)) : new Map<string, never>()
  const nextUpdate = next && generalizedTimeOf(insideOf(next))
  if (nextUpdate && nextUpdate < thisUpdate) refuse('validity')
  const status = statuses[said.tag] ?? refuse('certificate-status')
  if (status !== 'revoked' && said.content.length > 0) refuse('certificate-status')
  const invalidityDate = extensions.get(entryOids.invalidityDate)
  const revocation = status === 'revoked' ? readRevocation(said, invalidityDate) : undefined
  return { about, status, revocation, thisUpdate, nextUpdate }
}

const statuses: Readonly<Record<number, OcspAnswer['status']>> = {
  [contextTag(0, 'primitive')]: 'good',
  [group(1)]: 'revoked',
  [contextTag(2, 'primitive')]: 'unknown',
}

function readRevocation(node: DerNode, invalidityDate: DerNode | undefined): Revocation {
  const fields = fieldsOf(node, group(1))
  const revokedAt = generalizedTimeOf(fields.next())
  const reason = fields.optional(group(0))
  fields.end()
  return revocationOf(revokedAt, { reason: reason && insideOf(reason), invalidityDate })
}

function readCertificateId(node: DerNode): CertificateId {
  const fields = fieldsOf(node)
  const algorithm = fieldsOf(fields.next())
  const hash = hashes[oidOf(algorithm.next(tags.oid))] ?? refuse('certificate-id')
  algorithm.optional(tags.null)
  algorithm.end()
  const issuerNameHash = fields.next(tags.octetString).content
  const issuerKeyHash = fields.next(tags.octetString).content
  const serial = serialOf(fields.next())
  fields.end()
  return { hash, issuerNameHash, issuerKeyHash, serial }
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}
