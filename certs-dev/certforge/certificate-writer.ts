/**
 * Writes one certificate, field by field (RFC 5280 §4.1), and signs it. Every field can be replaced by
 * bytes that no authority should write, before the signature and after it.
 */
import { randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import { tags } from '../../sdk/der.ts'
import { der, integer, sequence, unsigned } from '../der-writer.ts'
import { nameDer } from '../make.ts'
import type { CertificateOrder } from '../make.ts'
import { group, time } from './list-writer.ts'
import { algorithmDer, signatureDer } from './signed.ts'

/** TBSCertificate in its order, each field in DER; an empty one is left out. */
export interface CertificateFields {
  readonly version: Uint8Array
  readonly serial: Uint8Array
  readonly algorithm: Uint8Array
  readonly issuer: Uint8Array
  readonly validity: Uint8Array
  readonly subject: Uint8Array
  readonly publicKey: Uint8Array
  readonly extensions: Uint8Array
}

export interface Change {
  readonly fields?: Partial<CertificateFields>
  /** The algorithm beside the signature. */
  readonly algorithm?: Uint8Array
  /** The whole BIT STRING. */
  readonly sign?: (key: KeyObject, content: Uint8Array) => Uint8Array
  /** What becomes of the certificate when it is signed. */
  readonly after?: (certificate: Uint8Array) => Uint8Array
}

export const absent = new Uint8Array()

export function writeCertificate(order: CertificateOrder, change: Change = {}): Uint8Array {
  const { key } = order.issuer
  const { algorithm = algorithmDer(key), sign = signatureDer, after } = change
  const fields: CertificateFields = { ...fieldsOf(order), algorithm, ...change.fields }
  const tbs = sequence(...Object.values<Uint8Array>({ ...fields }))
  const certificate = sequence(tbs, algorithm, sign(key, tbs))
  return after?.(certificate) ?? certificate
}

function fieldsOf(order: CertificateOrder): CertificateFields {
  const { subject, publicKey, issuer, from, until, extensions } = order
  const serial = order.serial === undefined ? randomSerial() : Buffer.from(order.serial, 'hex')
  return {
    version: group(0, integer(2)),
    serial: unsigned(serial),
    algorithm: algorithmDer(issuer.key),
    issuer: nameDer(issuer.name),
    validity: sequence(time(from), time(until)),
    subject: nameDer(subject),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    extensions: group(3, sequence(...extensions.map(bytesOf))),
  }
}

/** Positive and of full length whatever the dice say. */
function randomSerial(): Uint8Array {
  const [first = 0, ...rest] = randomBytes(16)
  return Uint8Array.from([(first & 0x3f) | 0x40, ...rest])
}

function bytesOf(extension: Extension): Uint8Array {
  return new Uint8Array(extension.rawData)
}

/** Validity of any spelling. */
export function textTime(type: 'utcTime' | 'generalizedTime', text: string): Uint8Array {
  return der(tags[type], Buffer.from(text))
}
