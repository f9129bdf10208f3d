/** Companies that do not exist. */
import { organisationCodeCheckCharacter, usccCheckCharacter } from '../sdk/identifier.ts'

/** The credit code of a company that does not exist, registered in a division. */
export function fictitiousUscc(number: number, division = '460108'): string {
  const body = `X${`${number}`.padStart(7, '0')}`
  const first17 = `91${division}${body}${organisationCodeCheckCharacter(body)}`
  return `${first17}${usccCheckCharacter(first17)}`
}
