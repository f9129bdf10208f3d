/** Ways to spoil a good run, each of which the judge must notice under the right promise. */
import type { Evidence } from './evidence.ts'
import type { LedgerLine, Sent } from './ledger.ts'

interface Case {
  readonly ledger: readonly LedgerLine[]
  readonly evidence: Evidence
}

interface Mutation {
  readonly what: string
  /** How one of the findings must begin. */
  readonly finds: string
  readonly spoil: (good: Case) => Case
}

const bytes = new Uint8Array(32).fill(7)

/** Without the first one of which this is so. */
function without<T>(list: readonly T[], isIt: (one: T) => boolean): T[] {
  const at = list.findIndex(isIt)
  if (at < 0) throw new Error('the good run has nothing to spoil here')
  return list.filter((_, i) => i !== at)
}

function altered<T>(list: readonly T[], isIt: (one: T) => boolean, to: Partial<T>): T[] {
  const at = list.findIndex(isIt)
  if (at < 0) throw new Error('the good run has nothing to spoil here')
  return list.map((one, i) => (i === at ? { ...one, ...to } : one))
}

const inEvidence =
  (change: (evidence: Evidence) => Partial<Evidence>): Mutation['spoil'] =>
  ({ ledger, evidence }) => ({ ledger, evidence: { ...evidence, ...change(evidence) } })

const inLedger =
  (change: (ledger: readonly LedgerLine[]) => LedgerLine[]): Mutation['spoil'] =>
  ({ ledger, evidence }) => ({ ledger: change(ledger), evidence })

/** An answered request that no fault touched: the last one, when all faults are over. */
function lastAnswered(ledger: readonly LedgerLine[]): number {
  const line = ledger.findLast((one) => one.event === 'acked' && one.answerHash !== undefined)
  if (line?.event !== 'acked') throw new Error('nothing was answered')
  return line.seq
}

const withoutLine = (ledger: readonly LedgerLine[], event: 'sent' | 'acked'): LedgerLine[] => {
  const seq = lastAnswered(ledger)
  return without(ledger, (line) => line.event === event && line.seq === seq)
}

/** The last answer never came, or came as something else. */
const withoutAnswer = (ledger: readonly LedgerLine[], why: string): LedgerLine[] => {
  const seq = lastAnswered(ledger)
  return ledger.map((line) =>
    line.event === 'acked' && line.seq === seq ? { event: 'unknown', seq, why } : line,
  )
}

const isSentAs =
  (seq: number) =>
  (line: LedgerLine): line is Sent =>
    line.event === 'sent' && line.seq === seq

const firstOf =
  (kind: string) =>
  (one: { readonly kind: string; readonly rid?: string }): boolean =>
    one.kind === kind && (kind !== 'answer' || one.rid !== undefined)

const acknowledgedLicence = ({ ledger }: Case) => {
  const line = ledger.find((one) => one.event === 'acked' && one.effect?.kind === 'licence')
  if (line?.event !== 'acked' || !line.effect) throw new Error('no licence was acknowledged')
  return line.effect
}

export const mutations: readonly Mutation[] = [
  {
    what: 'a licence row is deleted',
    finds: 'I1 issue',
    spoil: (good) => {
      const { id } = acknowledgedLicence(good)
      const effects = without(good.evidence.effects, (one) => one.id === id)
      return { ...good, evidence: { ...good.evidence, effects } }
    },
  },
  {
    what: 'a case row is deleted',
    finds: 'I1 open',
    spoil: inEvidence(({ effects }) => ({ effects: without(effects, firstOf('case')) })),
  },
  {
    what: 'a licence is left half issued',
    finds: 'I1 the licence',
    spoil: inEvidence(() => ({ intents: ['1.2.156'] })),
  },
  {
    what: 'a holder gets a second licence for one key',
    finds: 'I2 more than one licence',
    spoil: inEvidence(({ effects }) => ({
      effects: effects.flatMap((one, i) => (i === 0 ? [one, { ...one, id: 'another' }] : [one])),
    })),
  },
  {
    what: 'the same key is acknowledged with another licence',
    finds: 'I2 issue',
    spoil: (good) => {
      const { id } = acknowledgedLicence(good)
      const isIt = (line: LedgerLine): boolean => line.event === 'acked' && line.effect?.id === id
      const line = good.ledger.find(isIt)
      const sent = good.ledger.find((one) => one.event === 'sent')
      if (line?.event !== 'acked' || sent?.event !== 'sent') throw new Error('nothing to spoil')
      const asked = good.ledger.find((one) => one.event === 'sent' && one.seq === line.seq)
      if (asked?.event !== 'sent') throw new Error('nothing to spoil')
      const repeated = { ...asked, seq: 1e9 }
      const answer = { ...line, seq: 1e9, effect: { kind: 'licence', id: 'another' } } as const
      return { ...good, ledger: [...good.ledger, repeated, answer] }
    },
  },
  {
    what: 'the entry of an issue is gone',
    finds: 'I2 0 entries',
    spoil: inEvidence(({ entries }) => ({ entries: without(entries, firstOf('licence-issued')) })),
  },
  {
    what: 'the entry of an answer is gone',
    finds: 'I3 0 entries',
    spoil: inEvidence(({ entries }) => ({ entries: without(entries, firstOf('answer')) })),
  },
  {
    what: 'an answer is recorded twice',
    finds: 'I3 2 entries',
    spoil: inEvidence(({ entries }) => ({
      entries: [...entries, ...entries.filter(firstOf('answer')).slice(-1)],
    })),
  },
  {
    what: 'an entry has the hash of another answer',
    finds: 'I3 another answer',
    spoil: inEvidence(({ entries }) => ({
      entries: altered(entries, firstOf('answer'), { answerHash: 'other' }),
    })),
  },
  {
    what: 'an entry is not the one the receipt promises',
    finds: 'I3 the receipt',
    spoil: inEvidence(({ entries }) => ({
      entries: altered(entries, firstOf('answer'), { leaf: bytes }),
    })),
  },
  {
    what: 'a used token is forgotten',
    finds: 'I3 no token',
    spoil: inEvidence(({ requests }) => ({ requests: requests.slice(1) })),
  },
  {
    what: 'the client loses a line of what it sent',
    finds: 'I3 the ledger',
    spoil: inLedger((ledger) => withoutLine(ledger, 'sent')),
  },
  {
    what: 'the client loses a line of what it received',
    finds: 'I4 an entry without an answer',
    spoil: inLedger((ledger) => withoutLine(ledger, 'acked')),
  },
  {
    what: 'who was told "not now" has an answer in the log',
    finds: 'I4 an entry without an answer',
    spoil: inLedger((ledger) => withoutAnswer(ledger, 'database-unavailable')),
  },
  {
    what: 'a failure is in the log of which nobody was told',
    finds: 'I4 an entry without an answer',
    spoil: ({ ledger, evidence }) => {
      const { rid } = ledger.find(isSentAs(lastAnswered(ledger))) ?? {}
      const entries = altered(evidence.entries, (one) => one.rid === rid, { kind: 'failure' })
      return { ledger: withoutAnswer(ledger, 'socket hang up'), evidence: { ...evidence, entries } }
    },
  },
  {
    what: 'somebody else’s answer is in the log',
    finds: 'I4 an entry for a request nobody sent',
    spoil: inEvidence(({ entries }) => ({
      entries: altered(entries, firstOf('answer'), { rid: 'nobody' }),
    })),
  },
  {
    what: 'a head has another root',
    finds: 'I5 the row',
    spoil: inEvidence(({ heads }) => ({ heads: altered(heads, () => true, { root: bytes }) })),
  },
  {
    what: 'a leaf under a head is exchanged',
    finds: 'I5 a head of no tree',
    spoil: inEvidence(({ entries }) => ({
      entries: altered(entries, ({ index }) => index === 0, { leaf: bytes }),
    })),
  },
  {
    what: 'a head the client holds is not signed',
    finds: 'I5 a head that the log did not sign',
    spoil: inLedger((ledger) => [...ledger, { event: 'head', note: 'forged\n\n' }]),
  },
  {
    what: 'the tail of the tree is gone while a client holds its head',
    finds: 'I5 a head of no tree',
    spoil: inEvidence(({ entries }) => ({
      entries: entries.filter(({ index }) => index === null || index < 10),
    })),
  },
  {
    what: 'an entry never got its place',
    finds: 'I6 entry',
    spoil: inEvidence(({ entries }) => ({
      entries: altered(entries, ({ index }) => index !== null, { index: null }),
    })),
  },
  {
    what: 'places have a gap',
    finds: 'I6 places',
    spoil: inEvidence(({ entries }) => ({
      entries: altered(entries, ({ index }) => index === 3, { index: 1e6 }),
    })),
  },
]
