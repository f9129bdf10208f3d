/** The root field `grants(department)`: what has been granted to whom is public among departments. */
import { citationOf } from '../../catalogs/catalog.ts'
import type { Catalogue, Grant } from '../../catalogs/catalog.ts'
import type { Root } from './root.ts'

export function grantsRoot(catalogue: Catalogue): Root {
  return ({ args }, { caller }) => {
    const department = (args['department'] as string | undefined) ?? caller.department
    const value = catalogue.grantsOf(department).map(viewOf)
    return Promise.resolve({ run: () => Promise.resolve({ value, items: [] }) })
  }
}

function viewOf(grant: Grant) {
  return { ...grant, legalBasis: citationOf(grant.legalBasis) }
}
