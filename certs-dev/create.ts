/**
 * The development PKI and keys of one exchange, in one folder: certificates of every department,
 * revocation lists, and the keys of the log and the vault. Nothing in it may be trusted outside
 * development: every certificate says so, and production refuses its roots.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crl } from '../sdk/crl.ts'
import { badSeals } from './bad-seal.ts'
import { replaceFolder } from './folder.ts'
import { obtain, pemKeeper, pkcs12Keeper, writeChain } from './holder.ts'
import type { Holder } from './holder.ts'
import { isCurrent, isOfThisEdition, writeManifest } from './manifest.ts'
import type { DevelopmentDepartment, DevelopmentPki } from './plan.ts'
import type { Owner, ProfileName } from './profile.ts'
import { writeCrl } from './revocation.ts'
import { writeSecrets } from './secret.ts'
import { writeTrust } from './trust.ts'

const platform: Owner = { zh: '证通 DEV', organisation: '证通' }
/** How often another process may be faster than we are. */
const triesMax = 5
/** Names of our own in the folder, which no department may take. */
const reserved: readonly string[] = ['root', 'licensing', 'ca', 'bad', 'tls']

/** Does nothing when the folder is complete, was made for the same plan and lasts another 30 days. */
export async function createDevelopmentPki(pki: DevelopmentPki): Promise<void> {
  const taken = pki.departments.find(({ code }) => reserved.includes(code))
  if (taken) throw new RangeError(`a department cannot be called ${taken.code}`)
  for (let tries = 0; tries < triesMax && !(await isCurrent(pki)); tries += 1) {
    const outcome = await replaceFolder(pki.out, (folder) => fill(folder, pki))
    if (outcome === 'replaced') return
  }
  if (!(await isCurrent(pki))) throw new Error(`${pki.out} is being made by too many at once`)
}

interface Made {
  readonly holders: readonly Holder[]
  readonly crl: Crl
}

async function fill(folder: string, pki: DevelopmentPki): Promise<void> {
  const { at } = pki
  if (!(await isOfThisEdition(folder))) {
    await rm(join(folder, 'ca'), { recursive: true, force: true })
  }
  const password = await writeSecrets(folder)
  const own = (profile: ProfileName, path: string, issuer?: Holder): Promise<Holder> =>
    obtain(
      { profile, owner: platform, at, ...(issuer && { issuer }) },
      pemKeeper(join(folder, path)),
    )
  const root = await own('root', 'ca/root')
  const licensing = await own('licensing', 'ca/licensing', root)
  const status = await own('status', 'status', licensing)
  const receipt = await own('receipt', 'receipt', licensing)
  const tsa = await own('tsa', 'tsa', licensing)
  const server = await own('server', 'tls', licensing)
  const crls = [
    await writeCrl(folder, { name: 'root', authority: root, at, revoked: [] }),
    await writeCrl(folder, { name: 'licensing', authority: licensing, at, revoked: [] }),
  ]
  const holders = [root, licensing, status, receipt, tsa, server]
  const withBadSeals = pki.departments.find(({ issues }) => issues)
  for (const department of pki.departments) {
    const made = await fillDepartment(folder, department, {
      ...{ licensing, at, password, hasBadSeals: department === withBadSeals },
    })
    holders.push(...made.holders)
    crls.push(made.crl)
  }
  await writeTrust(folder, { pki, root, receipt, crls })
  await writeManifest(folder, { pki, holders, crls })
}

async function fillDepartment(
  folder: string,
  { code, uscc, zh, issues }: DevelopmentDepartment,
  around: {
    readonly licensing: Holder
    readonly at: Date
    readonly password: string
    readonly hasBadSeals: boolean
  },
): Promise<Made> {
  const { at, password } = around
  const owner = { zh, organisation: uscc, department: code }
  const authority = await obtain(
    { profile: 'department', owner, issuer: around.licensing, at },
    pemKeeper(join(folder, 'ca', code)),
  )
  const holders = [authority]
  const request = { profile: 'request', owner, issuer: authority, at } as const
  const requests = await obtain(request, pkcs12Keeper(join(folder, `${code}.p12`), password))
  holders.push(requests)
  await writeChain(join(folder, code, 'request'), requests)
  const client = { profile: 'client', owner, issuer: authority, at } as const
  holders.push(await obtain(client, pemKeeper(join(folder, code, 'tls'))))
  const seal = { profile: 'seal', owner, issuer: authority, at } as const
  if (issues) holders.push(await obtain(seal, pemKeeper(join(folder, code, 'seal'))))
  const revoked = around.hasBadSeals ? await badSeals(folder, { authority, at }) : []
  return { holders, crl: await writeCrl(folder, { name: code, authority, at, revoked }) }
}
