/**
 * The development PKI and keys of one exchange, in one folder: certificates of every department,
 * revocation lists, and the keys of the log and the vault. Nothing in it may be trusted outside
 * development: every certificate says so, and production refuses its roots.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crl } from '../sdk/revocation/crl.ts'
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
  readonly crls: readonly Crl[]
}

/** The platform's part of a tree, of P-256 or of SM2. */
interface Tree extends Made {
  readonly root: Holder
  readonly licensing: Holder
  readonly receipt: Holder
}

async function fill(folder: string, pki: DevelopmentPki): Promise<void> {
  const { at } = pki
  if (!(await isOfThisEdition(folder))) {
    await rm(join(folder, 'ca'), { recursive: true, force: true })
  }
  const password = await writeSecrets(folder)
  const tree = await growTree(folder, platform, at)
  const sm2 = pki.departments.some((department) => department.sm2)
    ? await growTree(folder, { ...platform, curve: 'SM2' }, at)
    : undefined
  const own = { profile: 'tsa', owner: platform, issuer: tree.licensing, at } as const
  const tsa = await obtain(own, pemKeeper(join(folder, 'tsa')))
  const server = await obtain({ ...own, profile: 'server' }, pemKeeper(join(folder, 'tls')))
  const trees = sm2 ? [tree, sm2] : [tree]
  const made: Made[] = [...trees, { holders: [tsa, server], crls: [] }]
  const withBadSeals = pki.departments.find(({ issues }) => issues)
  for (const department of pki.departments) {
    const around = { tree, ...(sm2 && { sm2 }), at, password }
    const hasBadSeals = department === withBadSeals
    made.push(await fillDepartment(folder, department, { ...around, hasBadSeals }))
  }
  const crls = made.flatMap((part) => part.crls)
  const [roots, receipts] = [trees.map(({ root }) => root), trees.map(({ receipt }) => receipt)]
  await writeTrust(folder, { pki, roots, receipts, crls })
  await writeManifest(folder, { pki, holders: made.flatMap((part) => part.holders), crls })
}

async function growTree(folder: string, owner: Owner, at: Date): Promise<Tree> {
  const named = (name: string): string => `${name}${suffixOf(owner)}`
  const own = (profile: ProfileName, path: string, issuer?: Holder): Promise<Holder> =>
    obtain({ profile, owner, at, ...(issuer && { issuer }) }, pemKeeper(join(folder, named(path))))
  const root = await own('root', 'ca/root')
  const licensing = await own('licensing', 'ca/licensing', root)
  const status = await own('status', 'status', licensing)
  const receipt = await own('receipt', 'receipt', licensing)
  const crls = [
    await writeCrl(folder, { name: named('root'), authority: root, at, revoked: [] }),
    await writeCrl(folder, { name: named('licensing'), authority: licensing, at, revoked: [] }),
  ]
  return { root, licensing, receipt, holders: [root, licensing, status, receipt], crls }
}

/** No department's code has a hyphen. */
function suffixOf({ curve }: Owner): string {
  return curve === 'SM2' ? '-sm2' : ''
}

interface Around {
  readonly tree: Tree
  readonly sm2?: Tree
  readonly at: Date
  readonly password: string
  readonly hasBadSeals: boolean
}

/** A department that runs on SM2 has two authorities: TLS knows the other curve only. */
async function fillDepartment(
  folder: string,
  department: DevelopmentDepartment,
  around: Around,
): Promise<Made> {
  const { code, uscc, zh, issues } = department
  const { at, password, tree, sm2 } = around
  const owner = { zh, organisation: uscc, department: code }
  const authorityOf = (ofWhom: Owner, issuer: Holder): Promise<Holder> =>
    obtain(
      { profile: 'department', owner: ofWhom, issuer, at },
      pemKeeper(join(folder, 'ca', `${code}${suffixOf(ofWhom)}`)),
    )
  const connecting = await authorityOf(owner, tree.licensing)
  const signing =
    department.sm2 && sm2
      ? await authorityOf({ ...owner, curve: 'SM2' }, sm2.licensing)
      : connecting
  const client = { profile: 'client', owner, issuer: connecting, at } as const
  const request = { profile: 'request', owner: signing.owner, issuer: signing, at } as const
  const requests = await obtain(request, pkcs12Keeper(join(folder, `${code}.p12`), password))
  await writeChain(join(folder, code, 'request'), requests)
  const holders = [
    ...new Set([connecting, signing]),
    requests,
    await obtain(client, pemKeeper(join(folder, code, 'tls'))),
  ]
  const seal = { ...request, profile: 'seal' } as const
  if (issues) holders.push(await obtain(seal, pemKeeper(join(folder, code, 'seal'))))
  const bad = around.hasBadSeals ? await badSeals(folder, { authority: signing, at }) : []
  const crls: Crl[] = []
  for (const authority of new Set([connecting, signing])) {
    const name = `${code}${suffixOf(authority.owner)}`
    const revoked = authority === signing ? bad : []
    crls.push(await writeCrl(folder, { name, authority, at, revoked }))
  }
  return { holders, crls }
}
