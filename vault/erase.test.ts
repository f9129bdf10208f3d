import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { parseJsonObject } from '../sdk/json.ts'
import { fromUtf8, sha256, utf8 } from '../sdk/primitives.ts'
import { draftOf, fictitiousUscc } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { eraseHolder } from './index.ts'
import type { Party } from './index.ts'
import { holdersOfDraft } from './issue/intent.ts'

let world: TestVault

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

let count = 0

function company(): Party {
  count += 1
  return { codeType: '001', code: fictitiousUscc(count) }
}

async function issueTo(...holders: readonly Party[]): Promise<string> {
  count += 1
  const given = { holders: holders.map((holder) => ({ role: 'holder', ...holder })) }
  const { licenceId } = await world.vault.issue(draftOf(count, given))
  return licenceId
}

function erase(holder: Party, basis = '(2026)琼01行终12号'): Promise<void> {
  const { keeper, log, parts } = world
  const { blind, clock } = parts
  return eraseHolder({ keeper, log, blind, clock }, { holder, basis, officer: '0898' })
}

const found = async (holder: Party): Promise<string[]> => {
  const licences = await world.vault.findByHolder({ holder }, world.clock.now)
  return licences.map(({ licenceId }) => licenceId)
}

const read = (licenceId: string) => world.vault.findById(licenceId, world.clock.now)

test('what only the erased could open is unreadable, and their document verifies as before', async () => {
  const holder = company()
  const licenceId = await issueTo(holder)
  await world.log.sequence()
  const document = (await read(licenceId))?.document ?? ''
  await erase(holder)
  expect(await read(licenceId)).toMatchObject({ licenceId, state: 'valid', document: undefined })
  expect(await found(holder)).toEqual([])
  const at = world.clock.now
  expect(await world.vault.verify({ document, at })).toMatchObject({ verdict: 'valid' })
  await expect(world.vault.verify({ licenceId, at })).rejects.toThrow('licence-erased')
  expect(await world.log.check()).toEqual([])
})

test('a licence of two holders stays readable through the other, until the other is erased too', async () => {
  const [one, other] = [company(), company()]
  const licenceId = await issueTo(one, other)
  await erase(one)
  await issueTo(one)
  expect(await found(other)).toEqual([licenceId])
  expect(await found(one)).not.toContain(licenceId)
  await erase(other)
  expect((await read(licenceId))?.document).toBeUndefined()
})

test('others are not touched', async () => {
  const [erased, kept] = [company(), company()]
  await issueTo(erased)
  const licenceId = await issueTo(kept)
  await erase(erased)
  expect(await found(kept)).toEqual([licenceId])
})

test('who is issued a licence afterwards opens that one and none of before', async () => {
  const holder = company()
  await issueTo(holder)
  await erase(holder)
  const licenceId = await issueTo(holder)
  expect(await found(holder)).toEqual([licenceId])
})

test('the key of another holder opens nothing', async () => {
  const [erased, other] = [company(), company()]
  const licenceId = await issueTo(erased)
  await issueTo(other)
  await erase(erased)
  const { blind } = world.parts
  await world.intruder.execute(sql`
    insert into vault.holder_key (holder_index, wrapped_key)
    select ${Buffer.from(blind.party(erased))}, wrapped_key
      from vault.holder_key
     where holder_index = ${Buffer.from(blind.party(other))}`)
  await expect(read(licenceId)).rejects.toThrow('stored-data-damaged') // It was wrapped for another.
})

test('the log says when, by whom and on what basis, and not who', async () => {
  const holder = company()
  await issueTo(holder)
  const index = Buffer.from(world.parts.blind.party(holder))
  const key = await world.keeper.row<{ wrapped_key: Uint8Array }>(sql`
    select wrapped_key
      from vault.holder_key
     where holder_index = ${index}`)
  await erase(holder, 'order 17')
  const [newest] = await world.log.search({ kind: 'holder-erased' }, { first: 1 })
  expect(parseJsonObject(fromUtf8(newest?.body ?? new Uint8Array()))).toEqual({
    ...{ kind: 'holder-erased', at: world.clock.now.toISOString() },
    ...{
      basis: 'order 17',
      officer: '0898',
      key: toBase64url(sha256(key?.wrapped_key ?? utf8(''))),
    },
    recordedAt: expect.any(String) as unknown,
  })
})

test('who is not there, twice, and without a basis', async () => {
  const holder = company()
  await expect(erase(holder)).rejects.toThrow('unknown-holder')
  await issueTo(holder)
  await expect(erase(holder, ' ')).rejects.toThrow('invalid-request')
  await expect(erase(holder, 'x'.repeat(129))).rejects.toThrow('invalid-request')
  await erase(holder, 'x'.repeat(128))
  await expect(erase(holder)).rejects.toThrow('unknown-holder')
})

test('while a licence of theirs is being sealed nobody is erased', async () => {
  const holder = company()
  await issueTo(holder)
  const licence = { holders: [{ role: 'holder', ...holder }] }
  const facts = JSON.stringify({ holders: holdersOfDraft(world.parts, licence) })
  await world.db.execute(sql`
    insert into vault.intent (licence_id, facts, draft, begun_at)
    values ('begun', ${facts}::jsonb, ''::bytea, ${world.clock.now}::timestamptz)`)
  await expect(erase(holder)).rejects.toThrow('licence-being-sealed')
  await world.db.execute(sql`delete from vault.intent where licence_id = 'begun'`)
  await erase(holder)
})

test('a new version that was begun when its holder is erased is begun again', async () => {
  const holder = company()
  const draft = draftOf(count, { holders: [{ role: 'holder', ...holder }] })
  const { licenceId: superseded } = await world.vault.issue(draft)
  const { wrapper } = world.parts
  let erasing: Promise<void> | undefined
  const meanwhile = world.another({
    wrapper: {
      ...wrapper,
      // What was read of the holder's key is about to be used.
      unwrap: async (wrapped, context) => {
        await (erasing ??= erase(holder))
        return wrapper.unwrap(wrapped, context)
      },
    },
  })
  const again = { act: 'supersede', reason: 'lost', officer: '0898' } as const
  const { licenceId } = await meanwhile.reissue({ ...again, licenceId: superseded, draft })
  expect(await found(holder)).toEqual([licenceId])
  expect(await world.vault.finishIntents()).toBe(0)
  await erase(holder)
})

test('what the exchange itself runs as cannot erase', async () => {
  await expect(world.db.execute(sql`delete from vault.holder_key`)).rejects.toMatchObject({
    cause: { sqlstate: '42501' },
  })
})
