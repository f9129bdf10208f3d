/**
 * One batch of an import: sound rows are issued, and all others go into quarantine, encrypted. A row
 * is not sound if an earlier line gave its number, if its number is somebody else's in the vault, or,
 * where the map says so, if its holder has a licence of this type that is in force.
 */
import { failpoint } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { equalBytes, sha256, utf8 } from '../../sdk/primitives.ts'
import type { Prepared } from '../issue/draft.ts'
import type { Issuing } from '../issue.ts'
import { beginEach } from '../issue/intent.ts'
import type { Begun } from '../issue/intent.ts'
import { keepSealed } from '../issue/keep.ts'
import type { Sealed } from '../issue/keep.ts'
import { numbered, numberIndexOf, takeNumbers } from '../issue/number.ts'
import { sealEach } from '../issue/seal.ts'
import type { BlindIndex } from '../keys/blind.ts'
import { createRecordCipher } from '../keys/record-cipher.ts'
import type { CellFinding } from './cell.ts'
import type { RowReading } from './row.ts'
import { shapeOf } from './shape.ts'
import { addQuarantined, claimNumbers, findHolders, findLiving, noteKnown } from './store.ts'
import type { Claim, QuarantineFinding } from './store.ts'
import { recordBatch } from './run.ts'
import { tallyOf } from './tally.ts'
import type { ImportTotals, Outcome } from './tally.ts'

export interface ImportedRow {
  /** Of the file, counted from 1. */
  readonly line: number
  /** As it stands in the file. */
  readonly raw: string
  readonly reading: RowReading
  /** None when the row could not be read. */
  readonly cells: readonly string[]
}

interface SoundRow extends ImportedRow {
  readonly prepared: Prepared
  readonly numberIndex: Uint8Array
  readonly holders: readonly Uint8Array[]
  readonly holdersDigest: Uint8Array
}

interface ClaimedRow extends SoundRow {
  readonly claim: Claim
}

interface FaultyRow {
  readonly line: number
  readonly raw: string
  readonly findings: readonly QuarantineFinding[]
}

/** A batch by what is to happen to its rows. */
export interface PartedBatch {
  /** Those whose number the vault has from somewhere else are there already. */
  readonly sound: readonly ClaimedRow[]
  readonly faulty: readonly FaultyRow[]
}

export interface RunOfType {
  readonly runId: string
  readonly type: string
  readonly isOnePerHolder: boolean
  readonly at: Date
}

/**
 * Parts the rows into those to issue and those to quarantine. Batches are parted in the order of the
 * file, because a number belongs to the first line that gives it; the database keeps which line that
 * was, since a file has no bound. Parting the same batch again gives the same.
 */
export async function partBatch(
  db: Tx,
  blind: BlindIndex,
  { run, rows }: { readonly run: RunOfType; readonly rows: readonly ImportedRow[] },
): Promise<PartedBatch> {
  const sound = rows.flatMap((row) =>
    row.reading.ok ? [indexed(blind, row, row.reading.prepared)] : [],
  )
  const claims = await claimNumbers(db, run, sound)
  const claimed = sound.flatMap((row, i) => {
    const claim = claims[i]
    return claim ? [{ ...row, claim }] : []
  })
  const firsts = claimed.filter(isFirst)
  const owners = await ownersOf(db, run.type, firsts.filter(isKnown))
  const newcomers = run.isOnePerHolder ? firsts.filter((row) => !isKnown(row)) : []
  const living = await livingOf(db, run, newcomers)
  const judged = claimed.map((row) => {
    const finding = isFirst(row)
      ? (belongsToAnother(row, owners) ?? living.get(row.line))
      : repeats(row)
    return { ...row, finding }
  })
  return {
    sound: judged.filter(({ finding }) => !finding),
    faulty: [
      ...rows.flatMap((row) => (row.reading.ok ? [] : [faulty(row, row.reading.findings)])),
      ...judged.flatMap((row) => (row.finding ? [faulty(row, [row.finding])] : [])),
    ],
  }
}

/**
 * The batch once more, where somebody else gave away numbers of it after it was parted: such a licence
 * is there already, or it is another's.
 */
async function partLate(
  tx: Tx,
  run: { readonly runId: string; readonly type: string },
  { sound, faulty: aside }: PartedBatch,
  isTaken: (row: ClaimedRow) => boolean,
): Promise<PartedBatch & { readonly late: readonly FaultyRow[] }> {
  const taken = sound
    .filter(isTaken)
    .map((row) => ({ ...row, claim: { ...row.claim, isKnown: true } }))
  const owners = await ownersOf(tx, run.type, taken)
  await noteKnown(tx, run.runId, taken)
  const judged = taken.map((row) => ({ ...row, finding: belongsToAnother(row, owners) }))
  const late = judged.flatMap((row) => (row.finding ? [faulty(row, [row.finding])] : []))
  return {
    sound: [...sound.filter((row) => !isTaken(row)), ...judged.filter(({ finding }) => !finding)],
    ...{ faulty: [...aside, ...late], late },
  }
}

function isFirst({ line, claim }: ClaimedRow): boolean {
  return claim.first === line
}

function isKnown({ claim }: ClaimedRow): boolean {
  return claim.isKnown
}

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

function indexed(blind: BlindIndex, row: ImportedRow, prepared: Prepared): SoundRow {
  const holders = prepared.holders.map((party) => blind.party(party))
  const names = holders.map(toBase64url).sort()
  return {
    ...{ ...row, prepared, holders },
    numberIndex: numberIndexOf(blind, prepared),
    holdersDigest: sha256(utf8(names.join())),
  }
}

function faulty({ line, raw, cells }: ImportedRow, findings: readonly CellFinding[]): FaultyRow {
  const shaped = findings.map(({ place, ...finding }) =>
    place === undefined ? finding : { ...finding, shape: shapeOf(cells[place] ?? '') },
  )
  return { line, raw, findings: shaped }
}

/** Digests of the holders of the licences that bear the numbers of these rows. */
async function ownersOf(
  db: Tx,
  type: string,
  rows: readonly SoundRow[],
): Promise<Map<string, Uint8Array>> {
  if (rows.length === 0) return new Map()
  const found = await findHolders(
    db,
    type,
    rows.map(({ numberIndex }) => numberIndex),
  )
  return new Map(
    found.map(({ numberIndex, holders }) => [
      toBase64url(numberIndex),
      sha256(utf8(holders.map(toBase64url).sort().join())),
    ]),
  )
}

/** What is wrong with rows whose holder may have no second licence in force, by their line. */
async function livingOf(
  db: Tx,
  run: RunOfType,
  rows: readonly SoundRow[],
): Promise<Map<number, CellFinding>> {
  const each = rows
    .filter(({ prepared: { validUntil } }) => validUntil === null || validUntil > run.at)
    .flatMap(({ line, holders, holdersDigest }) =>
      holders.map((numberIndex) => ({ line, numberIndex, holdersDigest })),
    )
  if (each.length === 0) return new Map()
  const held = await findLiving(
    db,
    run,
    each.map(({ numberIndex }) => numberIndex),
  )
  const claims = await claimNumbers(db, run, each)
  return new Map(
    each.flatMap(({ line, numberIndex }, i): [number, CellFinding][] => {
      const first = claims[i]?.first ?? line
      if (held.has(toBase64url(numberIndex))) return [[line, livesAlready('The vault has given')]]
      return first === line ? [] : [[line, livesAlready(`Line ${first} gives`)]]
    }),
  )
}

function repeats({
  claim: { first, holdersDigest: theirs },
  holdersDigest,
}: ClaimedRow): CellFinding {
  const field = 'licenceNo'
  if (equalBytes(theirs, holdersDigest)) {
    const remedy = `Line ${first} gives the same number; keep the row that is right.`
    return { field, rule: 'duplicate-in-file', remedy }
  }
  const remedy = `Line ${first} gives the same number to somebody else; correct one of them.`
  return { field, rule: 'number-of-another', remedy }
}

function belongsToAnother(
  { numberIndex, holdersDigest }: ClaimedRow,
  owners: ReadonlyMap<string, Uint8Array>,
): CellFinding | undefined {
  const owner = owners.get(toBase64url(numberIndex))
  if (!owner || equalBytes(owner, holdersDigest)) return undefined
  const remedy = 'The vault has this number for somebody else; correct the row or that licence.'
  return { field: 'licenceNo', rule: 'number-of-another', remedy }
}

function livesAlready(who: string): CellFinding {
  const remedy = `${who} the holder another licence of this type that is in force; end that first.`
  return { field: 'holders', rule: 'living-licence', remedy }
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
