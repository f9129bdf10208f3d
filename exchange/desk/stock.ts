/** The desk where departments hand in historical stock of their own, a portion in each request. */
import { Problem } from '../../sdk/problem.ts'
import type { ImportPortion, ImportTotals, Vault } from '../../vault/index.ts'
import { doneOnce } from './attending.ts'
import type { Attended, AttendingParts } from './attending.ts'

export interface StockDesk {
  /**
   * Every row is issued, found or put aside, and who asks again under the same request id is told the same.
   * @throws Problem not-importable, invalid-import-map, import-not-csv, invalid-import-file, file-changed,
   *   import-under-way, too-many-requests
   */
  readonly importPortion: (
    asked: Attended & { readonly body: Pick<ImportPortion, 'type' | 'map' | 'text'> },
  ) => Promise<{ readonly runId: string; readonly totals: ImportTotals }>
}

const stockLimits = {
  /** Portions that are taken at the same time, whoever sends them: others issue and verify meanwhile. */
  atOnce: 2,
} as const

interface DeskParts extends AttendingParts {
  readonly vault: Pick<Vault, 'importPortion'>
}

export function createStockDesk(parts: DeskParts): StockDesk {
  const { atOnce: limit } = stockLimits
  let running = 0
  return {
    importPortion: async ({ caller, at, body }) => {
      if (running >= limit) throw new Problem('too-many-requests', { limit })
      running += 1
      try {
        const { department, rid: key } = caller
        const item = { resource: 'vault', fields: ['imports'] }
        return await doneOnce(parts, { caller, at, item }, async () => {
          const { runId, ...result } = await parts.vault.importPortion({ ...body, department, key })
          return { runId, totals: totalsOf(result) }
        })
      } finally {
        running -= 1
      }
    },
  }
}

function totalsOf(result: ImportTotals) {
  const { rows, issued, existing, quarantined, byIssuer, byDivision, ...rest } = result
  const { byRule, byFinding, byItem } = rest
  const counts = { byIssuer, byDivision, byRule, byFinding, byItem }
  return { rows, issued, existing, quarantined, ...counts }
}
