/** Which key may have signed what: each dishonest head and change below must be found. */
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { signLogKeyChange } from '../sdk/log-key.ts'
import type { LogKeyChange } from '../sdk/log-key.ts'
import { createTestLog } from '../test/log.ts'
import type { TestLog } from '../test/log.ts'

const next = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const from = new Date('2026-11-20T02:00:00.000Z')
const until = new Date('2026-11-20T03:00:00.000Z')

let world: TestLog

beforeEach(async () => {
  world = await createTestLog()
  await grow()
})
afterEach(() => world.close())

async function grow(): Promise<void> {
  world.clock.now = new Date(world.clock.now.getTime() + 1_000)
  await world.log.append(world.app, [world.entry(`at ${world.clock.now.toISOString()}`)])
  await world.log.sequence()
}

const change = (): LogKeyChange =>
  signLogKeyChange({ oldKey: world.keys.privateKey, newKey: next.privateKey, from, until })

async function announce(told: Partial<LogKeyChange>): Promise<void> {
  const entry = { kind: 'log-key-changed' as const, at: world.clock.now.toISOString() }
  await world.log.append(world.app, [{ ...entry, ...told }])
  await world.log.sequence()
}

/** The trust file names both keys from here on. */
function publish(): void {
  const { publicKey: key, privateKey } = world.keys
  world.held.keys = [
    { key, privateKey, from: new Date(0), until },
    { key: next.publicKey, privateKey: next.privateKey, from },
  ]
}

async function found(): Promise<string[]> {
  return [...new Set((await world.log.check()).map(({ code }) => code))]
}

async function through(...times: readonly Date[]): Promise<void> {
  for (const time of times) {
    world.clock.now = time
    await grow()
  }
}

test('a change that both keys have signed, in its time', async () => {
  await announce(change())
  publish()
  await through(from, until)
  expect(await found()).toEqual([])
})

test('a key that takes over without a word in the log', async () => {
  publish()
  await through(from)
  expect(await found()).toEqual(['head-by-unannounced-key'])
})

test.for<readonly [string, () => Partial<LogKeyChange>]>([
  ['without the signature of the old key', () => ({ ...change(), oldSignature: '' })],
  ['without the signature of the new key', () => ({ ...change(), newSignature: '' })],
  ['signed twice by the old key', () => ({ ...change(), newSignature: change().oldSignature })],
  ['with another time than was signed', () => ({ ...change(), from: until.toISOString() })],
  ['that says nothing', () => ({})],
  [
    'of a key that is not trusted',
    () =>
      signLogKeyChange({
        ...{ oldKey: world.keys.privateKey, newKey: stranger.privateKey, from, until },
      }),
  ],
])('a change %s is found, and announces nothing', async ([, told]) => {
  await announce(told())
  publish()
  await through(from)
  expect(await found()).toEqual(['key-change-invalid', 'head-by-unannounced-key'])
})

test('a change at other times than the trust file has announces nothing', async () => {
  const later = new Date(until.getTime() + 1)
  const { privateKey: oldKey } = world.keys
  await announce(signLogKeyChange({ oldKey, newKey: next.privateKey, from, until: later }))
  publish()
  await through(from)
  expect(await found()).toEqual(['head-by-unannounced-key'])
})

test('a head that the old key signs after its end', async () => {
  await announce(change())
  publish()
  const [old, ...others] = world.held.keys
  await through(from)
  const honest = world.held.keys
  if (old)
    world.held.keys = [
      { key: old.key, privateKey: world.keys.privateKey, from: old.from },
      ...others.map(({ key, from: begin }) => ({ key, from: begin })),
    ]
  await through(until)
  world.held.keys = honest
  expect(await found()).toEqual(['head-by-ended-key'])
})

test('a head of a stranger is no head, and nothing is signed without a key in force', async () => {
  const honest = world.held.keys
  world.held.keys = [{ key: stranger.publicKey, privateKey: stranger.privateKey, from }]
  expect(await found()).toContain('checkpoint-unsigned')
  world.held.keys = [{ ...honest[0], key: world.keys.publicKey, from: until }]
  await expect(grow()).rejects.toThrow('no-log-key-in-force')
})
