/**
 * What the log keeps: which kinds of entries there are, and the exact bytes of one. An entry says
 * what happened in commitments and codes; documents and answers themselves never come here.
 */
import { canonicalJson, parseJsonObject } from '../sdk/json.ts'
import type { Json, JsonObject } from '../sdk/json.ts'
import { leafHash } from '../sdk/merkle.ts'
import { fromUtf8, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'

export const entryLimits = { bytes: 32_768, entriesPerAppend: 10_000 } as const

interface Title {
  readonly zh: string
  readonly en: string
}

/** Every kind of entry. What is not written here is not recorded, and so does not happen. */
export const entryKinds = {
  answer: { zh: '数据提供', en: 'Data provided' },
  'audit-read': { zh: '审计查阅', en: 'Audit record read' },
  'case-closed': { zh: '办件办结', en: 'Case closed' },
  'case-opened': { zh: '办件受理', en: 'Case opened' },
  'catalogue-loaded': { zh: '目录启用', en: 'Catalogue put into force' },
  'copy-made': { zh: '加注件制作', en: 'Annotated copy made' },
  failure: { zh: '数据提供失败', en: 'Data not provided because of a failure' },
  'holder-erased': { zh: '持证主体数据销毁', en: 'A holder’s data erased' },
  'import-finished': { zh: '存量导入完成', en: 'Import finished' },
  'import-started': { zh: '存量导入开始', en: 'Import started' },
  'key-registered': { zh: '密钥登记', en: 'Key registered' },
  'key-retired': { zh: '密钥停用', en: 'Key retired' },
  'licence-changed': { zh: '证照变更', en: 'Licence changed' },
  'licence-issued': { zh: '证照签发', en: 'Licence issued' },
  'licence-scanned': { zh: '亮证核验', en: 'Licence shown and scanned' },
  'licence-shown': { zh: '亮证', en: 'Licence shown by its holder' },
  'log-key-changed': { zh: '日志密钥更换', en: 'Log key changed' },
  refusal: { zh: '拒绝提供', en: 'Refused' },
} as const satisfies Record<string, Title>

export type EntryKind = keyof typeof entryKinds

/**
 * `at` is when it happened, as its writer says: UTC with milliseconds. The named members can be
 * searched for; all others are free. `recordedAt` is the log's own word and cannot be given.
 */
export type Entry = JsonObject & {
  readonly kind: EntryKind
  readonly at: string
  readonly department?: string
  readonly officer?: string
  readonly case?: string
  readonly item?: string
  readonly decision?: string
  readonly rid?: string
  readonly licenceId?: string
  readonly recordedAt?: never
}

const searchable = [
  'department',
  'officer',
  'case',
  'item',
  'decision',
  'rid',
  'licenceId',
] as const
const searchableLength = 512
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

export interface Written {
  readonly body: Uint8Array
  readonly leaf: Uint8Array
  readonly shard: number
}

/**
 * The bytes of an entry (RFC 8785 JSON) with the moment the log takes it, and the leaf they make.
 * @throws Problem invalid-entry, invalid-json, entry-too-large
 */
export function writeEntry(entry: Entry, recordedAt: Date): Written {
  refuseUnless(Object.hasOwn(entryKinds, entry.kind), 'kind')
  refuseUnless(isInstant(entry.at), 'at')
  refuseUnless(!Object.hasOwn(entry, 'recordedAt'), 'recordedAt')
  for (const name of searchable) refuseUnless(isSearchable(entry[name]), name)
  const text = canonicalJson({ ...entry, recordedAt: recordedAt.toISOString() })
  // PostgreSQL does not keep NUL in JSON, where it stands as an escape.
  refuseUnless(!/(?<!\\)(?:\\\\)*\\u0000/.test(text), 'text')
  const body = utf8(text)
  if (body.length > entryLimits.bytes) {
    throw new Problem('entry-too-large', { bytes: body.length, limit: entryLimits.bytes })
  }
  return { body, leaf: leafHash(body), shard: shardOf(recordedAt) }
}

/** What the log repeats of a body beside it, to search by. */
export interface EntryColumns {
  readonly kind: string
  readonly at: Date
  readonly recordedAt: Date
  readonly shard: number
  readonly department: string | null
  readonly officer: string | null
  readonly caseNumber: string | null
  readonly item: string | null
  readonly decision: string | null
  readonly rid: string | null
  readonly licenceId: string | null
}

/** The columns as the body alone gives them; undefined when the bytes are no entry. */
export function columnsOf(body: Uint8Array): EntryColumns | undefined {
  const content = contentOf(body)
  const { kind, at, recordedAt } = content
  if (typeof kind !== 'string' || !isInstant(at) || !isInstant(recordedAt)) return undefined
  const recorded = new Date(recordedAt)
  const text = (name: string): string | null => {
    const value = content[name]
    return typeof value === 'string' ? value : null
  }
  return {
    kind,
    at: new Date(at),
    recordedAt: recorded,
    shard: shardOf(recorded),
    department: text('department'),
    officer: text('officer'),
    caseNumber: text('case'),
    item: text('item'),
    decision: text('decision'),
    rid: text('rid'),
    licenceId: text('licenceId'),
  }
}

function contentOf(body: Uint8Array): JsonObject {
  try {
    return parseJsonObject(fromUtf8(body))
  } catch (thrown) {
    if (thrown instanceof Problem) return {}
    throw thrown
  }
}

/** One tree a year, by UTC. */
export function shardOf(moment: Date): number {
  return moment.getUTCFullYear()
}

function isInstant(text: Json | undefined): text is string {
  if (typeof text !== 'string' || !instant.test(text)) return false
  const moment = new Date(text)
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === text
}

function isSearchable(value: unknown): boolean {
  if (value === undefined) return true
  return typeof value === 'string' && value.length > 0 && value.length <= searchableLength
}

function refuseUnless(condition: boolean, rule: string): void {
  if (!condition) throw new Problem('invalid-entry', { rule })
}
