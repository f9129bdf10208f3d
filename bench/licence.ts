/**
 * What the programs about licences verify: a licence of 20 items under a development PKI, with its
 * status list and its place in a log. No database is needed for it.
 */
import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { parseCertificate } from '../sdk/certificate.ts'
import { readJws } from '../sdk/jws.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { LicenceTask } from '../sdk/batch.ts'
import { discloseOnly, splitSdJwt } from '../sdk/sd-jwt.ts'
import type { Trust } from '../sdk/trust.ts'
import { createForge, types } from '../test/forging.ts'
import { createIssuing, issuingAt } from '../test/issuing.ts'
import type { Issuing, Signer } from '../test/issuing.ts'

export const itemCount = 20

export interface Sample {
  readonly issuing: Issuing
  readonly trust: Trust
  /** With so many of its items disclosed. */
  readonly taskOf: (disclosed: number) => LicenceTask
  readonly raw: RawSignature
}

/** What the seal signed, and its signature in both forms. */
export interface RawSignature {
  readonly message: Uint8Array
  readonly key: KeyObject
  readonly plain: Uint8Array
  readonly der: Uint8Array
}

export async function createSample(): Promise<Sample> {
  const issuing = await createIssuing(types)
  const { sealed, logged, freshList } = createForge(issuing)
  const names = Array.from({ length: itemCount }, (_, i) => `item${i}`)
  const items = Object.fromEntries(names.map((name) => [name, `数据项的内容 ${name}`]))
  const whole = sealed({ items })
  const { trust } = issuing
  const taskOf = (disclosed: number): LicenceTask => {
    const document = discloseOnly(whole, new Set(names.slice(0, disclosed)))
    const task = { document, at: issuingAt, status: freshList, evidence: logged(whole) }
    const { verdict } = verifyLicence(document, { trust, ...task })
    return verdict === 'valid' ? task : fail()
  }
  const message = readJws(splitSdJwt(whole).jwt).signingInput
  return { issuing, trust, taskOf, raw: rawSignature(issuing.marketSeal, message) }
}

function rawSignature({ key, chain: [leaf] }: Signer, message: Uint8Array): RawSignature {
  return {
    ...{ message, key: leaf ? parseCertificate(leaf).publicKey : fail() },
    plain: sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }),
    der: sign('sha256', message, key),
  }
}

/** One signature, the key made once: in the form a token carries it, and in the form OpenSSL takes. */
export function rawVerifications({ message, key, plain, der }: RawSignature): {
  readonly asTokens: () => void
  readonly asCertificates: () => void
} {
  const wrapped = { key, dsaEncoding: 'ieee-p1363' } as const
  return {
    asTokens: () => {
      if (!verify('sha256', message, wrapped, plain)) fail()
    },
    asCertificates: () => {
      if (!verify('sha256', message, key, der)) fail()
    },
  }
}

function fail(): never {
  throw new Error('it must verify')
}
