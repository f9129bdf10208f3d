/** Who may ask whether a licence is valid without being shown it, by the rule of its type. */
import type { LicenceType } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'

type Asker = 'anyone' | 'departments'

const askers: Readonly<Record<LicenceType['verifiedBy'], readonly Asker[]>> = {
  anyone: ['anyone', 'departments'],
  departments: ['departments'],
  shown: [],
}

/** @throws Problem verification-restricted */
export function checkAsker({ verifiedBy }: LicenceType, asker: Asker): void {
  if (!askers[verifiedBy].includes(asker)) throw new Problem('verification-restricted')
}
