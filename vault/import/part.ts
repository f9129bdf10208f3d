/**
 * Which rows of a batch are to be issued. A row is not sound if an earlier line gave its number, if its
 * number is somebody else's in the vault, or, where the map says so, if its holder has a licence of this
 * type that is in force.
 */
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { equalBytes, sha256, utf8 } from '../../sdk/primitives.ts'
import type { Prepared } from '../issue/draft.ts'
import { numberIndexOf } from '../issue/number.ts'
import type { BlindIndex } from '../keys/blind.ts'
import type { CellFinding } from './cell.ts'
import type { RowReading } from './row.ts'
import { shapeOf } from './shape.ts'
import { claimNumbers, findHolders, findLiving, noteKnown } from './store.ts'
import type { Claim, QuarantineFinding } from './store.ts'

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

export interface FaultyRow {
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

interface RunOfType {
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
export async function partLate(
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

export function isKnown({ claim }: ClaimedRow): boolean {
  return claim.isKnown
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
