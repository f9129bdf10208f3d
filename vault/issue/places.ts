/**
 * Places in the status lists for documents that a department will seal itself. Each is used once, by
 * whoever stores the licence that has it; places that are never used are gaps, which are harmless.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Db } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import { statusPlace } from '../status-list.ts'
import { nextStatusPositions } from '../status-list-store.ts'
import { addPlaceRequest, addPlaces, countPlaces, requestedPlaces } from './place-store.ts'
import type { Claiming } from './request.ts'

export interface Place {
  readonly idx: number
  readonly uri: string
}

export interface PlacesAsked {
  readonly department: string
  readonly count: number
  /** Of every attempt the same, which is given the same places again, used by then or not. */
  readonly key?: string
}

export interface Reserving extends Claiming {
  readonly db: Db
  readonly catalogue: Catalogue
  readonly statusUri: string
  readonly clock: () => Date
}

const placeLimits = { atOnce: 1_000, held: 10_000 } as const

/** @throws Problem not-an-issuer, too-many, request-id-reused */
export async function reservePlaces(vault: Reserving, asked: PlacesAsked): Promise<Place[]> {
  const { department, count, key } = asked
  const types = [...vault.catalogue.licenceTypes.values()]
  if (!types.some(({ issuers }) => issuers.includes(department))) throw new Problem('not-an-issuer')
  if (key !== undefined) await vault.claim({ department, key, what: { places: count } }, '')
  const positions = (await requestedPlaces(vault.db, asked)) ?? (await newPlaces(vault, asked))
  return positions.map((position) => {
    const { list, idx } = statusPlace(position)
    return { idx, uri: `${vault.statusUri}${list}` }
  })
}

async function newPlaces({ db, clock }: Reserving, asked: PlacesAsked): Promise<readonly number[]> {
  const { department, count } = asked
  const isRight = Number.isSafeInteger(count) && count > 0 && count <= placeLimits.atOnce
  if (!isRight) throw new Problem('too-many', placeLimits)
  const at = clock()
  // Serialisable, or many who ask at once would each be within the limit.
  return db.transaction(async (tx) => {
    const held = await countPlaces(tx, department)
    if (held + count > placeLimits.held) throw new Problem('too-many', placeLimits)
    const positions = await nextStatusPositions(tx, count)
    // Another attempt at the same moment may have been first; what was drawn here is a gap then.
    const isFirst = await addPlaceRequest(tx, { ...asked, positions, at })
    if (!isFirst) return (await requestedPlaces(tx, asked)) ?? []
    await addPlaces(tx, positions, { department, at })
    return positions
  })
}
