/**
 * The other way of issuing: the department seals on its own premises, through the sdk, and hands in the
 * sealed document. It asks for places in the status lists beforehand, because they stand under the seal.
 *
 * What is handed in must say exactly what the vault would have drafted from the same data, under a seal
 * that our own verifier accepts now. Then it is stored as every licence is, in one transaction.
 */
import type { Tx } from '../db/postgres.ts'
import { fromBase64url } from '../sdk/base64url.ts'
import { parseLicenceId } from '../sdk/identifier-licence.ts'
import { canonicalJson } from '../sdk/json.ts'
import type { Json } from '../sdk/json.ts'
import { documentDigest, licenceTypeUrn, readLicence } from '../sdk/licence/document.ts'
import type { LicenceClaims, LicenceDocument } from '../sdk/licence/document.ts'
import { validateTrustedSeal } from '../sdk/licence/trust-memory.ts'
import { digestText, equalBytes, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { clockSkewSeconds } from '../sdk/status.ts'
import { statusListLength } from '../sdk/status/signer.ts'
import type { Trust } from '../sdk/trust.ts'
import { prepare, prepared } from './issue/draft.ts'
import type { Prepared } from './issue/draft.ts'
import type { Draft } from './issue/draft-checks.ts'
import { beginFacts, claimsOf, holdersOfDraft } from './issue/intent.ts'
import { keepSealed } from './issue/keep.ts'
import type { Sealed } from './issue/keep.ts'
import { lintSealed } from './issue/lint.ts'
import { numberIndexOf } from './issue/number.ts'
import { takePlace } from './issue/place-store.ts'
import { claimDone, wasDone } from './issue/request.ts'
import type { Asked } from './issue/request.ts'
import type { Taking } from './issue/succession-store.ts'
import { encrypt } from './keys/cipher.ts'
import { keysOfHolders } from './keys/holder-keys.ts'
import { succeed, takingOf } from './reissue.ts'
import type { Reissue, Reissuing } from './reissue.ts'
import { findLicences, reserveNumbers } from './store.ts'

export interface HandedIn {
  readonly department: string
  /** With every item. */
  readonly document: string
  readonly division: string
  readonly licenceNo: string
  readonly holders: Draft['holders']
  /** Of a document that names the licence it supersedes: by which act. */
  readonly succession?: Pick<Reissue, 'act' | 'reason' | 'officer' | 'case' | 'effectiveAt'>
  /** The same for every attempt at handing in this very document. */
  readonly key?: string
}

export interface Accepted {
  readonly licenceId: string
  /** False when this very document was accepted before, and not for this request. */
  readonly fresh: boolean
}

export interface Accepting extends Reissuing {
  readonly trust: () => Trust
}

/**
 * Durable when it resolves.
 * @throws Problem invalid-licence-document, document-not-sound, invalid-draft, place-not-held,
 *   licence-no-exists, licence-id-exists, request-id-reused, and what `reissue` throws of a successor
 */
export async function accept(vault: Accepting, handed: HandedIn): Promise<Accepted> {
  const read = readHandedIn(handed)
  const { licenceId } = read.claims
  const before = await acceptedBefore(vault, handed, licenceId)
  if (before) return before
  const ready = prepareHandedIn(vault, handed, read)
  const position = positionOf(vault, read)
  checkClaims(read, claimsOf(vault, ready, position))
  checkSeal(vault, handed.document, read)
  const sealed = await encrypted(vault, handed, { ready, position })
  const taking = await takingOfHandedIn(vault, handed, ready)
  try {
    await vault.db.transaction(async (tx) => {
      const isHeld = await takePlace(tx, position, handed.department)
      if (!isHeld) throw new Problem('place-not-held')
      const asked = askedOf(handed)
      if (asked) await claimDone({ ...vault, tx, at: vault.clock() }, asked, licenceId)
      if (taking) await succeed({ vault, tx }, taking, sealed)
      else await keepFirst({ vault, tx }, ready, sealed)
    })
  } catch (thrown) {
    // Whoever handed in the same at the same moment has used its place.
    const meanwhile = await acceptedBefore(vault, handed, licenceId)
    if (meanwhile) return meanwhile
    throw thrown
  }
  return { licenceId, fresh: true }
}

/** Whatever is wrong with its form is wrong with the document; who asks has a token that is sound. */
function readHandedIn({ document }: HandedIn): LicenceDocument {
  try {
    const read = readLicence(document)
    const { licenceId, supersedes = licenceId } = read.claims
    for (const name of [licenceId, supersedes]) parseLicenceId(name)
    return read
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code === 'invalid-licence-document') throw thrown
    throw new Problem('invalid-licence-document', { rule: thrown.code }, { cause: thrown })
  }
}

/** A request is told what it was told at first. @throws Problem licence-id-exists, request-id-reused */
async function acceptedBefore(
  vault: Accepting,
  handed: HandedIn,
  licenceId: string,
): Promise<Accepted | undefined> {
  const [stored] = await findLicences(vault.db, [licenceId], vault.clock())
  if (!stored) return undefined
  const digest = fromBase64url(documentDigest(handed.document))
  if (!equalBytes(stored.document_digest, digest)) throw new Problem('licence-id-exists')
  const asked = askedOf(handed)
  return { licenceId, fresh: asked !== undefined && (await wasDone(vault, asked)) }
}

function askedOf({ department, key, document, ...said }: HandedIn): Asked | undefined {
  if (key === undefined) return undefined
  return { department, key, what: { ...said, document: digestText(document) } }
}

async function encrypted(
  vault: Accepting,
  { document }: HandedIn,
  { ready, position }: { readonly ready: Prepared; readonly position: number },
): Promise<Sealed> {
  const { licenceId } = ready
  const holders = holdersOfDraft(vault, ready)
  const keys = await keysOfHolders(
    vault,
    holders.map(({ index }) => index),
  )
  const { dataKey, facts } = beginFacts(ready, { position, holders, keys })
  return {
    ...{ licenceId, facts, documentDigest: fromBase64url(documentDigest(document)) },
    sealed: encrypt(dataKey, utf8(document), `licence:${licenceId}`),
  }
}

/** What the document says, as the draft it could have been made from, under the rules of its type. */
function prepareHandedIn(
  { catalogue, clock }: Accepting,
  { department, division, licenceNo, holders }: HandedIn,
  { claims, items }: LicenceDocument,
): Prepared {
  const type = [...catalogue.licenceTypes.values()].find(
    ({ typeCode }) => licenceTypeUrn(typeCode) === claims.vct,
  )
  if (!type) refuse(['vct'])
  const texts = [...items].filter((item): item is [string, string] => typeof item[1] === 'string')
  if (texts.length < items.size) refuse(['items'])
  const draft: Draft = {
    ...{ type: type.code, issuer: department, division, grade: 'A', licenceNo, holders },
    serial: parseLicenceId(claims.licenceId).serial,
    items: Object.fromEntries(texts),
    validFrom: dayOf(claims.nbf),
    validUntil: claims.exp === undefined ? null : dayOf(claims.exp - 1),
  }
  return prepared(prepare(draft, catalogue, clock(), claims.supersedes))
}

const secondsBeijingIsAhead = 28_800

function dayOf(seconds: number): string {
  return new Date((seconds + secondsBeijingIsAhead) * 1_000).toISOString().slice(0, 10)
}

function positionOf({ statusUri }: Accepting, { claims }: LicenceDocument): number {
  const { idx, uri } = claims.status.status_list
  const list = uri.startsWith(statusUri) ? uri.slice(statusUri.length) : ''
  if (!/^(0|[1-9]\d{0,8})$/.test(list) || idx >= statusListLength) refuse(['status'])
  return Number(list) * statusListLength + idx
}

/** Judged when the document was read; `cnf` is the holder's own key. */
const notOurs = ['_sd', '_sd_alg', 'cnf']

/** Claim for claim what the vault would have written, and nothing kept back from it. */
function checkClaims({ claims, items }: LicenceDocument, expected: LicenceClaims): void {
  const [said, wanted] = [claims, expected].map((one) => new Map<string, Json>(Object.entries(one)))
  const names = [...new Set([...(said?.keys() ?? []), ...(wanted?.keys() ?? [])])]
  const differ = (name: string): boolean =>
    canonicalJson(said?.get(name) ?? null) !== canonicalJson(wanted?.get(name) ?? null)
  const others = names.filter((name) => !notOurs.includes(name) && differ(name))
  const digests = said?.get('_sd')
  const isWhole = Array.isArray(digests) && digests.length === items.size
  if (others.length > 0 || !isWhole) refuse(isWhole ? others : [...others, '_sd'])
}

/** The seal must be good today: from today on the log proves the document, whatever it says itself. */
function checkSeal(vault: Accepting, document: string, { x5c, sealedAt }: LicenceDocument): void {
  const at = vault.clock()
  if (sealedAt.getTime() > at.getTime() + clockSkewSeconds * 1_000) refuse(['iat'])
  lintSealed(vault, document)
  const path = validateTrustedSeal(x5c, { trust: vault.trust(), sealedAt: at, at })
  if (!path.ok) refuse([`certificate-path: ${path.code}`])
}

async function takingOfHandedIn(
  vault: Accepting,
  { succession }: HandedIn,
  ready: Prepared,
): Promise<Taking | undefined> {
  const { supersedes: licenceId } = ready
  if (licenceId === undefined && !succession) return undefined
  if (licenceId === undefined || !succession) return refuse(['supersedes'])
  return takingOf(vault, { ...succession, licenceId }, ready)
}

async function keepFirst(
  { vault, tx }: { readonly vault: Accepting; readonly tx: Tx },
  draft: Prepared,
  sealed: Sealed,
): Promise<void> {
  const { type, licenceId } = draft
  const numberIndex = numberIndexOf(vault.blind, draft)
  const free = await reserveNumbers(tx, [{ type, numberIndex, licenceId }])
  if (!free.has(licenceId)) throw new Problem('licence-no-exists')
  await keepSealed({ tx, log: vault.log, at: vault.clock() }, [sealed], { sealedBy: 'department' })
}

function refuse(findings: readonly string[]): never {
  throw new Problem('document-not-sound', { findings })
}
