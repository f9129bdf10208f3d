/** Each kind of key is followed by another while an exchange answers; nothing fails meanwhile. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { obtain, pemKeeper } from '../../certs-dev/holder.ts'
import type { Holder } from '../../certs-dev/holder.ts'
import { connect, sql } from '../../db/postgres.ts'
import type { Db } from '../../db/postgres.ts'
import type { Company } from '../../demo/sample.ts'
import { openCheckpoint } from '../../sdk/checkpoint.ts'
import { hadNotEnded, spkiText } from '../../sdk/log-key.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { readPem } from '../../sdk/pem.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { readInclusionEvidence, redeemReceipt, verifyReceipt } from '../../sdk/receipt.ts'
import { statusListTtl } from '../../sdk/status/signer.ts'
import { verifyBackup, createBackup } from '../commands/backup-work.ts'
import { readWrappingKeys } from '../keys/key-folder.ts'
import { localKeyWrapper } from '../../vault/index.ts'
import { createTestWorld } from '../../test/world.ts'
import type { TestWorld } from '../../test/world.ts'
import { createKeyRegistry } from '../identity/keys.ts'
import { rotateLogKey } from './log-key.ts'
import { withTurn } from './turn.ts'
import { countUses, retireWrappingKeys, rotateWrappingKey } from './wrapping-key.ts'

let folder: string
let world: TestWorld
let keeper: Db
const companies: Company[] = []
const receipts: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-rotation-'))
  world = await createTestWorld({ keysFolder: join(folder, 'keys') })
  const { databaseUrl: url } = world.world.exchange.settings
  keeper = connect({ url, role: 'zt_keeper', name: 'test keeper', max: 2 })
})

afterAll(async () => {
  await keeper.close()
  await world.close()
  await rm(folder, { recursive: true })
})

const keys = (): string => join(folder, 'keys')

/** The small day of an office: a licence, a case about it, an answer with a receipt, a verdict. */
async function work(): Promise<void> {
  const company = await world.newCompany()
  companies.push(company)
  const purpose = await world.openCase(company)
  const query = `query ($holder: HolderInput!) { licences(holder: $holder) { licenceId } }`
  const holder = { codeType: '001', code: company.uscc }
  const { json, text } = await world.ask(query, { holder }, { purpose })
  const { data, extensions } = json as {
    data: { licences: { licenceId: string }[] }
    extensions: { receipt: string }
  }
  expect(json['errors'], text).toBeUndefined()
  receipts.push(extensions.receipt)
  const [licence] = data.licences
  expect(await verdictOf(licence?.licenceId ?? '')).toBe('valid')
}

async function verdictOf(licenceId: string): Promise<unknown> {
  const body = JSON.stringify({ licenceId })
  const { json } = await world.send({ path: '/verify', body, token: undefined })
  return json['verdict']
}

/** Works on and on beside something else, and at least once. */
async function under<T>(change: () => Promise<T>): Promise<T> {
  const state = { isOver: false }
  const changed = change().finally(() => {
    state.isOver = true
  })
  do await work()
  while (!state.isOver)
  return changed
}

/** What was there first and what came last; the log as a whole. */
function ends<T>(all: readonly T[]): T[] {
  return [...all.slice(0, 2), ...all.slice(-2)]
}

async function everythingHolds(): Promise<void> {
  const { exchange } = world.world
  await exchange.log.sequence()
  for (const { uscc } of ends(companies)) {
    const holder = { codeType: '001', code: uscc }
    const [found] = await exchange.vault.findByHolder({ holder }, world.clock.now)
    expect(await verdictOf(found?.licenceId ?? '')).toBe('valid')
  }
  expect(await unredeemed(exchange.settings.keys.trust)).toEqual([])
  expect(await exchange.log.check()).toEqual([])
}

async function unredeemed(trust: TrustNow): Promise<string[]> {
  const failed: string[] = []
  for (const receipt of ends(receipts)) {
    const verdict = verifyReceipt(receipt, trust.receiptKeys)
    if (!verdict.ok) return [verdict.code]
    const { claims } = verdict
    const reply = await fetch(`${world.world.serving.url}/log/proof?leaf=${claims.leaf}`)
    const { origin, ...told } = parseJsonObject(await reply.text())
    expect(origin).toBe(claims.origin)
    const evidence = readInclusionEvidence(JSON.stringify(told))
    const log = { originPrefix: trust.logOriginPrefix, keys: trust.logKeys }
    const redeemed = redeemReceipt({ claims, evidence, log })
    if (!redeemed.ok) failed.push(redeemed.code)
  }
  return failed
}

type TrustNow = TestWorld['world']['exchange']['settings']['keys']['trust']

function turnClock(seconds: number): void {
  world.clock.now = new Date(world.clock.now.getTime() + 1_000 * seconds)
}

test('one rotation at a time', async () => {
  const url = world.world.exchange.settings.databaseUrl
  const order: string[] = []
  await withTurn(url, async ({ keep }) => {
    order.push('first')
    const second = withTurn(url, () => Promise.resolve(order.push('second')))
    await expect(second).rejects.toThrow('rotation-running')
    await keep()
  })
  await withTurn(url, () => Promise.resolve(order.push('third')))
  expect(order).toEqual(['first', 'third'])
})

test('a rotation keeps nobody from putting events in order', async () => {
  const { events, settings } = world.world.exchange
  await world.newCompany()
  await withTurn(settings.databaseUrl, async () => {
    expect(await events.settle()).toBeGreaterThan(0)
  })
})

describe('the log key', () => {
  /** Which keys of the trust file signed the newest head: `old`, `new` or both. */
  async function signers(): Promise<string[]> {
    const { log, settings } = world.world.exchange
    await log.sequence()
    const [old, next] = settings.keys.trust.logKeys.slice(-2)
    const all = [old, next].flatMap((one) => (one ? [one.key] : []))
    const note = (await log.checkpoint(2026)) ?? ''
    const { signedBy } = openCheckpoint(note, { origin: log.origin(2026), keys: all })
    return signedBy.map((key) => (key === next?.key ? 'new' : 'old'))
  }

  const rotate = () => {
    const { log, db } = world.world.exchange
    return rotateLogKey({ folder: keys(), log, db, at: world.clock.now })
  }

  test('a time that comes too soon is refused, and nothing is published', async () => {
    const { log, db, settings } = world.world.exchange
    const soon = { activateAt: new Date(world.clock.now.getTime() + 1_000 * statusListTtl - 1) }
    const asked = { folder: keys(), log, db, at: world.clock.now }
    await expect(rotateLogKey({ ...asked, ...soon })).rejects.toThrow('invalid-config')
    const activateAt = new Date(world.clock.now.getTime() + 3_600_000)
    await expect(rotateLogKey({ ...asked, activateAt, retireAt: activateAt })).rejects.toThrow(
      'invalid-config',
    )
    await settings.keys.refresh()
    expect(settings.keys.trust.logKeys).toHaveLength(1)
  })

  test('is followed without a head, a receipt or a verdict that fails', async () => {
    const { settings, log } = world.world.exchange
    const first = settings.keys.trust
    await work()
    const [old, next] = await under(rotate)
    expect(old?.until && next && old.until > next.from).toBe(true)
    // Nobody restarts anything: the folder is read again.
    await settings.keys.refresh()
    expect(settings.keys.trust.logKeys).toHaveLength(2)
    expect(await signers()).toEqual(['old'])
    await work()
    turnClock(statusListTtl)
    await work()
    expect(await signers()).toEqual(['old', 'new'])
    await everythingHolds()
    expect(await unredeemed(first), 'by those who have the first trust file').toEqual([])
    turnClock(86_400)
    await work()
    expect(await signers()).toEqual(['new'])
    await everythingHolds()
    expect(await unredeemed(first)).toContain('invalid-checkpoint')
    const [entry] = await log.search({ kind: 'log-key-changed' }, { first: 2 })
    const told = parseJsonObject(fromUtf8(entry?.body ?? new Uint8Array()))
    expect(Object.keys(told)).toEqual(
      expect.arrayContaining(['oldKey', 'newKey', 'oldSignature', 'newSignature']),
    )
  })

  test('interrupted before it was published: the old key alone is in force, and again goes on', async () => {
    const { settings } = world.world.exchange
    const before = settings.keys.trust.logKeys
    const held = async () => (await readdir(keys())).filter((name) => name.startsWith('log'))
    const files = await held()
    const { log, db } = world.world.exchange
    const cut = { ...log, sequence: () => Promise.reject(new Error('the power went')) }
    const at = world.clock.now
    await expect(rotateLogKey({ folder: keys(), log: cut, db, at })).rejects.toThrow('power')
    await settings.keys.refresh()
    expect(settings.keys.trust.logKeys.map(({ key }) => key.export({ format: 'jwk' }))).toEqual(
      before.map(({ key }) => key.export({ format: 'jwk' })),
    )
    turnClock(1)
    await work()
    await rotate()
    await settings.keys.refresh()
    expect(settings.keys.trust.logKeys).toHaveLength(before.length + 1)
    expect((await held()).length, 'the key that was made is used').toBe(files.length + 1)
    await everythingHolds()
  })

  test('given again while the change goes on, nothing more is changed', async () => {
    const text = await readFile(join(keys(), 'trust.json'), 'utf8')
    await rotate()
    turnClock(statusListTtl + 1)
    await rotate()
    expect(await readFile(join(keys(), 'trust.json'), 'utf8')).toBe(text)
    turnClock(86_400)
    await work()
    await everythingHolds()
    const inForce = world.world.exchange.settings.keys.trust.logKeys.filter((key) =>
      hadNotEnded(key, world.clock.now),
    )
    expect(inForce).toHaveLength(1)
  })

  test('goes over to SM2 when such a key lies in the folder', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
    await writeFile(join(keys(), 'log-5e2.key.pem'), pem, { mode: 0o600 })
    await rotate()
    await world.world.exchange.settings.keys.refresh()
    const last = world.world.exchange.settings.keys.trust.logKeys.at(-1)
    expect(last && spkiText(last.key)).toBe(spkiText(publicKey))
    turnClock(statusListTtl)
    await work()
    expect(await signers()).toEqual(['old', 'new'])
    turnClock(86_400)
    await work()
    expect(await signers()).toEqual(['new'])
    await everythingHolds()
  })
})

describe('the wrapping key', () => {
  const settled = async (): Promise<void> => {
    await world.world.exchange.settings.keys.refresh()
  }
  const nothing = (): Promise<void> => Promise.resolve()
  const rotate = (done: () => Promise<void> = nothing) =>
    rotateWrappingKey({ folder: keys(), db: keeper, settled, done })
  const ids = async () => [...(await countUses(keeper)).keys()]

  test('is followed while licences are issued and asked for', async () => {
    await work()
    expect(await ids()).toEqual([''])
    const backup = join(folder, 'backup')
    const { settings, wrapper } = world.world.exchange
    const about = { exchange: settings.exchangeId, catalogue: settings.catalogue.version }
    await createBackup({
      url: settings.databaseUrl,
      folder: backup,
      wrapper,
      at: world.clock.now,
      ...about,
    })
    const id = await under(() => rotate())
    expect(id).toMatch(/^[0-9a-f]{12}$/)
    await everythingHolds()
    // Whoever had wrapped at the change, and stored after the rest was rewrapped, is left for another go.
    if ((await ids()).length > 1) expect(await rotate()).toBe(id)
    await retireWrappingKeys({ folder: keys(), db: keeper })
    await settled()
    await everythingHolds()
    await work()
    // What was backed up before needs the key that was retired.
    await expect(verifyBackup(backup, wrapper)).rejects.toThrow('id first')
  })

  test('that still wraps something is not retired; a killed rotation goes on where it was', async () => {
    const cut = (): Promise<void> => Promise.reject(new Error('the power went'))
    await expect(rotate(cut)).rejects.toThrow('power')
    expect((await ids()).length).toBe(2)
    const retiring = retireWrappingKeys({ folder: keys(), db: keeper })
    await expect(retiring).rejects.toThrow('key-in-use')
    await work()
    const { active } = await readWrappingKeys(keys())
    expect(await rotate()).toBe(active.id)
    expect(await ids()).toEqual([active.id])
    expect(await retireWrappingKeys({ folder: keys(), db: keeper })).toHaveLength(1)
    await settled()
    await everythingHolds()
  })

  test.for([1, 3])(
    'killed after page %i: one key wraps, and the same command goes on',
    async (page) => {
      const { databaseUrl } = world.world.exchange.settings
      const program = join(import.meta.dirname, '../../test/faults/rotate.ts')
      const killed = fork(program, [databaseUrl, keys(), `mid-rotation@${page}`])
      expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL'])
      await settled()
      await work()
      const { active } = await readWrappingKeys(keys())
      expect(await rotate()).toBe(active.id)
      expect(await ids()).toEqual([active.id])
      expect(await retireWrappingKeys({ folder: keys(), db: keeper })).toHaveLength(1)
      await everythingHolds()
    },
  )

  test('interrupted before it takes over: the old one wraps, and the published one is used', async () => {
    const cut = (): Promise<void> => Promise.reject(new Error('the power went'))
    const old = await readWrappingKeys(keys())
    const rotation = { folder: keys(), db: keeper, done: nothing }
    await expect(rotateWrappingKey({ ...rotation, settled: cut })).rejects.toThrow('power')
    const now = await readWrappingKeys(keys())
    expect(now.active.id).toBe(old.active.id)
    await expect(retireWrappingKeys(rotation)).rejects.toThrow('rotation-running')
    expect(await rotate()).toBe(now.others[0]?.id)
    await everythingHolds()
  })

  test('of somebody else opens nothing and says so', async () => {
    const { exchange } = world.world
    const { active } = await readWrappingKeys(keys())
    const stranger = { active: { id: 'ffffffffffff', key: active.key }, others: [] }
    const wrapped = await localKeyWrapper(() => ({ active, others: [] })).wrap(active.key, 'here')
    const opening = localKeyWrapper(() => stranger).unwrap(wrapped, 'here')
    await expect(opening).rejects.toThrow(`unknown-wrapping-key`)
    expect(await exchange.wrapper.unwrap(wrapped, 'here')).toEqual(active.key)
  })

  test('and every other secret can be read by its owner only', async () => {
    const names = (await readdir(keys(), { recursive: true })).filter((name) =>
      /(^|\/)(kek|log).*(key|pem)$/.test(name),
    )
    const modes = await Promise.all(
      names.map(async (name) => ((await stat(join(keys(), name))).mode & 0o777).toString(8)),
    )
    expect(names.length).toBeGreaterThan(5)
    expect(new Set(modes)).toEqual(new Set(['600']))
  })
})

// Last, because it takes away the key that the others ask with.
describe('a request key', () => {
  const department = 'meilanMarket'
  let next: Holder

  beforeAll(async () => {
    const { uscc: organisation = '', name } =
      world.world.exchange.settings.catalogue.departments.get(department) ?? {}
    const owner = { zh: name?.zh ?? '', organisation, department }
    const path = join(keys(), 'ca', department)
    const pair = await pemKeeper(path).read()
    if (!pair) throw new Error('the department has no authority')
    const ders = readPem(await readFile(`${path}.chain.pem`, 'utf8'), 'CERTIFICATE')
    const chain = ders.map(parseCertificate)
    const issuer = { profile: 'department', owner, ...pair, chain } as const
    const wanted = { profile: 'request', owner, issuer, at: world.clock.now } as const
    next = await obtain(wanted, pemKeeper(join(folder, 'next')))
  })

  const chainOf = (holder: Holder) => holder.chain.map(({ der }) => der)
  const askWith = async (key: 'old' | 'next') => {
    const forged = key === 'old' ? {} : { key: next.key, kid: next.certificate.fingerprint }
    const { status } = await world.ask('{ grants { code } }', {}, forged)
    return status
  }

  test('works beside its successor, and is refused within five seconds of its end', async () => {
    const { registry } = world.world.exchange
    expect(await askWith('next')).toBe(401)
    const kid = await under(() => registry.register(chainOf(next), world.clock.now, department))
    expect([await askWith('old'), await askWith('next')]).toEqual([200, 200])
    const old = (await world.identity(department)).kid
    const another = connectRegistry()
    expect(await another.find(old, world.clock.now)).toMatchObject({ department })
    await registry.retire(old, world.clock.now)
    await registry.retire(old, world.clock.now)
    expect([await askWith('old'), await askWith('next')]).toEqual([401, 200])
    turnClock(4)
    expect(await another.find(old, world.clock.now), 'on another instance').toBeUndefined()
    expect(await another.find(kid, world.clock.now)).toMatchObject({ department })
    const states = (await registry.list(department, world.clock.now)).map(({ state }) => state)
    expect(states.sort()).toEqual(['retired', 'valid'])
    const told = (await world.entriesAfter(0)).map(({ body }) => [body['kind'], body['kid']])
    expect(told).toContainEqual(['key-registered', kid])
    expect(told.filter(([kind]) => kind === 'key-retired')).toEqual([['key-retired', old]])
  })

  test('that is retired stays so when it is registered again', async () => {
    const { registry } = world.world.exchange
    const { certificates } = await world.identity(department)
    await registry.register(certificates, world.clock.now)
    turnClock(5)
    expect(await askWith('old')).toBe(401)
  })

  test('whose retirement somebody deleted is still refused, with every key of the department', async () => {
    const row = await world.owner.row<{ kid: string; leaf: Uint8Array }>(sql`
      delete from exchange.key_retirement returning kid, leaf`)
    turnClock(5)
    expect([await askWith('old'), await askWith('next')]).toEqual([401, 401])
    await world.owner.execute(sql`
      insert into exchange.key_retirement (kid, leaf) values (${row?.kid}, ${row?.leaf})`)
    expect([await askWith('old'), await askWith('next')]).toEqual([401, 200])
  })

  test('of another department, or of nobody, is no successor', async () => {
    const { registry } = world.world.exchange
    const at = world.clock.now
    await expect(registry.register(chainOf(next), at, 'haikouPolice')).rejects.toThrow('department')
    await expect(registry.register([], at, department)).rejects.toThrow('invalid-certificate')
    await expect(registry.retire('nobody', at)).rejects.toThrow('unknown-key')
  })

  function connectRegistry() {
    const { db, log, settings } = world.world.exchange
    const { catalogue } = settings
    return createKeyRegistry({ db, log, catalogue, trust: () => settings.keys.trust })
  }
})
