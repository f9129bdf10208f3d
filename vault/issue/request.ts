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
import { claimRequest } from './request-store.ts'

interface Claiming {
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

/**
 * The identifier that stands for this request: the one given now, or the one of its first attempt.
 * @throws Problem invalid-request, request-id-reused
 */
export async function claim(
  { db, blind, clock }: Claiming,
  { department, key, what }: Asked,
  licenceId: string,
): Promise<string> {
  if (!keyForm.test(key)) {
    throw new Problem('invalid-request', { place: 'key', expected: '[A-Za-z0-9_.-]{1,128}' })
  }
  const asked = blind.request(canonicalJson(parseJson(JSON.stringify(what))))
  const claimed = await claimRequest(db, { department, key, asked, licenceId }, clock())
  if (!claimed || !equalBytes(claimed.asked, asked)) throw new Problem('request-id-reused')
  return claimed.licenceId
}

/**
 * A draft made ready; with a key, under the identifier of the first attempt.
 * @throws Problem invalid-draft, invalid-request, request-id-reused
 */
export async function prepareOnce(
  vault: Claiming & { readonly catalogue: Catalogue },
  draft: Draft,
  { asked, supersedes }: { readonly asked: Asked | undefined; readonly supersedes?: string },
): Promise<Prepared> {
  const at = vault.clock()
  const ready = prepared(prepare(draft, vault.catalogue, at, supersedes))
  const first = asked ? await claim(vault, asked, ready.licenceId) : ready.licenceId
  if (first === ready.licenceId) return ready
  const { serial } = parseLicenceId(first)
  return prepared(prepare({ ...draft, serial }, vault.catalogue, at, supersedes))
}
