/**
 * What the programs about licences verify: a licence of 20 items under a development PKI, with its
 * status list and its place among the million entries of a log. No database is needed for it.
 */
import { randomBytes, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { signBytes } from '../sdk/algorithm.ts'
import type { LicenceTask } from '../sdk/batch.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { signCheckpoint } from '../sdk/checkpoint.ts'
import { formatLicenceId } from '../sdk/identifier-licence.ts'
import { canonicalJson } from '../sdk/json.ts'
import { readJws } from '../sdk/jws.ts'
import {
  departmentUrn,
  documentDigest,
  draftLicence,
  licenceTypeUrn,
  sealLicence,
} from '../sdk/licence/document.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { IssueEvidence } from '../sdk/licence.ts'
import { inclusionProof, leafHash, rootOf } from '../sdk/merkle.ts'
import { utf8 } from '../sdk/primitives.ts'
import { discloseOnly, splitSdJwt } from '../sdk/sd-jwt.ts'
import { encodeLicenceStatuses, signStatusList } from '../sdk/status/signer.ts'
import { createPki, department, exchange, typeCode } from './pki.ts'
import type { Pki, Signer } from './pki.ts'

export const itemCount = 20
const logSize = 1_000_000
const uri = `https://${exchange}/status-lists/0`
const names = Array.from({ length: itemCount }, (_, i) => `item${i}`)

export interface Sample {
  readonly pki: Pki
  readonly at: Date
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
  const at = new Date()
  const pki = await createPki(at)
  const whole = await sealedLicence(pki.seal, at)
  const list = { ...encodeLicenceStatuses(new Map()), uri, at }
  const asked = { at, status: signStatusList(list, pki.status), evidence: logged(whole, pki, at) }
  const taskOf = (disclosed: number): LicenceTask => {
    const document = discloseOnly(whole, new Set(names.slice(0, disclosed)))
    const { verdict } = verifyLicence(document, { trust: pki.trust, ...asked })
    return verdict === 'valid' ? { document, ...asked } : fail()
  }
  const message = readJws(splitSdJwt(whole).jwt).signingInput
  return { pki, at, taskOf, raw: rawSignature(pki.seal, message) }
}

function sealedLicence({ key, chain }: Signer, at: Date): Promise<string> {
  const { code, uscc } = department
  const licenceId = formatLicenceId({ typeCode, issuer: uscc, serial: 'BENCH1', version: '001' })
  const claims = {
    ...{ vct: licenceTypeUrn(typeCode), licenceId, iss: departmentUrn(code) },
    ...{ nbf: Math.floor(at.getTime() / 1000) - 60, typeVersion: '1' },
    status: { status_list: { idx: 100_000, uri } },
  }
  const items = Object.fromEntries(names.map((name) => [name, `数据项的内容 ${name}`]))
  const draft = draftLicence(claims, items, () => randomBytes(16))
  const seal = { algorithm: 'ES256', chain } as const
  const signed = (message: Uint8Array) => Promise.resolve(signBytes('ES256', key, message))
  return sealLicence(draft, { ...seal, sign: signed }, at)
}

function logged(document: string, { logKey }: Pki, at: Date): IssueEvidence {
  const recordedAt = at.toISOString()
  const entry = utf8(
    canonicalJson({ kind: 'licence-issued', recordedAt, document: documentDigest(document) }),
  )
  const leaves = Array.from({ length: logSize }, (_, i) =>
    i === 777_777 ? leafHash(entry) : leafHash(utf8(`entry ${i}`)),
  )
  const head = { origin: `${exchange}/log/${at.getUTCFullYear()}`, size: logSize }
  const checkpoint = signCheckpoint({ ...head, root: rootOf(leaves) }, logKey)
  return { entry, index: 777_777, proof: inclusionProof(leaves, 777_777), checkpoint, ...head }
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
  readonly plain: () => void
  readonly der: () => void
} {
  const wrapped = { key, dsaEncoding: 'ieee-p1363' } as const
  return {
    plain: () => {
      if (!verify('sha256', message, wrapped, plain)) fail()
    },
    der: () => {
      if (!verify('sha256', message, key, der)) fail()
    },
  }
}

function fail(): never {
  throw new Error('it must verify')
}
