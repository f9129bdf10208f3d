/**
 * Opens a PKCS#12 key store (RFC 7292) with one private key and the certificates that belong to it.
 * node-forge takes the envelope apart; the key and the certificates are read by our own code.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { open } from 'node:fs/promises'
import { writePem } from './pem.ts'
import { spkiText } from './log-key.ts'
import { parseCertificate } from './certificate/read.ts'
import type { Certificate } from './certificate/read.ts'
import { sameName } from './certificate/name.ts'
import { readContents } from './pkcs12/contents.ts'
import { createPassword } from './pkcs12/password.ts'
import { Problem } from './problem.ts'

/** Iterations are those of all that is derived from the password, for the file says how many. */
export const pkcs12Limits = { bytes: 131_072, certificates: 8, iterations: 2_000_000 } as const

type Limits = Readonly<Record<keyof typeof pkcs12Limits, number>>

const codes: ReadonlySet<string> = new Set(['invalid-key-store', 'too-many-iterations'])

/** Who signs: a department, its key, and the certificates that say so. */
export interface Identity {
  readonly department: string
  /** The fingerprint of the certificate. */
  readonly kid: string
  readonly key: KeyObject
  /** The leaf first, each followed by its issuer. */
  readonly certificates: readonly Uint8Array[]
}

/** @throws Problem invalid-key-store, too-many-iterations */
export async function openPkcs12(path: string, password: string): Promise<Identity> {
  return readPkcs12(await readBounded(path).catch(unreadable), password)
}

/** The same for whoever has the bytes. @throws Problem invalid-key-store, too-many-iterations */
export function readPkcs12(
  bytes: Uint8Array,
  password: string,
  limits: Limits = pkcs12Limits,
): Identity {
  if (bytes.length > limits.bytes) refuse('size')
  const { keys, certificates } = unwrap(bytes, password, limits)
  const [key, another] = keys
  if (!key || another) refuse('one-key')
  if (key.asymmetricKeyType?.startsWith('rsa')) refuse('rsa')
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

/** Whatever is thrown at a damaged file or a wrong password is one refusal to the caller. */
function unwrap(bytes: Uint8Array, password: string, limits: Limits): Content {
  try {
    const { keys, certificates } = readContents(bytes, createPassword(password, limits.iterations))
    if (certificates.length > limits.certificates) refuse('certificates')
    return {
      // As PEM, because Node finds no SM2 in the DER of a private key.
      keys: keys.map((key) => createPrivateKey(writePem([key], 'PRIVATE KEY'))),
      certificates: certificates.map((certificate) => parseCertificate(certificate)),
    }
  } catch (cause) {
    if (cause instanceof Problem && codes.has(cause.code)) throw cause
    throw new Problem('invalid-key-store', { rule: 'unreadable' }, { cause })
  }
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
