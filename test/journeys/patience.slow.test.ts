/**
 * How long a request waits for PostgreSQL: each time that docs/limits.md names is waited for, by a
 * question that takes less and by one that takes more. The seconds are those of the product:
 * `statementMs`, `lockMs` and `idleInTransactionMs` of `paces.request`.
 */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, sql } from '../../db/postgres.ts'
import type { Db, Tx } from '../../db/postgres.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'

let world: TestWorld

beforeAll(async () => {
  world = await createTestWorld()
})

afterAll(() => world.close())

/** `status code`; the request id may say how long writing it down takes. */
async function ask(rid: string): Promise<string> {
  const headers = { 'idempotency-key': rid }
  const reply = await world.send({ body: '{"query":"{ grants { code } }"}', headers })
  if (reply.status === 503) expect(reply.headers.get('retry-after')).toBe('1')
  return [reply.status, ...codesIn(reply)].join(' ')
}

test('a statement of 4 s is waited for, one of 12 s is ended: 503', async () => {
  await world.owner.execute(sql`
    create function exchange.dawdle() returns trigger language plpgsql as $$
    begin
      perform pg_sleep(substr(new.rid, 9)::int);
      return new;
    end $$`)
  await world.owner.execute(sql`
    create trigger dawdle before insert on exchange.request
      for each row when (new.rid like 'seconds-%') execute function exchange.dawdle()`)
  expect(await ask('seconds-4')).toBe('200')
  expect(await ask('seconds-12')).toBe('503 audit-unavailable')
  expect(await ask('afterwards')).toBe('200')
})

/** Somebody else has the table, until `work` has ended. */
async function whileLocked<T>(work: (holder: Tx) => Promise<T>): Promise<T> {
  return world.owner.transaction(async (tx) => {
    await tx.execute(sql`lock table exchange.request in access exclusive mode`)
    return work(tx)
  })
}

test('a lock is waited for half a second, and not for six: 503', async () => {
  const soon = await whileLocked(async (holder) => {
    const asked = ask('soon')
    await holder.rows(sql`select pg_sleep(0.5)`)
    return { asked }
  })
  expect(await soon.asked).toBe('200')
  const late = await whileLocked(async (holder) => {
    const asked = ask('late')
    await holder.rows(sql`select pg_sleep(6)`)
    return { asked }
  })
  expect(await late.asked).toBe('503 audit-unavailable')
  expect(await ask('after-the-lock')).toBe('200')
})

test('a transaction that does nothing for 5 s goes on, after 15 s it is gone', async () => {
  const db: Db = connect({ url: world.world.settings.databaseUrl, name: 'test idle', max: 2 })
  const idle = (seconds: number): Promise<string> =>
    db.transaction(async (tx) => {
      await tx.execute(sql`select 1`)
      await setTimeout(seconds * 1_000)
      const row = await tx.row<{ word: string }>(sql`select 'there'::text as word`)
      return row?.word ?? ''
    })
  const [short, long] = await Promise.allSettled([idle(5), idle(15)])
  expect(short).toEqual({ status: 'fulfilled', value: 'there' })
  expect(long).toMatchObject({
    ...{ status: 'rejected' },
    reason: { code: 'database-unavailable', detail: { reason: 'connection' } },
  })
  await db.close()
})
