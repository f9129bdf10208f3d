/** The map of the open data on registered enterprises, for whoever imports it without one of their own. */
import type { JsonObject } from '../../sdk/json.ts'

const uscc = { from: '统一社会信用代码', as: ['uscc'] }

export const businessLicences: JsonObject = {
  absent: ['N/A'],
  // The division stands in the credit code.
  ignore: ['所在省份', '地区'],
  licenceNo: uscc,
  serial: uscc,
  division: { ...uscc, as: ['uscc', 'division-of-uscc'] },
  validFrom: '注册日期',
  holders: [{ role: 'holder', codeType: '001', code: uscc }],
  items: {
    uscc,
    name: '企业名称',
    establishedOn: '注册日期',
    entityType: { from: '企业类型', optional: true },
    legalRep: { from: '法人代表', optional: true },
    registeredCapital: { from: '注册资金', as: ['amount'], optional: true },
    scope: { from: '经营范围', optional: true },
    address: { from: '注册地址', optional: true },
  },
}
