/** Rows of files of historical licences, of companies that do not exist. */
import type { JsonObject } from '../sdk/json.ts'
import { fictitiousUscc } from './companies.ts'

export interface DirtyFile {
  readonly name: string
  readonly content: string | Buffer
  readonly type?: string
  readonly map?: JsonObject
  /** How many rows would be issued, and how often each `field finding` is made. */
  readonly gives:
    | { readonly issued: number; readonly finds?: Readonly<Record<string, number>> }
    | { readonly refused: string; readonly detail: object }
}

export const companyHeader = '企业名称,统一社会信用代码,注册日期,注册资金,经营范围'

interface Company {
  readonly name?: string
  readonly uscc?: string
  readonly day?: string
  readonly scope?: string
}

export function company(number: number, changes: Company = {}): string {
  const { name = `虚构第${number}号百货公司`, scope = '日用百货零售' } = changes
  const { uscc = fictitiousUscc(number), day = '2001-12-31' } = changes
  return `${name},${uscc},${day},"1,000(万元)",${scope}`
}

export const lines = (...rows: readonly string[]): string => `${rows.join('\n')}\n`
export const companies = (...rows: readonly string[]): string => lines(companyHeader, ...rows)
export function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => company(i + 1))
}
