/**
 * Idempotency keys. A key of a department means one request for ever: the same again is answered again,
 * anything else under the same key is refused. A request that was refused may be repeated as well.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Tx } from '../../db/postgres.ts'
import { parseLicenceId } from '../../sdk/identifier-licence.ts'
import { canonicalJson, parseJson } from '../../sdk/json.ts'
import { equalBytes } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { BlindIndex } from '../keys/blind.ts'
import { prepare, prepared } from './draft.ts'
import type { Prepared } from './draft.ts'
import type { Draft } from './draft-checks.ts'
import { createGathering } from './gather.ts'
import { addRequests, findRequests } from './request-store.ts'
import type { Claim, Claimed } from './request-store.ts'

interface Requests {
  readonly db: Tx
  readonly blind: BlindIndex
  readonly clock: () => Date
}

/** What is asked for, in JSON, and the key it goes by. */
export interface Asked {
  readonly department: string
  readonly key: string
  readonly what: unknown
}

const keyForm = /^[A-Za-z0-9_.-]{1,128}$/

const gatheringLimits = { batchMax: 500, batchesAtOnce: 2, waitingMax: 5_000 } as const

export interface Claiming {
  /**
   * What stands for this request: the identifier and the time of now, or those of its first attempt.
   * @throws Problem invalid-request, request-id-reused
   */
  readonly claim: (asked: Asked, licenceId: string) => Promise<Claimed>
}

export function createClaiming(requests: Requests): Claiming {
  const stand = createGathering({
    work: (claims: readonly Claim[]) => standEach(requests, claims),
    ...gatheringLimits,
  })
  return {
    claim: async (asked, licenceId) => {
      const claim = claimOf(requests, asked, licenceId)
      return sameRequest(claim, await stand(claim))
    },
  }
}

/**
 * Whether this very request was done before, where its key is claimed in the transaction that does it.
 * @throws Problem invalid-request, request-id-reused
 */
export async function wasDone(
  requests: Pick<Requests, 'db' | 'blind'>,
  asked: Asked,
): Promise<boolean> {
  const claim = claimOf(requests, asked, '')
  const [claimed] = await findRequests(requests.db, [claim])
  if (claimed) sameRequest(claim, claimed)
  return claimed !== undefined
}

/** @throws Problem request-id-reused */
export async function claimDone(
  { tx, blind, at }: { readonly tx: Tx; readonly blind: BlindIndex; readonly at: Date },
  asked: Asked,
  licenceId: string,
): Promise<void> {
  const [added] = await addRequests(tx, [claimOf({ blind }, asked, licenceId)], at)
  if (!added) throw new Problem('request-id-reused')
}

function claimOf(
  { blind }: Pick<Requests, 'blind'>,
  { department, key, what }: Asked,
  licenceId: string,
): Claim {
  if (!keyForm.test(key)) {
    throw new Problem('invalid-request', { place: 'key', expected: '[A-Za-z0-9_.-]{1,128}' })
  }
  const asked = blind.request(canonicalJson(parseJson(JSON.stringify(what))))
  return { department, key, asked, licenceId }
}

function sameRequest(claim: Claim, claimed: Claimed): Claimed {
  if (!equalBytes(claimed.asked, claim.asked)) throw new Problem('request-id-reused')
  return claimed
}

/** What the key of each stands for, now or since an earlier request; durable when it resolves. */
async function standEach(
  { db, clock }: Requests,
  claims: readonly Claim[],
): Promise<PromiseSettledResult<Claimed>[]> {
  const added = await addRequests(db, claims, clock())
  const known = new Map(added.map((one) => [nameOf(one), one]))
  const used = claims.filter((one) => !known.has(nameOf(one)))
  const earlier = used.length > 0 ? await findRequests(db, used) : []
  for (const one of earlier) known.set(nameOf(one), one)
  return claims.map((one) => {
    const value = known.get(nameOf(one))
    if (value) return { status: 'fulfilled', value }
    return { status: 'rejected', reason: new Problem('request-id-reused') }
  })
}

function nameOf({ department, key }: Claim): string {
  return JSON.stringify([department, key])
}

/**
 * A draft made ready; with a key, under the identifier of the first attempt.
 * @throws Problem invalid-draft, invalid-request, request-id-reused
 */
export async function prepareOnce(
  vault: Claiming & { readonly catalogue: Catalogue; readonly clock: () => Date },
  draft: Draft,
  { asked, supersedes }: { readonly asked: Asked | undefined; readonly supersedes?: string },
): Promise<Prepared> {
  const at = vault.clock()
  const ready = prepared(prepare(draft, vault.catalogue, at, supersedes))
  const first = asked ? await vault.claim(asked, ready.licenceId) : ready
  if (first.licenceId === ready.licenceId) return ready
  const { serial } = parseLicenceId(first.licenceId)
  return prepared(prepare({ ...draft, serial }, vault.catalogue, at, supersedes))
}
