/**
 * Keys with their certificates, kept in files: what is still good is used again, what is missing,
 * damaged, about to expire or made for someone else is made anew. So a development vault keeps its
 * roots, and what it sealed stays true, while departments come and go.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { verifyCertificateSignature } from '../sdk/algorithm.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import type { Certificate } from '../sdk/certificate.ts'
import { readPem, writePem } from '../sdk/pem.ts'
import { openPkcs12 } from '../sdk/pkcs12.ts'
import { Problem } from '../sdk/problem.ts'
import { exists, readIfThere, write } from './folder.ts'
import { makeCertificate, nameDer } from './make.ts'
import { writePkcs12 } from './pkcs12.ts'
import { extensionsOf, profiles, subjectOf } from './profile.ts'
import type { Owner, ProfileName } from './profile.ts'

export const dayMs = 86_400_000
/** Whatever has less than this left is renewed. */
export const renewalMs = 30 * dayMs

export interface Holder {
  readonly profile: ProfileName
  readonly owner: Owner
  readonly key: KeyObject
  readonly certificate: Certificate
  /** Itself and its CAs, without the root. */
  readonly chain: readonly Certificate[]
}

/** Which certificate ought to be there. */
export interface Wanted {
  readonly profile: ProfileName
  readonly owner: Owner
  /** None for a root. */
  readonly issuer?: Holder
  readonly at: Date
  /** Other times than the profile's, for certificates that are bad on purpose. */
  readonly period?: { readonly from: Date; readonly until: Date }
}

type Pair = Pick<Holder, 'key' | 'certificate'>

/** How a pair is kept: as PEM files, or in a key store. */
export interface Keeper {
  readonly read: () => Promise<Pair | undefined>
  readonly write: (holder: Holder) => Promise<void>
}

export async function obtain(wanted: Wanted, keeper: Keeper): Promise<Holder> {
  const kept = await keeper.read().catch(unreadable)
  if (kept && isStillGood(kept, wanted)) return holderOf(kept, wanted)
  const made = holderOf(await make(wanted), wanted)
  await keeper.write(made)
  return made
}

function holderOf({ key, certificate }: Pair, { profile, owner, issuer }: Wanted): Holder {
  const chain = issuer ? [certificate, ...issuer.chain] : []
  return { profile, owner, key, certificate, chain }
}

function isStillGood({ key, certificate }: Pair, wanted: Wanted): boolean {
  const { profile, owner, at, period, issuer } = wanted
  const { tbs, signature, signatureAlgorithm, publicKey } = certificate
  const issuerKey = issuer?.certificate.publicKey ?? publicKey
  const lasts = certificate.notAfter.getTime() - at.getTime() > renewalMs
  return [
    Buffer.compare(certificate.subject.der, nameDer(subjectOf(profile, owner))) === 0,
    certificate.departmentCode === owner.department,
    createPublicKey(key).equals(publicKey),
    verifyCertificateSignature(signatureAlgorithm, issuerKey, tbs, signature),
    period !== undefined || (certificate.notBefore <= at && lasts),
  ].every(Boolean)
}

async function make(wanted: Wanted): Promise<Pair> {
  const { profile, owner, issuer } = wanted
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: owner.curve ?? 'P-256',
  })
  const subject = subjectOf(profile, owner)
  const issuerName = issuer ? subjectOf(issuer.profile, issuer.owner) : subject
  const { from, until } = wanted.period ?? periodOf(wanted)
  const der = await makeCertificate({
    ...{ subject, publicKey, from, until },
    issuer: { name: issuerName, key: issuer?.key ?? privateKey },
    extensions: extensionsOf(profile, {
      ...{ subject: publicKey, issuer: issuer?.certificate.publicKey ?? publicKey, owner },
    }),
  })
  return { key: privateKey, certificate: parseCertificate(der) }
}

/** CAs begin three years ago, so that certificates of the past can be made under them. */
function periodOf({ profile, at }: Wanted): { from: Date; until: Date } {
  const backMs = 'purpose' in profiles[profile] ? dayMs : 3 * 365 * dayMs
  const from = new Date(at.getTime() - backMs)
  return { from, until: new Date(at.getTime() + profiles[profile].years * 365 * dayMs) }
}

/** `<path>.key.pem` for its owner only, and `<path>.chain.pem`: the certificate and its CAs. */
export function pemKeeper(path: string): Keeper {
  return {
    read: async () => {
      const key = await readIfThere(`${path}.key.pem`)
      const chain = await readIfThere(`${path}.chain.pem`)
      const [der] = chain ? readPem(chain.toString('utf8'), 'CERTIFICATE') : []
      if (!key || !der) return undefined
      return { key: createPrivateKey(key), certificate: parseCertificate(der) }
    },
    write: async (holder) => {
      const key = holder.key.export({ format: 'pem', type: 'pkcs8' })
      await write(`${path}.key.pem`, key, 'secret')
      await writeChain(path, holder)
    },
  }
}

/** What others may see of it. */
export async function writeChain(path: string, { certificate, chain }: Holder): Promise<void> {
  const ders = (chain.length > 0 ? chain : [certificate]).map(({ der }) => der)
  await write(`${path}.chain.pem`, writePem(ders, 'CERTIFICATE'), 'public')
}

/** One file with the key under a password and the chain. */
export function pkcs12Keeper(path: string, password: string): Keeper {
  return {
    read: async () => {
      if (!(await exists(path))) return undefined
      const { key, certificates } = await openPkcs12(path, password)
      const [der] = certificates
      return der ? { key, certificate: parseCertificate(der) } : undefined
    },
    write: async ({ key, chain }) => {
      const certificates = chain.map(({ der }) => der)
      await write(path, writePkcs12({ key, certificates }, password), 'secret')
    },
  }
}

/** A file that cannot be read is as good as none: it is replaced. Node's own errors carry a code. */
function unreadable(thrown: unknown): undefined {
  const isDamage = thrown instanceof Problem || (thrown instanceof Error && 'code' in thrown)
  if (!isDamage) throw thrown
}
