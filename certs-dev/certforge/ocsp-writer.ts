/**
 * Writes OCSP responses (RFC 6960 §4.2.1), good and bad ones alike: it signs what it is told to.
 */
import { createHash } from 'node:crypto'
import type { Certificate } from '../../sdk/certificate.ts'
import { contextTag } from '../../sdk/der-value.ts'
import { readDer, tags } from '../../sdk/der.ts'
import { der, octets, oid, sequence } from '../der-writer.ts'
import { generalizedTime, group } from './list-writer.ts'
import { signed } from './signed.ts'
import { nameDer } from '../make.ts'
import type { Signer } from '../make.ts'

export interface ResponseOrder {
  /** Whoever signs, named by name unless a key to be hashed is given. */
  readonly responder: Signer
  readonly byKeyOf?: Certificate | undefined
  readonly producedAt: Date
  readonly answers: readonly AnswerOrder[]
  readonly certificates?: readonly Uint8Array[]
  readonly extensions?: readonly Uint8Array[]
}

export interface AnswerOrder {
  readonly certificate: Pick<Certificate, 'issuer' | 'serial'>
  /** Whose key issued it. */
  readonly issuer: Certificate
  readonly hash?: 'sha1' | 'sha256' | 'sha512'
  readonly status: 'good' | 'unknown' | { readonly revokedAt: Date; readonly reason?: number }
  readonly from: Date
  readonly until?: Date
  readonly extensions?: readonly Uint8Array[]
}

export function writeResponse(order: ResponseOrder): Uint8Array {
  const { responder, byKeyOf, producedAt, answers, certificates, extensions } = order
  const data = sequence(
    byKeyOf
      ? group(2, octets(hashOf('sha1', keyBits(byKeyOf))))
      : group(1, nameDer(responder.name)),
    generalizedTime(producedAt),
    sequence(...answers.map(answerDer)),
    ...(extensions ? [group(1, sequence(...extensions))] : []),
  )
  const enclosed = certificates ? [group(0, sequence(...certificates))] : []
  const basic = signed(responder.key, () => data, ...enclosed)
  return sequence(
    der(tags.enumerated, Uint8Array.of(0)),
    group(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))),
  )
}

/** A response that says why there is none. */
export function writeFailure(status: number): Uint8Array {
  return sequence(der(tags.enumerated, Uint8Array.of(status)))
}

const hashOids = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const

function answerDer(order: AnswerOrder): Uint8Array {
  const { certificate, issuer, hash = 'sha1', status, from, until, extensions } = order
  const serial = Buffer.from(certificate.serial, 'hex')
  const isPadded = (serial[0] ?? 0) >= 0x80
  const id = sequence(
    sequence(oid(hashOids[hash]), der(tags.null)),
    octets(hashOf(hash, certificate.issuer.der)),
    octets(hashOf(hash, keyBits(issuer))),
    der(tags.integer, ...(isPadded ? [Uint8Array.of(0)] : []), serial),
  )
  return sequence(
    ...[id, statusDer(status), generalizedTime(from)],
    ...(until ? [group(0, generalizedTime(until))] : []),
    ...(extensions ? [group(1, sequence(...extensions))] : []),
  )
}

function statusDer(status: AnswerOrder['status']): Uint8Array {
  if (typeof status === 'string') {
    return der(contextTag(status === 'good' ? 0 : 2, 'primitive'))
  }
  const { revokedAt, reason } = status
  const because =
    reason === undefined ? [] : [group(0, der(tags.enumerated, Uint8Array.of(reason)))]
  return group(1, generalizedTime(revokedAt), ...because)
}

function hashOf(name: string, bytes: Uint8Array): Uint8Array {
  return createHash(name).update(bytes).digest()
}

function keyBits({ publicKey }: Certificate): Uint8Array {
  const [, bits] = readDer(publicKey.export({ format: 'der', type: 'spki' })).children
  return bits ? bits.content.subarray(1) : new Uint8Array()
}
