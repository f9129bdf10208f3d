/**
 * Opens a PKCS#12 key store (RFC 7292) with one private key and the certificates that belong to it.
 * node-forge undoes the envelope only; the key and the certificates are read by our own code.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { open } from 'node:fs/promises'
import forge from 'node-forge'
import { writePem } from './pem.ts'
import { spkiText } from './log-key.ts'
import { parseCertificate } from './certificate/read.ts'
import type { Certificate } from './certificate/read.ts'
import { sameName } from './certificate/name.ts'
import { Problem } from './problem.ts'

export const pkcs12Limits = { bytes: 131_072, certificates: 8 } as const

/** Who signs: a department, its key, and the certificates that say so. */
export interface Identity {
  readonly department: string
  /** The fingerprint of the certificate. */
  readonly kid: string
  readonly key: KeyObject
  /** The leaf first, each followed by its issuer. */
  readonly certificates: readonly Uint8Array[]
}

/** @throws Problem invalid-key-store */
export async function openPkcs12(path: string, password: string): Promise<Identity> {
  const { keys, certificates } = unwrap(await readBounded(path).catch(unreadable), password)
  const [key, another] = keys
  if (!key || another) refuse('one-key')
  const publicKey = createPublicKey(key)
  const leaf = certificates.find(
    (certificate) => spkiText(certificate.publicKey) === spkiText(publicKey),
  )
  if (!leaf) refuse('certificate-of-key')
  if (leaf.departmentCode === undefined) refuse('department')
  return {
    department: leaf.departmentCode,
    kid: leaf.fingerprint,
    key,
    certificates: chainFrom(leaf, certificates).map(({ der }) => der),
  }
}

async function readBounded(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > pkcs12Limits.bytes) refuse('size')
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** A file that is not there or may not be read; the path is the caller's and may be shown. */
function unreadable(cause: unknown): never {
  if (cause instanceof Problem) throw cause
  throw new Problem('invalid-key-store', { rule: 'file' }, { cause })
}

interface Content {
  readonly keys: readonly KeyObject[]
  readonly certificates: readonly Certificate[]
}

/** Whatever forge throws at a damaged file or a wrong password is one refusal to us. */
function unwrap(bytes: Buffer, password: string): Content {
  try {
    const envelope = forge.asn1.fromDer(bytes.toString('binary'))
    const store = forge.pkcs12.pkcs12FromAsn1(envelope, true, password)
    const bags = store.safeContents.flatMap(({ safeBags }) => safeBags)
    const keys = bags.filter(({ type }) => type !== forge.pki.oids['certBag'])
    const certificates = bags.filter(({ type }) => type === forge.pki.oids['certBag'])
    if (certificates.length > pkcs12Limits.certificates) refuse('certificates')
    return {
      // As PEM, because Node finds no SM2 in the DER of a private key.
      keys: keys.map((bag) => createPrivateKey(writePem([derOf(bag)], 'PRIVATE KEY'))),
      certificates: certificates.map((bag) => parseCertificate(derOf(bag))),
    }
  } catch (cause) {
    if (cause instanceof Problem && cause.code === 'invalid-key-store') throw cause
    throw new Problem('invalid-key-store', { rule: 'unreadable' }, { cause })
  }
}

/** Forge knows RSA only: what is elliptic it hands out as the ASN.1 it found, which is what we want. */
function derOf(bag: forge.pkcs12.Bag): Buffer {
  if (bag.key ?? bag.cert) refuse('rsa')
  return Buffer.from(forge.asn1.toDer(bag.asn1).getBytes(), 'binary')
}

function chainFrom(leaf: Certificate, certificates: readonly Certificate[]): Certificate[] {
  const chain = [leaf]
  let last = leaf
  while (chain.length <= certificates.length) {
    const { issuer } = last
    const next = certificates.find(
      (certificate) => sameName(certificate.subject, issuer) && !chain.includes(certificate),
    )
    if (!next) break
    chain.push(next)
    last = next
  }
  return chain
}

function refuse(rule: string): never {
  throw new Problem('invalid-key-store', { rule })
}
