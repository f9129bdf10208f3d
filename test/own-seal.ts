/** What a department does on its own premises, with its seal and the sdk: no vault has a part in it. */
import { randomBytes } from 'node:crypto'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { readKeyFolder } from '../exchange/keys/key-folder.ts'
import { formatLicenceId, parseLicenceId } from '../sdk/identifier-licence.ts'
import {
  departmentUrn,
  draftLicence,
  licenceTypeUrn,
  sealLicence,
} from '../sdk/licence/document.ts'
import type { LicenceClaims } from '../sdk/licence/document.ts'
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
  const claims: LicenceClaims = {
    vct: licenceTypeUrn(type.typeCode),
    licenceId: formatLicenceId({
      ...{ typeCode: type.typeCode, issuer: issuer.uscc },
      serial: before?.serial ?? randomBytes(8).toString('hex').toUpperCase(),
      version: before ? '002' : '001',
    }),
    iss: departmentUrn(draft.issuer),
    nbf: Date.parse(`${draft.validFrom}T00:00:00+08:00`) / 1_000,
    ...(draft.validUntil && {
      exp: Date.parse(`${draft.validUntil}T00:00:00+08:00`) / 1_000 + 86_400,
    }),
    status: { status_list: place },
    typeVersion: `${type.version}`,
    ...(supersedes === undefined ? {} : { supersedes }),
  }
  const { seals } = await readKeyFolder(keysFolder, catalogue)
  const ready = draftLicence(claims, draft.items, () => randomBytes(16))
  return sealLicence(ready, localSigner(seals).sealOf(draft.issuer), at)
}
