/** A resource whose data are licences: the current licence of the type, opened item by item. */
import type { HolderCodeType } from '../../catalogs/catalog.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { checkTerm } from '../../vault/index.ts'
import type { Vault } from '../../vault/index.ts'
import type { Source } from './source.ts'

export function vaultSource(
  vault: Vault,
  resource: {
    readonly type: string
    readonly subject: { readonly codeType: HolderCodeType; readonly key: string }
  },
): Source {
  const { codeType, key } = resource.subject
  return {
    fetch: async ({ keys, fields, at }) => {
      const holder = { codeType, code: keys[key] ?? '' }
      const licences = await vault.findByHolder({ holder, types: [resource.type] }, at)
      const current = licences.find(({ state }) => state === 'valid')
      if (!current) return undefined
      const { claims, items } = readLicence(current.document)
      checkTerm(current, claims)
      const values = fields.map((field): [string, string | null] => {
        const value = items.get(field)
        return [field, typeof value === 'string' ? value : null]
      })
      return { values: Object.fromEntries(values), version: current.licenceId, at }
    },
  }
}
