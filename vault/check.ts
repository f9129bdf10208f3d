/**
 * The vault against the log, for `zt audit verify`: every licence and every act that the log tells of
 * must be stored as it was, and nothing may be stored that the log does not know. The log itself is
 * checked first; this believes its entries.
 */
import type { Db, Tx } from '../db/postgres.ts'
import { searchLimits } from '../log/index.ts'
import type { EntryKind, FoundEntry, LogReader } from '../log/index.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { parseJsonObject } from '../sdk/json.ts'
import type { JsonObject } from '../sdk/json.ts'
import { fromUtf8 } from '../sdk/primitives.ts'
import { wrongCounts } from './statistics/recount.ts'
import { countRows, findActStates, findLicenceDigests } from './check/store.ts'

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

/** Every contradiction between the vault and the log, a thousand at most. */
export async function checkVault(parts: {
  readonly db: Db
  readonly log: Pick<LogReader, 'search' | 'count'>
}): Promise<VaultFinding[]> {
  const findings: VaultFinding[] = []
  const find = (code: VaultFinding['code'], row: string): void => {
    if (findings.length < findingsMax) findings.push({ code, row, ...titles[code] })
  }
  const rows = await countRows(parts.db)
  for await (const page of pages(parts.log, 'licence-issued')) {
    await checkLicences(parts.db, page, find)
  }
  for await (const page of pages(parts.log, 'licence-changed'))
    await checkActs(parts.db, page, find)
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
    entry,
    licenceId: typeof licenceId === 'string' ? licenceId : '',
  }
}

async function checkLicences(db: Tx, page: readonly Told[], find: Find): Promise<void> {
  const stored = await findLicenceDigests(
    db,
    page.map(({ licenceId }) => licenceId),
  )
  for (const { licenceId, entry, leaf } of page) {
    const row = `vault.licence ${licenceId}`
    const licence = stored.get(licenceId)
    if (!licence) find('licence-missing', row)
    else if (licence.leaf !== leaf || licence.digest !== entry['document']) {
      find('licence-altered', row)
    }
  }
}

async function checkActs(db: Tx, page: readonly Told[], find: Find): Promise<void> {
  const stored = await findActStates(
    db,
    page.map(({ licenceId }) => licenceId),
  )
  for (const { licenceId, entry, leaf } of page) {
    const row = `vault.act ${licenceId}`
    const act = stored.get(leaf)
    if (!act) find('act-missing', row)
    else if (
      act.licenceId !== licenceId ||
      act.state !== entry['state'] ||
      // Of entries of former versions, which took effect at once, their time is the time of effect.
      act.at !== (entry['effectiveAt'] ?? entry['at']) ||
      act.successor !== (entry['successor'] ?? null)
    ) {
      find('act-altered', row)
    }
  }
}
