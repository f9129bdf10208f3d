/** Historical stock over HTTP: a portion is handed in, and what became of any run of a department's own. */
import type { VaultReading } from '../../desk/reading.ts'
import type { StockDesk } from '../../desk/stock.ts'
import { httpLimits } from '../parts.ts'
import { departmentRow } from '../route.ts'
import type { AnyRow } from '../route.ts'
import { anything, flag, instant, list, named, object, orNull, text, whole } from '../shape.ts'

const word = text({ maxLength: 128 })
const code = text({ maxLength: 64, pattern: '[a-z][a-zA-Z0-9]{0,63}' })
const count = whole({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const counts = named(count, 10_000)
const totals = object({
  ...{ rows: count, issued: count, existing: count, quarantined: count },
  ...{ byIssuer: counts, byDivision: counts, byRule: counts, byFinding: counts, byItem: counts },
})
const status = object({
  ...{ runId: word, type: word, department: orNull(word) },
  ...{ startedAt: instant, finishedAt: orNull(instant), totals },
  ...{ inVault: object({ byIssuer: counts, byDivision: counts }), agrees: flag },
})
const run = text({ maxLength: 36 })
const behind = object({ runId: run }, { after: text({ maxLength: 9, pattern: '[0-9]+' }) })
const long = text({ maxLength: 300 })
const finding = object({ field: long, rule: word, remedy: long }, { column: long, shape: long })
const bad = object({ line: count, findings: list(finding, 200) })

/** A header line and rows, and how its columns become items. */
const portion = object(
  { type: code, text: text({ maxLength: httpLimits.body }) },
  { map: named(anything, 20) },
)
const jsonLimits = { depth: 8, membersPerObject: 1_000, stringLength: httpLimits.body } as const

export function importRows(reading: VaultReading, stock: StockDesk): readonly AnyRow[] {
  return [portionRow(stock), ...runRows(reading)]
}

function portionRow(stock: StockDesk): AnyRow {
  return departmentRow({
    ...{ method: 'POST', path: '/vault/imports', name: 'importPortion', who: 'issuer' },
    summary: { zh: '导入本部门的一批历史存量', en: 'Import a portion of historical stock' },
    body: portion,
    jsonLimits,
    answer: { status: 201, shape: object({ runId: word, totals }) },
    problems: [
      ...(['not-importable', 'invalid-import-map', 'import-not-csv'] as const),
      ...(['invalid-import-file', 'file-changed', 'import-under-way'] as const),
      ...(['seal-unavailable', 'too-many-requests'] as const),
    ],
    tell: async (asked) => ({ body: await stock.importPortion(asked) }),
  })
}

function runRows(reading: VaultReading): readonly AnyRow[] {
  const problems = ['unknown-import-run', 'not-the-issuer'] as const
  return [
    departmentRow({
      ...{ method: 'GET', path: '/vault/imports/{runId}', name: 'showImport', who: 'issuer' },
      summary: { zh: '历史存量导入的情况', en: 'How an import of historical stock went' },
      parameters: object({ runId: run }),
      answer: { shape: status },
      problems,
      tell: async ({ parameters, ...asked }) => ({
        body: await reading.importStatus({ ...asked, ...parameters }),
      }),
    }),
    departmentRow({
      ...{ method: 'GET', path: '/vault/imports/{runId}/errors', name: 'importErrors' },
      who: 'issuer',
      summary: { zh: '导入未通过的行', en: 'The lines of an import that were not taken' },
      parameters: behind,
      answer: { shape: object({ lines: list(bad, 1_000) }) },
      problems,
      tell: async ({ parameters: { runId, after = '0' }, ...asked }) => ({
        body: await reading.importErrors({ ...asked, runId, after: Number(after) }),
      }),
    }),
    departmentRow({
      ...{ method: 'GET', path: '/vault/imports/{runId}/errors.csv', name: 'importErrorFile' },
      who: 'issuer',
      summary: { zh: '下载导入未通过的行（CSV）', en: 'The same as a file of CSV' },
      parameters: behind,
      answer: { type: 'text/csv; charset=utf-8' },
      problems,
      tell: async ({ parameters: { runId, after = '0' }, ...asked }) => {
        const found = { ...asked, runId, after: Number(after) }
        const { file, next } = await reading.importErrorFile(found)
        const name = `errors-${runId}-${after}.csv`
        const headers = { 'content-disposition': `attachment; filename="${name}"` }
        if (next === undefined) return { body: file, headers }
        const link = `</vault/imports/${runId}/errors.csv?after=${next}>; rel="next"`
        return { body: file, headers: { ...headers, link } }
      },
    }),
  ]
}
