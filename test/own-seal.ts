/** What a department does on its own premises, with its seal and the sdk: no vault has a part in it. */
import { randomBytes } from 'node:crypto'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { readKeyFolder } from '../exchange/keys/key-folder.ts'
import { formatLicenceId, parseLicenceId } from '../sdk/identifier-licence.ts'
import { licenceClaims } from '../sdk/licence/claims.ts'
import { draftLicence, sealLicence } from '../sdk/licence/document.ts'
import { localSigner } from '../vault/index.ts'
import type { Draft, Place } from '../vault/index.ts'

interface AtHome {
  /** That the vault has reserved. */
  readonly place: Place
  readonly keysFolder: string
  readonly at: Date
  readonly supersedes?: string | undefined
}

export async function sealAtHome(
  draft: Draft,
  { place, keysFolder, at, supersedes }: AtHome,
): Promise<string> {
  const catalogue = loadCatalogue()
  const type = catalogue.licenceTypes.get(draft.type)
  const issuer = catalogue.departments.get(draft.issuer)
  if (!type || !issuer) throw new Error('the catalogue lacks something')
  const before = supersedes === undefined ? undefined : parseLicenceId(supersedes)
  const { typeCode } = type
  const claims = licenceClaims({
    ...{ typeCode, typeVersion: `${type.version}`, issuer: draft.issuer, place, supersedes },
    licenceId: formatLicenceId({
      ...{ typeCode, issuer: issuer.uscc, version: before ? '002' : '001' },
      serial: before?.serial ?? randomBytes(8).toString('hex').toUpperCase(),
    }),
    validFrom: new Date(`${draft.validFrom}T00:00:00+08:00`),
    validUntil: draft.validUntil === null ? null : dayAfter(draft.validUntil),
  })
  const { seals } = await readKeyFolder(keysFolder, catalogue)
  const ready = draftLicence(claims, draft.items, () => randomBytes(16))
  return sealLicence(ready, localSigner(seals).sealOf(draft.issuer), at)
}

function dayAfter(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00+08:00`) + 86_400_000)
}
