/**
 * A real development PKI for tests of what is sealed under it: two issuing departments, the status
 * signer, the log, and the means to make what their keys could make but honest owners would not.
 */
import { createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { obtain } from '../certs-dev/holder.ts'
import type { Holder, Wanted } from '../certs-dev/holder.ts'
import type { Owner } from '../certs-dev/profile.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { readPem } from '../sdk/pem.ts'
import { readTrust } from '../sdk/trust.ts'
import type { Trust, TrustedIssuer } from '../sdk/trust.ts'

export const issuingAt = new Date('2026-06-01T12:00:00Z')
export const exchange = 'exchange.test'
export const market: Owner = {
  zh: '海口市市场监督管理局',
  organisation: '11460108MB15000151',
  department: 'haikouMarket',
}
export const police: Owner = {
  zh: '海口市公安局',
  organisation: '11460000MB1500007D',
  department: 'haikouPolice',
}
export const platform: Owner = { zh: '证通 DEV', organisation: '证通' }

export interface Signer {
  readonly key: KeyObject
  /** Leaf first, DER, without the root. */
  readonly chain: readonly Uint8Array[]
}

export interface Issuing {
  readonly trust: Trust
  /** The file it was read from. */
  readonly trustFile: string
  readonly logKey: KeyObject
  readonly status: Signer
  readonly marketSeal: Signer
  readonly policeSeal: Signer
  /** Of the market, ended 30 days ago. */
  readonly expiredSeal: Signer
  /** Of the market, revoked 30 days ago. */
  readonly revokedSeal: Signer
  readonly marketAuthority: Holder
  readonly licensing: Holder
}

/**
 * @param types what each department may issue
 * @param onSm2 the department that runs on SM2
 */
export async function createIssuing(
  types: Readonly<Record<'market' | 'police', TrustedIssuer['types']>>,
  onSm2?: Owner,
): Promise<Issuing> {
  const folder = await mkdtemp(join(tmpdir(), 'zhengtong-issuing-'))
  const out = join(folder, 'out')
  const owners = [market, police].map((owner) => {
    const { zh, organisation, department = '' } = owner
    const known = { code: department, uscc: organisation, zh, en: department, issues: true }
    return owner === onSm2 ? { ...known, sm2: true as const } : known
  })
  const issuers = owners.map(({ code, uscc, zh, en }, i) => {
    return { department: code, uscc, name: { zh, en }, types: types[i === 0 ? 'market' : 'police'] }
  })
  try {
    await createDevelopmentPki({ out, exchange, departments: owners, issuers, at: issuingAt })
    return await read(out)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function read(out: string): Promise<Issuing> {
  const textOf = (path: string): Promise<string> => readFile(join(out, path), 'utf8')
  const signerOf = async (path: string): Promise<Signer> => ({
    key: createPrivateKey(await textOf(`${path}.key.pem`)),
    chain: readPem(await textOf(`${path}.chain.pem`), 'CERTIFICATE'),
  })
  const holderOf = async (profile: Wanted['profile'], path: string, owner: Owner) => {
    const { key, chain } = await signerOf(path)
    const [certificate, ...others] = chain.map(parseCertificate)
    if (!certificate) throw new Error(`no certificate in ${path}`)
    return { profile, owner, key, certificate, chain: [certificate, ...others] }
  }
  const trustFile = await textOf('trust.json')
  return {
    ...{ trustFile, trust: readTrust(trustFile) },
    logKey: createPrivateKey(await textOf('log.key.pem')),
    status: await signerOf('status'),
    marketSeal: await signerOf('haikouMarket/seal'),
    policeSeal: await signerOf('haikouPolice/seal'),
    expiredSeal: await signerOf('bad/expired'),
    revokedSeal: await signerOf('bad/revoked'),
    marketAuthority: await holderOf('department', 'ca/haikouMarket', market),
    licensing: await holderOf('licensing', 'ca/licensing', platform),
  }
}

/** A fresh key with its certificate, kept in no file; without issuer it is a root of its own. */
export function holder(wanted: Omit<Wanted, 'at'>): Promise<Holder> {
  const nowhere = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() }
  return obtain({ ...wanted, at: issuingAt }, nowhere)
}

export function signerOf({ key, chain }: Holder): Signer {
  return { key, chain: chain.map(({ der }) => der) }
}
