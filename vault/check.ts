/**
 * The vault against the log, for `zt audit verify`: every licence and every act that the log tells of
 * must be stored as it was, and nothing may be stored that the log does not know. The log itself is
 * checked first; this believes its entries.
 */
import type { Db, Tx } from '../db/postgres.ts'
import { searchLimits } from '../log/index.ts'
import type { EntryKind, FoundEntry, LogReader } from '../log/index.ts'
import { fromBase64url, toBase64url } from '../sdk/base64url.ts'
import { parseJsonObject } from '../sdk/json.ts'
import type { JsonObject } from '../sdk/json.ts'
import { equalBytes, fromUtf8 } from '../sdk/primitives.ts'
import { wrongCounts } from './statistics/recount.ts'
import { isAsLogged } from './change/as-logged.ts'
import { countRows, findLicenceFacts, findMisplaced } from './check/store.ts'
import { findActs } from './verify/history-store.ts'

const titles = {
  'act-altered': {
    zh: '证照状态变更记录被改动',
    en: 'An act is stored otherwise than the log has it',
  },
  'act-missing': { zh: '证照状态变更记录缺失', en: 'An act in the log is missing from the vault' },
  'act-unlogged': {
    zh: '存在日志之外的状态变更',
    en: 'The vault holds acts the log knows nothing of',
  },
  'count-wrong': {
    zh: '证照统计与证照不符',
    en: 'A count is not what the licences and acts add up to',
  },
  'licence-altered': {
    zh: '证照被替换',
    en: 'A stored licence is not the document the log recorded',
  },
  'licence-missing': { zh: '证照缺失', en: 'A licence in the log is missing from the vault' },
  'licence-unlogged': {
    zh: '存在日志之外的证照',
    en: 'The vault holds licences the log knows nothing of',
  },
} as const

export interface VaultFinding {
  readonly code: keyof typeof titles
  /** For example `vault.act 1.2.156.3005.2.…`. */
  readonly row: string
  readonly zh: string
  readonly en: string
}

const findingsMax = 1_000

interface Parts {
  readonly db: Db
  readonly log: Pick<LogReader, 'search' | 'count' | 'byLicence'>
}

/** Every contradiction between the vault and the log, a thousand at most. */
export async function checkVault(parts: Parts): Promise<VaultFinding[]> {
  const findings: VaultFinding[] = []
  const find = (code: VaultFinding['code'], row: string): void => {
    if (findings.length < findingsMax) findings.push({ code, row, ...titles[code] })
  }
  const rows = await countRows(parts.db)
  for await (const page of pages(parts.log, 'licence-issued')) {
    await checkLicences(parts.db, page, find)
  }
  for await (const page of pages(parts.log, 'licence-changed')) await checkActs(parts, page, find)
  if (rows.licences > (await parts.log.count('licence-issued'))) {
    find('licence-unlogged', 'vault.licence')
  }
  if (rows.acts > (await parts.log.count('licence-changed'))) find('act-unlogged', 'vault.act')
  for (const place of await wrongCounts(parts.db))
    find('count-wrong', `vault.licence_count ${place}`)
  return findings
}

type Find = (code: VaultFinding['code'], row: string) => void

interface Told {
  readonly leaf: string
  readonly body: Uint8Array
  readonly entry: JsonObject
  readonly licenceId: string
}

async function* pages(
  log: Pick<LogReader, 'search'>,
  kind: EntryKind,
): AsyncGenerator<readonly Told[]> {
  const first = searchLimits.pageMax
  let before: number | undefined
  for (;;) {
    const found = await log.search({ kind }, { first, ...(before === undefined ? {} : { before }) })
    yield found.map(tell)
    before = found.at(-1)?.id
    if (found.length < first) return
  }
}

function tell({ leaf, body }: FoundEntry): Told {
  const entry = parseJsonObject(fromUtf8(body))
  const { licenceId } = entry
  return {
    leaf: toBase64url(leaf),
    ...{ body, entry },
    licenceId: typeof licenceId === 'string' ? licenceId : '',
  }
}

async function checkLicences(db: Tx, page: readonly Told[], find: Find): Promise<void> {
  const stored = await findLicenceFacts(
    db,
    page.map(({ licenceId }) => licenceId),
  )
  for (const { licenceId, entry, leaf } of page) {
    const row = `vault.licence ${licenceId}`
    const licence = stored.get(licenceId)
    if (!licence) find('licence-missing', row)
    else if (licence.leaf !== leaf || !isTold(licence.facts, entry)) find('licence-altered', row)
  }
}

function isTold(facts: Readonly<Record<string, string>>, entry: JsonObject): boolean {
  return Object.entries(facts).every(([name, value]) => entry[name] === value)
}

async function checkActs({ db, log }: Parts, page: readonly Told[], find: Find): Promise<void> {
  const ids = [...new Set(page.map(({ licenceId }) => licenceId))]
  const logged = await log.byLicence('licence-changed', ids)
  const acts = await findActs(db, ids, searchLimits.ofLicence)
  const actsOf = Map.groupBy(acts, ({ licence_id: licenceId }) => licenceId)
  const elsewhere = await findMisplaced(db, ids)
  const isInOrder = (licenceId: string): boolean => {
    const [stored, told] = [actsOf.get(licenceId) ?? [], logged.get(licenceId) ?? []]
    return !elsewhere.has(licenceId) && isSameOrder(stored, told)
  }
  const outOfOrder = new Set(ids.filter((licenceId) => !isInOrder(licenceId)))
  for (const { licenceId, leaf, body } of page) {
    const row = `vault.act ${licenceId}`
    const entry = { leaf: fromBase64url(leaf), body }
    const act = actsOf.get(licenceId)?.find((one) => equalBytes(one.leaf, entry.leaf))
    if (!act) find('act-missing', row)
    else if (outOfOrder.has(licenceId) || !isAsLogged(act, entry)) find('act-altered', row)
  }
}

interface Leaf {
  readonly leaf: Uint8Array
}

/** Of what both have; what one of them lacks is found otherwise. */
function isSameOrder(stored: readonly Leaf[], told: readonly Leaf[]): boolean {
  const [ours, theirs] = [stored, told].map((all) => all.map(({ leaf }) => toBase64url(leaf)))
  const both = (leaves: readonly string[] = [], others: readonly string[] = []): string =>
    leaves.filter((leaf) => others.includes(leaf)).join()
  return both(ours, theirs) === both(theirs, ours)
}
