/**
 * What a face says, before anything is drawn: the items of the signed document under the labels of
 * the catalogue, and the words of the copy. Every word on paper comes from here.
 */
import type { Catalogue, Field, Label, LicenceType } from '../../catalogs/catalog.ts'
import type { Json } from '../../sdk/json.ts'
import type { LicenceDocument } from '../../sdk/licence/document.ts'
import type { CopyClaims } from '../../sdk/face/statement.ts'

export interface Entry {
  readonly label: Label
  readonly value: string
}

export interface FaceContent {
  readonly paper: 'portrait' | 'landscape'
  readonly title: Label
  readonly issuer: Label
  /** Entries of one row stand side by side. */
  readonly rows: readonly (readonly Entry[])[]
  readonly validity: Entry
  readonly issued: Entry
  readonly licenceId: string
  /** What makes it a copy (加注件). */
  readonly annotations: readonly Entry[]
  /** Written across every page. */
  readonly watermark: string
  readonly made: Date
}

/** A copy before it is signed: its digest is that of the face to be drawn. */
export type CopyPlan = Omit<CopyClaims, 'face'>

/** The fields a face of this type shows, row by row. */
export function rowsOf({ face, fields }: LicenceType): readonly (readonly string[])[] {
  return face?.rows ?? groups.flatMap((group) => rowsOfGroup(fields, group))
}

const groups: readonly Field['group'][] = ['basic', 'holder', 'permission', 'management']

function rowsOfGroup(fields: readonly Field[], group: Field['group']): string[][] {
  return fields.filter((field) => field.group === group).map(({ code }) => [code])
}

export function contentOf(
  { claims, items, sealedAt }: LicenceDocument,
  { type, catalogue, copy }: { type: LicenceType; catalogue: Catalogue; copy: CopyPlan },
): FaceContent {
  const fields = new Map(type.fields.map((field) => [field.code, field]))
  const rows = rowsOf(type).map((codes) =>
    codes.flatMap((code) => {
      const [field, value] = [fields.get(code), items.get(code)]
      return field && value !== undefined ? [{ label: field.name, value: shown(field, value) }] : []
    }),
  )
  const until = claims.exp === undefined ? '长期' : dayOf(claims.exp - 1)
  const [department = '', officer = ''] = copy.maker.split('/')
  const maker = catalogue.departments.get(department)?.name.zh ?? department
  return {
    paper: type.face?.paper ?? 'portrait',
    title: type.name,
    issuer: issuerOf(claims.iss, catalogue),
    rows: rows.filter((row) => row.length > 0),
    validity: { label: words.validity, value: `${dayOf(claims.nbf)} 至 ${until}` },
    issued: { label: words.issued, value: dayOf(Math.floor(sealedAt.getTime() / 1000)) },
    licenceId: claims.licenceId,
    annotations: [
      { label: words.purpose, value: copy.purpose },
      { label: words.case, value: copy.case },
      { label: words.maker, value: `${maker}（${officer}）` },
      { label: words.made, value: momentOf(copy.iat) },
      { label: words.ends, value: momentOf(copy.exp) },
      { label: words.copy, value: copy.jti },
    ],
    watermark: `仅用于 ${copy.purpose} · 办件 ${copy.case} · ${dayOf(copy.exp)} 止`,
    made: new Date(copy.iat * 1000),
  }
}

/** What is printed and is no value. */
export const words = {
  validity: { zh: '有效期', en: 'Validity' },
  issued: { zh: '签章日期', en: 'Sealed on' },
  identifier: { zh: '证照标识', en: 'Licence identifier' },
  purpose: { zh: '用途', en: 'Purpose' },
  case: { zh: '办件编号', en: 'Case' },
  maker: { zh: '制作者', en: 'Made by' },
  made: { zh: '制作时间', en: 'Made at' },
  ends: { zh: '加注件有效期至', en: 'Copy valid until' },
  copy: { zh: '加注件编号', en: 'Copy number' },
  annotated: { zh: '加注件', en: 'ANNOTATED COPY' },
  status: { zh: '扫码查状态', en: 'Status' },
  offline: { zh: '离线核验', en: 'Offline check' },
  seal: { zh: '电子证照', en: 'Electronic licence' },
} as const satisfies Record<string, Label>

function issuerOf(urn: string, { departments }: Catalogue): Label {
  const code = urn.slice(urn.lastIndexOf(':') + 1)
  return departments.get(code)?.name ?? { zh: code, en: code }
}

function shown(field: Field, value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (field.type === 'code') {
    return field.values.find(({ code }) => code === text)?.name.zh ?? text
  }
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  return field.type === 'date' && day !== undefined
    ? `${year ?? ''}年${month ?? ''}月${day}日`
    : text
}

/** Days and moments are those of Beijing. */
function dayOf(seconds: number): string {
  const [year = '', month = '', day = ''] = beijing(seconds).slice(0, 10).split('-')
  return `${year}年${month}月${day}日`
}

function momentOf(seconds: number): string {
  return `${dayOf(seconds)} ${beijing(seconds).slice(11, 16)}`
}

function beijing(seconds: number): string {
  return new Date((seconds + 8 * 3_600) * 1000).toISOString()
}
