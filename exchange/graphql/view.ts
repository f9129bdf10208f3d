/** What of the schema a department sees when it asks about the schema: what is unconditional or granted. */
import type { GraphQLSchema } from 'graphql'
import { isInForce } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { createSchema } from './schema.ts'
import type { View } from './value-types.ts'

/** Schemas kept in memory. */
const viewsMax = 500

/** A schema for each department and day, made when first asked for. */
export function viewOf(
  catalogue: Catalogue,
  clock: () => Date,
): (department: string) => GraphQLSchema {
  const views = new Map<string, GraphQLSchema>()
  return (department) => {
    const at = clock()
    const key = `${department} ${at.toISOString().slice(0, 10)}`
    const made = views.get(key)
    if (made) return made
    if (views.size >= viewsMax) views.clear()
    const granted = new Set(
      catalogue
        .grantsOf(department)
        .filter((grant) => isInForce(grant, at))
        .flatMap(({ resource, fields }) => fields.map((field) => `${resource}.${field}`)),
    )
    const view: View = {
      shows: (resource, field) =>
        catalogue.shared(resource)?.shareType === 'unconditional' ||
        granted.has(`${resource}.${field}`),
    }
    const schema = createSchema(catalogue, view)
    views.set(key, schema)
    return schema
  }
}
