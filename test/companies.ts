/** Companies that do not exist, and what they are licensed to do. */
import { organisationCodeCheckCharacter, usccCheckCharacter } from '../sdk/identifier.ts'
import type { Draft } from '../vault/index.ts'

/** The credit code of a company that does not exist, registered in a division. */
export function fictitiousUscc(number: number, division = '460108'): string {
  const body = `X${`${number}`.padStart(7, '0')}`
  const first17 = `91${division}${body}${organisationCodeCheckCharacter(body)}`
  return `${first17}${usccCheckCharacter(first17)}`
}

/** The business licence of such a company. */
export function draftOf(number: number, changes: Partial<Draft> = {}): Draft {
  const uscc = fictitiousUscc(number)
  return {
    ...{ type: 'businessLicence', issuer: 'meilanMarket', division: '460108', grade: 'A' },
    ...{ licenceNo: uscc, validFrom: '2020-01-02', validUntil: null },
    holders: [{ role: 'holder', codeType: '001', code: uscc }],
    items: {
      ...{ name: '金丝雀虚构商贸有限公司', uscc, address: '海口市美兰区金丝雀路1号' },
      ...{ establishedOn: '2020-01-02', scope: '日用百货', legalRep: '金丝雀' },
    },
    ...changes,
  }
}
