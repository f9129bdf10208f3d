/**
 * Appending to the log, durably: one by one for many callers through the recorder every request goes
 * through, and in batches. The limit is a plain insert of the same bytes into the same server. The
 * sequencer brings everything under signed heads meanwhile, as it does in service.
 */
import { randomBytes } from 'node:crypto'
import { createRecorder } from '../exchange/audit/record.ts'
import type { Recording } from '../exchange/audit/record.ts'
import type { Entry } from '../log/index.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { bodyOfNewestEntry, insertRecord, insertRecords } from './floor-store.ts'
import { compare, inParallel } from './measure.ts'
import { withSetting } from './setting.ts'
import type { Setting } from './setting.ts'

const callers = 32
const batch = 500
const times = { single: 1_500, batches: 6 } as const

export function measureAppending(): Promise<void> {
  return withSetting(async (setting) => {
    await measureSingle(setting)
    await measureBatches(setting)
  })
}

async function measureSingle({ world, owner }: Setting): Promise<void> {
  const { db, log, sequencing } = world.exchange
  const appended = (): void => {
    sequencing.wake()
  }
  const recorder = createRecorder({ db, log, appended })
  await recorder.record(recording())
  const body = await bodyOfNewestEntry(owner)
  const load = { callers, count: times.single }
  await compare({
    ...{ name: `append one by one, ${callers} callers, ${body.length} bytes`, unit: 'entries' },
    work: () => inParallel(load, () => recorder.record(recording())),
    limits: { 'plain insert': () => inParallel(load, () => insertRecord(owner, body)) },
    settle: () => log.sequence(),
  })
}

async function measureBatches({ world, owner }: Setting): Promise<void> {
  const { db, log } = world.exchange
  const body = await bodyOfNewestEntry(owner)
  const bodies = Array.from({ length: batch }, () => body)
  const load = { callers: 1, count: times.batches }
  await compare({
    ...{ name: `append in batches of ${batch}`, unit: 'entries' },
    work: async () => batch * (await inParallel(load, () => log.append(db, entries()))),
    limits: {
      'plain insert': async () =>
        batch * (await inParallel(load, () => insertRecords(owner, bodies))),
    },
    settle: () => log.sequence(),
  })
}

/** What one answer with one licence leaves behind. */
function recording(): Recording {
  return {
    caller: {
      ...{ department: 'meilanMarket', officer: 'officer-017', attempt: 1, asked: randomBytes(32) },
      purpose: { item: 'foodBusinessPermitNew', case: 'ML-2026-000123' },
      ...{ jti: randomText(16), rid: randomText(16), token: randomText(420) },
    },
    ...{ kind: 'answer', at: new Date(), decision: 'allowed', catalogue: '0123456789abcdef' },
    items: [
      {
        ...{ resource: 'businessLicence', decision: 'allowed', subject: randomText(32) },
        ...{ fields: ['name', 'uscc', 'legalRep'], grants: ['meilanMarketFoodBusinessLicence'] },
      },
    ],
    answerHash: randomText(32),
  }
}

/** As long as the ones the recorder makes. */
function entries(): Entry[] {
  return Array.from({ length: batch }, () => ({
    ...{ kind: 'answer', at: new Date().toISOString(), decision: 'allowed' },
    ...{ department: 'meilanMarket', officer: 'officer-017', rid: randomText(16), attempt: 1 },
    ...{ item: 'foodBusinessPermitNew', case: 'ML-2026-000123', catalogue: '0123456789abcdef' },
    ...{ jti: randomText(16), token: randomText(32), ah: randomText(32) },
    items: [
      {
        ...{ resource: 'businessLicence', decision: 'allowed', subject: randomText(32) },
        ...{ fields: ['name', 'uscc', 'legalRep'], grants: ['meilanMarketFoodBusinessLicence'] },
      },
    ],
  }))
}

function randomText(bytes: number): string {
  return toBase64url(randomBytes(bytes))
}
