/**
 * One batch of an import, in one transaction: its sound rows are issued, and all others go into
 * quarantine, encrypted.
 */
import { failpoint } from '../../db/postgres.ts'
import { utf8 } from '../../sdk/primitives.ts'
import type { Issuing } from '../issue.ts'
import { beginEach } from '../issue/intent.ts'
import type { Begun } from '../issue/intent.ts'
import { keepSealed } from '../issue/keep.ts'
import type { Sealed } from '../issue/keep.ts'
import { numbered, takeNumbers } from '../issue/number.ts'
import { sealEach } from '../issue/seal.ts'
import { createRecordCipher } from '../keys/record-cipher.ts'
import { isKnown, partLate } from './part.ts'
import type { FaultyRow, PartedBatch } from './part.ts'
import { recordBatch } from './run.ts'
import { addQuarantined } from './store.ts'
import { tallyOf } from './tally.ts'
import type { ImportTotals, Outcome } from './tally.ts'

/**
 * Durable when it resolves, all of it or nothing, so a crash leaves whole batches.
 * @param turn the batch before this one: what is recorded is a beginning of the file
 * @throws Problem import-under-way when another process was quicker
 */
export async function storeBatch(
  vault: Issuing,
  run: { readonly runId: string; readonly type: string; readonly ordinal: number },
  parted: PartedBatch,
  turn: Promise<unknown>,
): Promise<ImportTotals> {
  const { runId, ordinal } = run
  const wanted = parted.sound
    .filter((row) => !isKnown(row))
    .map(({ prepared, numberIndex }) => numbered(prepared, numberIndex))
  const begun = await beginEach(
    vault,
    wanted.map(({ draft }) => draft),
  )
  const sealed = await sealAll(vault, begun)
  const aside = await encrypted(vault, runId, parted.faulty)
  await turn
  return vault.db.transaction(async (tx) => {
    const taken = await takeNumbers(tx, wanted)
    const bears = new Set(wanted.filter(({ key }) => taken.has(key)).map((one) => one.licenceId))
    const { late, ...settled } = await partLate(tx, run, parted, ({ prepared }) =>
      bears.has(prepared.licenceId),
    )
    const totals = tallyOf(outcomesOf(settled))
    await recordBatch(tx, { runId, ordinal, totals })
    await addQuarantined(tx, runId, [...aside, ...(await encrypted(vault, runId, late))])
    failpoint('mid-import-chunk')
    const ours = sealed.filter(({ licenceId }) => !bears.has(licenceId))
    await keepSealed({ tx, log: vault.log, at: vault.clock() }, ours)
    return totals
  }, 'read committed')
}

/** A row that cannot be sealed stops the import: the rows after it would fare no better. */
async function sealAll(vault: Issuing, begun: readonly Begun[]): Promise<Sealed[]> {
  const outcomes = await sealEach(vault, begun)
  return outcomes.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

export function outcomesOf({ sound, faulty: aside }: PartedBatch): Outcome[] {
  return [
    ...sound.map((row): Outcome => {
      const { issuer, division, items } = row.prepared
      if (isKnown(row)) return { is: 'existing' }
      return { is: 'issued', issuer, division, items: Object.keys(items) }
    }),
    ...aside.map(({ findings }): Outcome => ({ is: 'quarantined', findings })),
  ]
}

function encrypted(
  { wrapper }: Pick<Issuing, 'wrapper'>,
  runId: string,
  rows: readonly FaultyRow[],
) {
  const cipher = createRecordCipher(wrapper)
  return Promise.all(
    rows.map(async ({ line, raw, findings }) => ({
      ...{ line, findings },
      ...(await cipher.seal(utf8(raw), `quarantine:${runId}:${line}`)),
    })),
  )
}
