/**
 * The judge of a run with faults: what clients wrote down, held against what the database has after
 * recovery. Pure; every sentence it answers is a promise that was broken, with its number first.
 *
 *   I1  what was acknowledged is there          I2  one key has one effect, told of once
 *   I3  an answer that was received has exactly one entry, with its hash
 *   I4  an entry without a received answer belongs to a request that was under way at a fault, or
 *       says that nothing was answered, of one that was told so
 *   I5  every head ever seen is a head of the tree there is now
 *   I6  every entry has its place under a signed head
 */
import { toBase64url } from '../../sdk/base64url.ts'
import { openCheckpoint } from '../../sdk/checkpoint.ts'
import type { LogKey } from '../../sdk/log-key.ts'
import { emptyRoot, nodeHash } from '../../sdk/merkle.ts'
import { equalBytes } from '../../sdk/primitives.ts'
import type { EntryEvidence, Evidence } from './evidence.ts'
import type { Acked, EffectKind, LedgerLine, Sent } from './ledger.ts'

export interface LogIdentity {
  readonly originPrefix: string
  /** The public key of the log. */
  readonly keys: readonly LogKey[]
}

const entryKindOf: Readonly<Record<EffectKind, string>> = {
  licence: 'licence-issued',
  act: 'licence-changed',
  case: 'case-opened',
  closing: 'case-closed',
}

/** Every broken promise; none means that all were kept. */
export function judge(
  ledger: readonly LedgerLine[],
  evidence: Evidence,
  log: LogIdentity,
): string[] {
  const known = readLedger(ledger)
  return [
    ...durable(known, evidence),
    ...once(known, evidence),
    ...audited(known, evidence),
    ...noPhantom(known, evidence),
    ...appendOnly(known, evidence, log),
    ...prompt(evidence),
  ]
}

/** Kinds of entries by which nothing was given away. */
const saysNo: ReadonlySet<string> = new Set(['refusal', 'failure'])
/** What an exchange says that cannot answer now; it says so without a receipt. */
const notNow: ReadonlySet<string> = new Set(['database-unavailable', 'audit-unavailable'])

type Known = ReturnType<typeof readLedger>

/** Which tries were answered, and which were under way while a fault lasted. */
function readLedger(lines: readonly LedgerLine[]) {
  const sent = new Map<number, Sent>()
  const answered: (Sent & Pick<Acked, 'effect' | 'answerHash' | 'leaf'>)[] = []
  const disturbed = new Set<number>()
  const notes: string[] = []
  const strays: number[] = []
  const open = new Set<number>()
  let faults = 0
  for (const line of lines) {
    if (line.event === 'head') notes.push(line.note)
    else if (line.event === 'fault') {
      faults += line.phase === 'begin' ? 1 : -1
      for (const seq of open) disturbed.add(seq)
    } else if (line.event === 'sent') {
      sent.set(line.seq, line)
      open.add(line.seq)
      if (faults > 0) disturbed.add(line.seq)
    } else {
      open.delete(line.seq)
      const asked = sent.get(line.seq)
      if (!asked) strays.push(line.seq)
      else if (line.event !== 'unknown') answered.push({ ...line, ...asked })
    }
  }
  const toldNotNow = new Set(
    lines.flatMap((line) => (line.event === 'unknown' && notNow.has(line.why) ? [line.seq] : [])),
  )
  return { sent: [...sent.values()], answered, disturbed, toldNotNow, notes, strays }
}

function durable({ answered }: Known, { effects, intents }: Evidence): string[] {
  const there = new Set(effects.map(({ kind, id }) => `${kind} ${id}`))
  const lost = answered.flatMap(({ effect, key }) =>
    effect && !there.has(`${effect.kind} ${effect.id}`)
      ? [`I1 ${key} was acknowledged and is gone: ${effect.kind} ${effect.id}`]
      : [],
  )
  return [...lost, ...intents.map((id) => `I1 the licence ${id} was begun and never sealed`)]
}

function once({ answered }: Known, { effects, entries }: Evidence): string[] {
  const findings = repeated(effects.map(({ kind, key }) => `${kind} of ${key}`)).map(
    (what) => `I2 more than one ${what}`,
  )
  const idOf = new Map<string, string>()
  for (const { key, effect } of answered) {
    if (!effect) continue
    const name = `${effect.kind} ${effect.id}`
    const before = idOf.get(key) ?? name
    if (before !== name) findings.push(`I2 ${key} had two effects: ${before}, ${name}`)
    idOf.set(key, name)
  }
  findings.push(...repeated([...idOf.values()]).map((id) => `I2 two keys share one effect: ${id}`))
  const told = countOf(entries.map(({ kind, about = '' }) => `${kind} ${about}`))
  for (const { kind, id } of effects) {
    const entry = `${entryKindOf[kind]} ${id}`
    const count = told.get(entry) ?? 0
    if (count !== 1) findings.push(`I2 ${count} entries say ${entry}`)
    told.delete(entry)
  }
  const kinds = Object.values(entryKindOf)
  const hollow = [...told.keys()].filter((entry) => kinds.some((kind) => entry.startsWith(kind)))
  return [...findings, ...hollow.map((entry) => `I2 an entry without its effect: ${entry}`)]
}

function audited({ answered, strays }: Known, { entries, requests }: Evidence): string[] {
  const byRequest = Map.groupBy(entries.filter(isAnswer), nameOf)
  const findings = strays.map((seq) => `I3 the ledger has an outcome of nothing sent: ${seq}`)
  const signed = answered.filter(({ rid }) => rid !== undefined)
  findings.push(...signed.flatMap((one) => recorded(one, byRequest.get(nameOf(one)) ?? [])))
  const consumed = new Set(requests.map(nameOf))
  for (const name of byRequest.keys()) {
    if (!consumed.delete(name)) findings.push(`I3 no token was used up for the entry of ${name}`)
  }
  return [...findings, ...[...consumed].map((name) => `I3 a token without an entry: ${name}`)]
}

function recorded(one: Known['answered'][number], found: readonly EntryEvidence[]): string[] {
  const name = nameOf(one)
  const findings =
    found.length === 1 ? [] : [`I3 ${found.length} entries for the answer to ${name}`]
  for (const { answerHash, leaf } of found) {
    if (answerHash !== one.answerHash) findings.push(`I3 another answer was recorded: ${name}`)
    const isPromised = one.leaf === undefined || one.leaf === toBase64url(leaf)
    if (!isPromised) findings.push(`I3 the receipt promises another leaf: ${name}`)
  }
  return findings
}

function noPhantom(known: Known, { entries }: Evidence): string[] {
  const { sent, answered, disturbed, toldNotNow } = known
  const received = new Set(answered.map(nameOf))
  const asked = new Map(sent.map((one) => [nameOf(one), one.seq]))
  return entries
    .filter((entry) => isAnswer(entry) && !received.has(nameOf(entry)))
    .flatMap((entry) => {
      const name = nameOf(entry)
      const seq = asked.get(name)
      if (seq === undefined) return [`I4 an entry for a request nobody sent: ${name}`]
      return disturbed.has(seq) || (toldNotNow.has(seq) && saysNo.has(entry.kind))
        ? []
        : [`I4 an entry without an answer and without a fault: ${name}`]
    })
}

function appendOnly({ notes }: Known, { entries, heads }: Evidence, log: LogIdentity): string[] {
  const findings: string[] = []
  const shards = new Set([...entries.map(({ shard }) => shard), ...heads.map(({ shard }) => shard)])
  const opened = new Set<string>()
  for (const shard of shards) {
    const roots = rootsOf(entries.filter((entry) => entry.shard === shard))
    const own = heads.filter((head) => head.shard === shard)
    for (const note of [...notes, ...own.map((head) => head.note)]) {
      const head = open(note, { origin: `${log.originPrefix}${shard}`, keys: log.keys })
      if (!head) continue
      opened.add(note)
      const root = roots[head.size]
      if (!root || !equalBytes(root, head.root)) findings.push(`I5 a head of no tree: ${head.size}`)
    }
    for (const { size, root } of own) {
      const right = roots[size]
      if (!right || !equalBytes(right, root)) findings.push(`I5 the row of head ${size} is altered`)
    }
  }
  const all = [...notes, ...heads.map((head) => head.note)]
  const foreign = all.filter((note) => !opened.has(note))
  return [...findings, ...foreign.map(() => 'I5 a head that the log did not sign')]
}

function prompt({ entries, heads }: Evidence): string[] {
  const findings: string[] = []
  for (const [shard, placed] of Map.groupBy(entries, (entry) => entry.shard)) {
    const sizes = heads.filter((head) => head.shard === shard).map(({ size }) => size)
    const covered = Math.max(0, ...sizes)
    const indices = placed.flatMap(({ index }) => index ?? []).sort((a, b) => a - b)
    if (indices.some((index, i) => index !== i)) findings.push(`I6 places of ${shard} have a gap`)
    for (const { id, index } of placed) {
      if (index === null || index >= covered)
        findings.push(`I6 entry ${id} is under no signed head`)
    }
  }
  return findings
}

/** The root of the tree at every size, with each leaf read once. */
function rootsOf(entries: readonly EntryEvidence[]): Uint8Array[] {
  const placed = entries.flatMap(({ index, leaf }) => (index === null ? [] : [{ index, leaf }]))
  const roots = [emptyRoot]
  const peaks: { readonly hash: Uint8Array; readonly leaves: number }[] = []
  for (const { leaf } of placed.sort((a, b) => a.index - b.index)) {
    let grown = { hash: leaf, leaves: 1 }
    while (peaks.at(-1)?.leaves === grown.leaves) {
      const left = peaks.pop()
      if (left) grown = { hash: nodeHash(left.hash, grown.hash), leaves: grown.leaves * 2 }
    }
    peaks.push(grown)
    roots.push(peaks.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right)))
  }
  return roots
}

function open(note: string, { origin, keys }: { origin: string; keys: readonly LogKey[] }) {
  try {
    return openCheckpoint(note, { origin, keys: keys.map(({ key }) => key) })
  } catch {
    return undefined // Of another year, or of nobody; what no year opens is a finding.
  }
}

function isAnswer(entry: EntryEvidence): boolean {
  return entry.rid !== undefined
}

function nameOf({ rid, attempt }: { readonly rid?: string; readonly attempt?: number }): string {
  return `${rid ?? 'no request'}/${attempt ?? 0}`
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function repeated(names: readonly string[]): string[] {
  return [...countOf(names)].flatMap(([name, count]) => (count > 1 ? [name] : []))
}
