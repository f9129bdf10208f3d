/** The proof that the files together are sound, as a list. Every proof reports all that it finds. */
import type { Draft } from './draft.ts'
import type { Finding } from './finding.ts'
import { proveDates } from './proof/dates.ts'
import { proveDepartments } from './proof/departments.ts'
import { proveDivisions } from './proof/divisions.ts'
import { proveGrants } from './proof/grants.ts'
import { proveLicenceTypes } from './proof/licence-types.ts'
import { proveCitations, proveGrantNames, proveShareableNames } from './proof/naming.ts'
import { proveResources } from './proof/resources.ts'
import { proveServices } from './proof/services.ts'
import { proveStateCodes } from './proof/state-codes.ts'
import { proveTables } from './proof/tables.ts'

const proofs: readonly ((draft: Draft) => Iterable<Finding>)[] = [
  proveDivisions,
  proveStateCodes,
  proveTables,
  proveDepartments,
  proveLicenceTypes,
  proveResources,
  proveServices,
  proveGrants,
  proveDates,
  proveShareableNames,
  proveGrantNames,
  proveCitations,
]

export function prove(draft: Draft): Finding[] {
  return proofs.flatMap((proof) => [...proof(draft)])
}
