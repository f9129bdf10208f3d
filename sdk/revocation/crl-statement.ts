/**
 * What revocation lists say of one certificate (RFC 5280 §6.3.3): which lists may speak about it, for
 * which reasons, and delta lists on top of complete ones (§5.2.4). Who signed a list is asked of the
 * caller.
 */
import { spkiText } from '../log-key.ts'
import { sameName } from '../certificate/name.ts'
import type { Certificate } from '../certificate/read.ts'
import type { Crl, CrlEntry } from './crl.ts'
import { isListOfPoint, pointNamesIssuer, pointOfIssuer } from './distribution-point.ts'
import type { DistributionPoint } from './distribution-point.ts'
import { equalBytes, toText } from '../primitives.ts'
import type { Statement } from './statement.ts'

export interface ListQuestion {
  readonly crls: readonly Crl[]
  readonly freshAt: Date
  /** Whether indirect lists cover nothing; whom they name is revoked even so. */
  readonly ownListsOnly: boolean
  /** Who signed the list and may do so; undefined when nobody known did. */
  readonly signerOf: (crl: Crl) => Certificate | undefined
}

interface SignedList {
  readonly crl: Crl
  readonly signer: Certificate
  readonly entry: CrlEntry | undefined
}

export function statementsOfLists(
  certificate: Certificate,
  { crls, freshAt, ownListsOnly, signerOf }: ListQuestion,
): Statement[] {
  const points = [
    ...(certificate.extensions.crlDistributionPoints ?? []),
    pointOfIssuer(certificate.issuer),
  ]
  const lists = crls
    .filter((crl) => points.some((point) => isIssuerOfLists(crl, point, certificate)))
    .flatMap((crl): SignedList[] => {
      const signer = signerOf(crl)
      return signer ? [{ crl, signer, entry: entryOf(crl, certificate) }] : []
    })
  const deltas = lists.filter(({ crl }) => crl.baseNumber !== undefined)
  const complete = lists.filter(({ crl }) => crl.baseNumber === undefined)
  return [
    ...deltas.flatMap(({ crl, entry }) =>
      entry && entry.reason !== 'removeFromCRL'
        ? [{ ...spoken(crl, freshAt), reasons: 0, revocation: entry }]
        : [],
    ),
    ...complete.flatMap((base) => {
      const isForeign = ownListsOnly && base.crl.point?.isIndirect === true
      const reasons = isForeign ? 0 : reasonsCovered(base.crl, points, certificate)
      const combined = deltas
        .filter((delta) => isDeltaOf(delta, base))
        .map((delta) => ({ ...spoken(delta.crl, freshAt), revocation: afterDelta(base, delta) }))
      const own = { ...spoken(base.crl, freshAt), revocation: base.entry }
      return [own, ...combined].map((statement) => ({ ...statement, reasons }))
    }),
  ]
}

/** §6.3.3 (b)(1): the issuer of the certificate, or whom the point names, in an indirect list. */
function isIssuerOfLists(crl: Crl, point: DistributionPoint, { issuer }: Certificate): boolean {
  if (crl.point?.only === 'attributes') return false
  return point.crlIssuers
    ? crl.point?.isIndirect === true && pointNamesIssuer(point, crl.issuer)
    : sameName(crl.issuer, issuer)
}

/** §6.3.3 (b)(2) and (d): for which reasons the certificate would stand on the list. */
function reasonsCovered(
  crl: Crl,
  points: readonly DistributionPoint[],
  certificate: Certificate,
): number {
  const { ca = false } = certificate.extensions.basicConstraints ?? {}
  if (crl.point?.only === (ca ? 'users' : 'cas')) return 0
  return points
    .filter((point) => isIssuerOfLists(crl, point, certificate) && isListOfPoint(crl, point))
    .reduce((mask, { reasons }) => mask | (reasons & (crl.point?.reasons ?? reasons)), 0)
}

function entryOf(crl: Crl, { serial, issuer }: Certificate): CrlEntry | undefined {
  return crl.entries.get(serial)?.find((entry) => sameName(entry.issuer, issuer))
}

function spoken(crl: Crl, at: Date): Pick<Statement, 'scope' | 'saidAt' | 'number' | 'isFresh'> {
  const { issuer, point, thisUpdate, nextUpdate, number } = crl
  const part = point ? toText(point.der, 'hex') : 'everything'
  return {
    scope: `${issuer.key} ${part}`,
    saidAt: thisUpdate,
    number,
    isFresh: thisUpdate <= at && at <= nextUpdate,
  }
}

/** §6.3.3 (c), §5.2.4: of one issuer, key and part, and nothing lies between the two. */
function isDeltaOf(delta: SignedList, base: SignedList): boolean {
  return (
    continues(delta.crl, base.crl) &&
    sameName(delta.crl.issuer, base.crl.issuer) &&
    sameBytes(delta.crl.point?.der, base.crl.point?.der) &&
    sameBytes(delta.crl.authorityKeyId, base.crl.authorityKeyId) &&
    spkiText(delta.signer.publicKey) === spkiText(base.signer.publicKey)
  )
}

/** A list of version 1 has no number, and nothing continues it. */
function continues({ number, baseNumber }: Crl, { number: last }: Crl): boolean {
  if (number === undefined || baseNumber === undefined || last === undefined) return false
  return baseNumber <= last && last < number
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? equalBytes(a, b) : a === b
}

/** Only a hold is taken back (§5.3.1): a delta list that removes anything else is not believed. */
function afterDelta(base: SignedList, delta: SignedList): CrlEntry | undefined {
  if (delta.entry?.reason !== 'removeFromCRL') return delta.entry ?? base.entry
  return base.entry?.reason === 'certificateHold' ? undefined : base.entry
}
