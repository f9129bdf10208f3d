import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { Problem } from '../../sdk/problem.ts'
import { createTestLog } from '../../test/log.ts'
import type { TestLog } from '../../test/log.ts'
import { createRecorder } from './record.ts'
import type { Recorder, Recording } from './record.ts'

let own: TestLog
let recorder: Recorder

beforeAll(async () => {
  own = await createTestLog()
  recorder = createRecorder({ db: own.app, log: own.log, appended: () => undefined })
})

afterAll(() => own.close())

function recording(other: Partial<Recording> = {}): Recording {
  const id = toBase64url(randomBytes(16))
  return {
    caller: {
      ...{ department: 'meilanMarket', officer: 'officer-017', purpose: undefined },
      ...{ jti: id, token: `token ${id}`, rid: id, attempt: 1, asked: new Uint8Array(32) },
    },
    ...{ kind: 'answer', at: own.clock.now, decision: 'allowed', items: [] },
    ...{ answerHash: answerHash(null), catalogue: '0123456789abcdef', ...other },
  }
}

async function count(): Promise<number> {
  const row = await own.app.row<{ count: number }>(sql`select count(*) as count from log.entry`)
  return row?.count ?? 0
}

const code = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'fulfilled'
    ? 'recorded'
    : outcome.reason instanceof Problem
      ? outcome.reason.code
      : 'defect'

test('many at once are all recorded, each once', async () => {
  const before = await count()
  const many = Array.from({ length: 500 }, () => recorder.record(recording()))
  const leaves = (await Promise.all(many)).map(({ leaf }) => toBase64url(leaf))
  expect(new Set(leaves).size).toBe(500)
  expect((await count()) - before).toBe(500)
})

test('one that cannot be written takes no other with it', async () => {
  const before = await count()
  const tooLarge = { resource: 'x'.repeat(40_000), fields: [], subject: undefined }
  const asked = [
    recording(),
    recording(),
    recording({ items: [{ ...tooLarge, decision: 'allowed' }] }),
    recording({ about: { case: 'a\u0000b', item: 'x' } }),
    recording(),
  ]
  const outcomes = await Promise.allSettled(asked.map((one) => recorder.record(one)))
  expect(outcomes.map(code)).toEqual([
    ...['recorded', 'recorded', 'audit-unavailable', 'audit-unavailable', 'recorded'],
  ])
  expect((await count()) - before).toBe(3)
})

test('the very same request several times in one batch is recorded once', async () => {
  const before = await count()
  const first = recorder.record(recording())
  const same = recording()
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => recorder.record({ ...same })))
  await first
  expect(outcomes.map(code).sort()).toEqual(['not-authenticated', 'not-authenticated', 'recorded'])
  expect((await count()) - before).toBe(2)
})

test('a change that fails leaves neither entry nor used token', async () => {
  const before = await count()
  const asked = recording()
  const failing = { ...asked, write: () => Promise.reject(new Problem('case-exists')) }
  expect(code((await Promise.allSettled([recorder.record(failing)]))[0])).toBe('case-exists')
  expect(await count()).toBe(before)
  expect((await recorder.record(asked)).leaf).toHaveLength(32)
})

test('more than may wait are turned away at once, and those who wait are served', async () => {
  const many = Array.from({ length: 1_500 }, () =>
    Promise.resolve().then(() => recorder.record(recording())),
  )
  const codes = (await Promise.allSettled(many)).map(code)
  expect(codes.filter((one) => one === 'audit-unavailable').length).toBeGreaterThan(300)
  expect(codes.filter((one) => one === 'recorded').length).toBeGreaterThanOrEqual(1_000)
  expect((await recorder.record(recording())).leaf).toHaveLength(32)
})
