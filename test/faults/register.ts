/** Files of historical licences to import: companies that nobody else uses, and a line that is wrong. */
import { writeFile } from 'node:fs/promises'
import { fictitiousCompany } from '../../demo/sample.ts'

const header =
  '企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址'

/** Companies are counted down from here, and up everywhere else. */
const lastCompany = 9_999
export const rowsInRegister = 2

/** @param n another one for each file */
export async function writeRegister(path: string, n: number): Promise<void> {
  await writeFile(path, registerText(n))
}

/** All of them of the same issuer. */
export function registerText(n: number): string {
  const rows = Array.from({ length: rowsInRegister }, (_, i) => {
    const { name, uscc } = fictitiousCompany(lastCompany - rowsInRegister * n - i)
    return `${name},${uscc},2001-12-31,N/A,N/A,"1,000(万元)",日用百货,海南,海口,虚构路1号`
  })
  return [header, ...rows, '虚构,两格', ''].join('\n')
}
