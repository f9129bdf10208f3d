/**
 * Writes a PKCS#12 key store (RFC 7292) by hand, because node-forge can write RSA keys only: the key
 * encrypted by PBES2 with AES-256, the certificates in the open, the whole under a MAC of SHA-256.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import forge from 'node-forge'
import { tags } from '../sdk/der.ts'
import { contextTag } from '../sdk/der-value.ts'
import { der, integer, octets, oid, sequence } from './der-writer.ts'

const oids = {
  data: '1.2.840.113549.1.7.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  localKeyId: '1.2.840.113549.1.9.21',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

const macIterations = 2_048
/** Identifies the MAC key among what is derived from one password (RFC 7292 §B.3). */
const macKeyPurpose = 3

export interface KeyStore {
  readonly key: KeyObject
  /** The leaf first. */
  readonly certificates: readonly Uint8Array[]
}

/** How a store differs from a usual one. */
export interface Form {
  readonly iterations?: number
  /** What it says of its iterations when that is not true. */
  readonly said?: number
  /** Done to what the MAC is made over. */
  readonly change?: (safe: Uint8Array) => Uint8Array
}

export function writePkcs12(store: KeyStore, password: string, form: Form = {}): Uint8Array {
  const keyId = der(
    tags.set,
    sequence(oid(oids.localKeyId), der(tags.set, octets(Uint8Array.of(1)))),
  )
  const shrouded = store.key.export({
    ...{ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: password },
  })
  const certificates = store.certificates.map((certificate, i) =>
    bag(
      oids.certificateBag,
      sequence(oid(oids.x509Certificate), explicit(octets(certificate))),
      i === 0 ? keyId : new Uint8Array(),
    ),
  )
  const { change = (whole) => whole } = form
  const safe = change(
    sequence(
      data(sequence(...certificates)),
      data(sequence(bag(oids.shroudedKeyBag, shrouded, keyId))),
    ),
  )
  return sequence(integer(3), data(safe), mac(safe, password, form))
}

function bag(type: string, value: Uint8Array, attributes: Uint8Array): Uint8Array {
  return sequence(oid(type), explicit(value), attributes)
}

function data(content: Uint8Array): Uint8Array {
  return sequence(oid(oids.data), explicit(octets(content)))
}

function explicit(value: Uint8Array): Uint8Array {
  return der(contextTag(0, 'constructed'), value)
}

function mac(
  content: Uint8Array,
  password: string,
  { iterations = macIterations, said = iterations }: Form,
): Uint8Array {
  const salt = randomBytes(16)
  const key = forge.pkcs12.generateKey(
    ...([password, forge.util.createBuffer(salt.toString('binary')), macKeyPurpose] as const),
    ...([iterations, 32, forge.md.sha256.create()] as const),
  )
  const digest = createHmac('sha256', Buffer.from(key.getBytes(), 'binary'))
    .update(content)
    .digest()
  const algorithm = sequence(oid(oids.sha256), der(tags.null))
  return sequence(sequence(algorithm, octets(digest)), octets(salt), integer(said))
}
