/**
 * The people, companies and licences of the sample world. All are invented: numbers are of the kind
 * that cannot belong to anyone (born in 1900s in a division founded in 2012, or the fictitious series
 * of organisation codes), with correct check characters.
 */
import { organisationCodeCheckCharacter, usccCheckCharacter } from '../sdk/identifier.ts'
import type { Draft } from '../vault/index.ts'

export interface Person {
  readonly name: string
  readonly idNumber: string
  readonly sex: '1' | '2'
  readonly birthDate: string
  readonly address: string
  readonly maritalStatus: string
}

export interface Company {
  readonly name: string
  readonly uscc: string
}

export const people = {
  legalRepresentative: {
    ...{ name: '林晓岚', idNumber: '460300190001019996', sex: '1', birthDate: '1900-01-01' },
    ...{ address: '海南省三沙市永兴镇北京路（示例）1号', maritalStatus: '20' },
  },
  premisesOwner: {
    ...{ name: '符海生', idNumber: '460300190102039988', sex: '2', birthDate: '1901-02-03' },
    ...{ address: '海南省三沙市永兴镇北京路（示例）2号', maritalStatus: '10' },
  },
  stranger: {
    ...{ name: '王彩云', idNumber: '460300190203049974', sex: '1', birthDate: '1902-03-04' },
    ...{ address: '海南省三沙市永兴镇北京路（示例）3号', maritalStatus: '40' },
  },
} as const satisfies Record<string, Person>

/** The n-th fictitious company of Meilan district, 1 to 9999. */
export function fictitiousCompany(n: number): Company {
  const organisation = `MA5T${String(n).padStart(4, '0')}`
  const body = `91460108${organisation}${organisationCodeCheckCharacter(organisation)}`
  const uscc = `${body}${usccCheckCharacter(body)}`
  return { uscc, name: `海口美兰椰风海韵餐饮管理有限公司（示例${n}）` }
}

const district = '460108'

export function businessLicence({ name, uscc }: Company): Draft {
  return {
    ...{ type: 'businessLicence', issuer: 'haikouMarket', division: district, grade: 'A' },
    licenceNo: uscc,
    holders: [{ role: 'holder', codeType: '001', code: uscc }],
    ...{ validFrom: '2026-03-02', validUntil: null },
    items: {
      ...{ name, uscc, entityType: '有限责任公司（自然人独资）' },
      legalRep: people.legalRepresentative.name,
      address: '海口市美兰区海甸岛（示例）五西路8号',
      phone: '0898-00000000',
      registeredCapital: '50万元人民币',
      establishedOn: '2026-03-02',
      scope: '餐饮服务；食品销售（依法须经批准的项目，经相关部门批准后方可开展经营活动）',
      registry: '海口市市场监督管理局',
      approvedOn: '2026-03-02',
    },
  }
}

export const sampleLicences: readonly Draft[] = [
  ...Object.values(people).map(idCard),
  {
    ...{ type: 'realPropertyCertificate', issuer: 'haikouResources', division: district },
    ...{ grade: 'A', licenceNo: '琼(2026)海口市不动产权第0000001号' },
    holders: [{ role: 'owner', codeType: '111', code: people.premisesOwner.idNumber }],
    ...{ validFrom: '2026-01-15', validUntil: null },
    items: {
      certificateNo: '琼(2026)海口市不动产权第0000001号',
      unitNo: '460108001002GB00003F00010004',
      owner: people.premisesOwner.name,
      coOwnership: '单独所有',
      location: '海口市美兰区海甸岛（示例）五西路8号',
      ...{ rightType: '国有建设用地使用权/房屋所有权', use: '商业服务', area: '126.50' },
      ...{ mortgage: '无', registeredOn: '2026-01-15' },
    },
  },
  {
    ...{ type: 'foodBusinessPermit', issuer: 'meilanMarket', division: district, grade: 'A' },
    licenceNo: 'JY24601080000001',
    holders: [{ role: 'holder', codeType: '001', code: '92460108MA5T000290' }],
    ...{ validFrom: '2026-02-01', validUntil: '2031-01-31' },
    items: {
      ...{ permitNo: 'JY24601080000001', operatorName: '美兰老爸茶店（示例）' },
      ...{ uscc: '92460108MA5T000290', legalRep: people.stranger.name },
      registeredAddress: '海口市美兰区和平大道（示例）3号',
      premises: '海口市美兰区和平大道（示例）3号',
      ...{ businessType: '2', items: '热食类食品制售；自制饮品制售' },
    },
  },
]

function idCard({ name, idNumber, sex, birthDate, address }: Person): Draft {
  return {
    ...{ type: 'residentIdCard', issuer: 'haikouPolice', division: '460300', grade: 'A' },
    licenceNo: idNumber,
    holders: [{ role: 'holder', codeType: '111', code: idNumber }],
    ...{ validFrom: '2026-01-01', validUntil: null },
    items: { name, sex, ethnicity: '汉', birthDate, idNumber, address },
  }
}
