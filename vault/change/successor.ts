/** Whether a draft may take the place of a licence: of the same type and holders, by an act the type has. */
import type { Catalogue } from '../../catalogs/catalog.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { Problem } from '../../sdk/problem.ts'
import { findById, isReadable, isShaped } from '../find.ts'
import type { Reading } from '../find.ts'
import type { Prepared } from '../issue/draft.ts'
import { holdersOfDraft } from '../issue/intent.ts'
import { findHolders } from '../store.ts'
import type { VersionAct } from './lifecycle.ts'
import { checkAct, lengthened, unchangeable } from './rules.ts'

export interface Succeeding extends Reading {
  readonly catalogue: Catalogue
  readonly clock: () => Date
}

interface Held {
  readonly type: string
  readonly holders: readonly Uint8Array[]
}

/** @throws Problem unknown-licence */
export async function findHeld({ db }: Pick<Reading, 'db'>, licenceId: string): Promise<Held> {
  const found = isShaped(licenceId) ? await findHolders(db, licenceId) : undefined
  if (!found) throw new Problem('unknown-licence')
  return found
}

/** @throws Problem unknown-licence, act-not-allowed, invalid-draft, licence-erased */
export async function checkSuccessor(
  vault: Succeeding,
  { superseded, act }: { readonly superseded: string; readonly act: VersionAct },
  ready: Prepared,
): Promise<void> {
  const old = await findHeld(vault, superseded)
  checkAct(vault.catalogue, old.type, act)
  const findings = differences(vault, act, { ready, old })
  if (findings.length > 0) throw new Problem('invalid-draft', { findings })
  if (act === 'change') await checkChanged(vault, superseded, ready)
}

/** A licence stays with its holders (art. 9); a change may add one or take one away. */
function differences(
  vault: Succeeding,
  act: VersionAct,
  { ready, old }: { readonly ready: Prepared; readonly old: Held },
): string[] {
  const now = holdersOfDraft(vault, ready).map(({ index }) => index)
  const before = old.holders.map(toBase64url)
  const kept = now.filter((index) => before.includes(index)).length
  const isTheirs = act === 'change' ? kept > 0 : kept === before.length && kept === now.length
  return [
    ...(ready.type === old.type ? [] : ['type: other-type']),
    ...(isTheirs ? [] : ['holders: other-holder']),
  ]
}

/** What a change may not change needs a new licence. */
async function checkChanged(vault: Succeeding, superseded: string, ready: Prepared): Promise<void> {
  const { type, issuer, items: now } = ready
  const old = await findById(vault, superseded, vault.clock())
  // Whoever may not change it learns nothing of what stands in it.
  if (old?.issuer !== issuer) return
  if (!isReadable(old)) throw new Problem('licence-erased')
  const before = Object.fromEntries(readLicence(old.document).items)
  const fields = [
    ...unchangeable(vault.catalogue, type, { before, now }),
    ...lengthened(vault.catalogue, type, { before: old, now: ready }),
  ]
  const findings = fields.map((field) => `${field}: not-changeable`)
  if (findings.length > 0) throw new Problem('invalid-draft', { findings })
}
