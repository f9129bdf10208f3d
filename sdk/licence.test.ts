/** Forgeries: what every attacker we can think of could present, made with real keys. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findingsOf } from '../test/findings.ts'
import {
  before,
  claimsOf,
  createForge,
  encoded,
  items,
  licenceIdOf,
  malformed,
  minuteMs,
  pathBroken,
  place,
  sealedAt,
  seconds,
  type,
  types,
  uri,
} from '../test/forging.ts'
import type { Presented, Sealing } from '../test/forging.ts'
import {
  createIssuing,
  exchange,
  holder,
  issuingAt as at,
  market,
  platform,
  police,
  signerOf,
} from '../test/issuing.ts'
import type { Signer } from '../test/issuing.ts'
import { signBytes } from './algorithm.ts'
import { toBase64url } from './base64url.ts'
import { writeChain } from './certificate/chain.ts'
import { verifyLicence } from './licence.ts'
import type { IssueEvidence } from './licence.ts'
import { departmentUrn, draftLicence, licenceTypeUrn, sealLicence } from './licence/document.ts'
import { fromUtf8, sha256, utf8 } from './primitives.ts'
import { discloseOnly, disclosureDigests, joinSdJwt, makeDisclosure, splitSdJwt } from './sd-jwt.ts'
import { statusListLength, statusListTtl } from './status/signer.ts'
import type { LicenceStatus } from './status/signer.ts'
import { checkTitles } from './licence/verdict.ts'

const dayMs = 86_400_000
const issuing = await createIssuing(types)
const { document, freshList, sealed, edited, logged, listOf, verify } = createForge(issuing)
/** Signers that only exist by abuse of the market's keys, or of nobody's. */
const abused = await abusedSigners()

async function abusedSigners() {
  const root = await holder({ profile: 'root', owner: platform })
  const licensing = await holder({ profile: 'licensing', owner: platform, issuer: root })
  const authority = await holder({ profile: 'department', owner: market, issuer: licensing })
  const { marketAuthority } = issuing
  const seal = { profile: 'seal', owner: market } as const
  const selfSigned = await holder(seal)
  return {
    lookAlike: signerOf(await holder({ ...seal, issuer: authority })),
    forPolice: signerOf(await holder({ ...seal, owner: police, issuer: marketAuthority })),
    /** The department's organisation, and the name of another department. */
    otherName: signerOf(
      await holder({
        ...{ profile: 'seal', issuer: issuing.licensing },
        owner: { ...market, department: 'haikouResources' },
      }),
    ),
    selfSigned: { key: selfSigned.key, chain: [selfSigned.certificate.der] },
    requests: signerOf(await holder({ ...seal, profile: 'request', issuer: marketAuthority })),
  }
}

function findings(presented: Presented): string {
  return findingsOf(verify(presented))
}

/** Sealed and logged on the same past day. */
function sealedThen(days: number, signer: Signer): Presented {
  const then = before(days * dayMs)
  const made = sealed({ signer, at: then })
  return { document: made, asked: { evidence: logged(made, { at: then }) } }
}

function withEvidence(change: (good: IssueEvidence) => Partial<IssueEvidence>): Presented {
  const good = logged(document)
  return { asked: { evidence: { ...good, ...change(good) } } }
}

describe('a true licence', () => {
  test('is valid, and says what it says', () => {
    const { verdict, checks, licence } = verify({})
    expect(verdict).toBe('valid')
    expect(checks.map(({ code, outcome }) => [code, outcome])).toEqual(
      Object.keys(checkTitles).map((code) => [code, 'pass']),
    )
    expect(licence).toEqual({
      licenceId: licenceIdOf(type.business),
      type: licenceTypeUrn(type.business),
      issuer: departmentUrn('haikouMarket'),
      validFrom: '2020-02-29T16:00:00.000Z',
      validUntil: '2030-02-28T16:00:00.000Z',
      items,
    })
  })

  test('is what our own sealing makes', async () => {
    const { key, chain } = issuing.marketSeal
    const sign = (message: Uint8Array): Promise<Uint8Array> =>
      Promise.resolve(signBytes('ES256', key, message))
    const draft = draftLicence(claimsOf(), items, () => randomBytes(16))
    const made = await sealLicence(draft, { algorithm: 'ES256', chain, sign }, sealedAt)
    expect(findings({ document: made })).toBe('valid')
  })

  test('stays valid with any part of its items, and shows no others', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(items)), (names) => {
        const less = discloseOnly(document, new Set(names))
        const { verdict, licence } = verify({ document: less })
        expect([verdict, Object.keys(licence?.items ?? {})]).toEqual(['valid', names])
      }),
      { numRuns: 20 },
    )
  })

  test.for<readonly [string, () => Presented]>([
    ['without end', () => ({ document: sealed({ claims: { exp: undefined } }) })],
    ['in its first second', () => ({ document: sealed({ claims: { nbf: seconds(at) } }) })],
    ['in its last second', () => ({ document: sealed({ claims: { exp: seconds(at) + 1 } }) })],
    ['in place of another one', () => ({ document: sealed({ claims: { supersedes: 'x' } }) })],
    [
      'of a type its issuer lost since',
      () => ({ document: sealed({ claims: claimsOf(type.lostAfter) }) }),
    ],
    ['whose seal ended since', () => sealedThen(31, issuing.expiredSeal)],
    ['whose seal was revoked since', () => sealedThen(31, issuing.revokedSeal)],
    ['with the recorded status', () => ({ asked: { status: () => 'valid' as const } })],
    [
      'recorded by a clock a minute ahead',
      () => ({ asked: { evidence: logged(document, { at: before(-minuteMs) }) } }),
    ],
    [
      'with the root sent along',
      () => {
        const { chain } = issuing.marketSeal
        const root = issuing.trust.anchors.map(({ der }) => der)
        return { document: sealed({ header: { x5c: writeChain([...chain, ...root]) } }) }
      },
    ],
  ])('is valid %s', ([, present]) => {
    expect(findings(present())).toBe('valid')
  })
})

type Case = readonly [string, () => Presented, string]

/** Each case is one fault alone; whatever else there is, the log entry included, is right. */
function refuses(cases: readonly Case[]): void {
  test.for(cases.map((one, i) => [i + 1, ...one] as const))('%i %s', ([, , present, expected]) => {
    expect(findings(present())).toBe(expected)
  })
}

describe('not known', () => {
  refuses([
    ['no evidence', () => ({ asked: { evidence: undefined } }), 'unknown; proven-time no-evidence'],
    ['no status', () => ({ asked: { status: undefined } }), 'unknown; status no-status-list'],
    [
      'neither',
      () => ({ asked: { status: undefined, evidence: undefined } }),
      'unknown; proven-time no-evidence; status no-status-list',
    ],
    [
      'a stale status list',
      () => ({ asked: { status: listOf({ at: before(statusListTtl * 1_000) }) } }),
      'unknown; status status-list-expired',
    ],
    [
      'a list of another address',
      () => ({ asked: { status: listOf({ uri: `${uri}1` }) } }),
      'unknown; status status-list-of-other-address',
    ],
    [
      'a list signed by the seal',
      () => ({ asked: { status: listOf({ signer: issuing.marketSeal }) } }),
      'unknown; status wrong-purpose',
    ],
    [
      'a list signed by a stranger',
      () => ({ asked: { status: listOf({ signer: abused.lookAlike }) } }),
      'unknown; status wrong-purpose',
    ],
    [
      'a list that is noise',
      () => ({ asked: { status: 'noise' } }),
      'unknown; status invalid-token',
    ],
    ['an empty list', () => ({ asked: { status: '' } }), 'unknown; status invalid-token'],
    [
      'a position beyond the list',
      () => ({
        document: sealed({ claims: { status: { status_list: { idx: statusListLength, uri } } } }),
      }),
      'unknown; status status-not-listed',
    ],
    [
      'a status nobody recorded',
      () => ({ asked: { status: () => undefined } }),
      'unknown; status status-not-listed',
    ],
    [
      'logged after the moment asked for',
      () => ({ asked: { evidence: logged(document, { at: before(-minuteMs - 1) }) } }),
      'unknown; proven-time recorded-later',
    ],
    [
      'nobody knows what is revoked',
      () => ({ asked: { trust: { ...issuing.trust, crls: [] } } }),
      'unknown; certificate-path revocation-unknown; seal not-reached; issuer-authorised not-reached; status revocation-unknown',
    ],
    [
      'a back-dated seal without evidence',
      () => ({
        document: sealed({ signer: issuing.revokedSeal, at: before(31 * dayMs) }),
        asked: { evidence: undefined },
      }),
      'unknown; proven-time no-evidence',
    ],
  ])
})

describe('no longer, or not yet', () => {
  const status = (listed: LicenceStatus): Presented => ({
    asked: { status: listOf({ status: listed }) },
  })
  refuses([
    ['revoked', () => status('invalid'), 'invalid; status revoked'],
    ['suspended', () => status('suspended'), 'invalid; status suspended'],
    [
      'recorded as revoked',
      () => ({ asked: { status: () => 'invalid' as const } }),
      'invalid; status revoked',
    ],
    [
      'ended',
      () => ({ document: sealed({ claims: { exp: seconds(at) } }) }),
      'invalid; period expired',
    ],
    [
      'not begun',
      () => ({ document: sealed({ claims: { nbf: seconds(at) + 1 } }) }),
      'invalid; period not-yet-valid',
    ],
    [
      'ended before it began',
      () => ({ document: sealed({ claims: { exp: 0 } }) }),
      'invalid; period expired',
    ],
    [
      'ended long ago and revoked',
      () => ({ ...status('invalid'), document: sealed({ claims: { exp: 1 } }) }),
      'invalid; period expired; status revoked',
    ],
  ])
})

describe('edited under the old signature', () => {
  const seal = (reason: string): string => `invalid; seal ${reason}`
  const header = (by: object): Presented => ({ document: edited({ header: by }) })
  const claims = (by: object): Presented => ({ document: edited({ claims: by }) })
  refuses([
    ['a longer life', () => claims({ exp: seconds(at) + 1e9 }), seal('signature-invalid')],
    [
      'another place in the status list',
      () => claims({ status: { status_list: { idx: 1, uri } } }),
      seal('signature-invalid'),
    ],
    ['another seal time', () => header({ iat: seconds(sealedAt) - 1 }), seal('signature-invalid')],
    [
      'another thumbprint',
      () => header({ 'x5t#S256': toBase64url(sha256(utf8(''))) }),
      seal('signature-invalid'),
    ],
    ['another key id', () => header({ kid: 'k1' }), seal('signature-invalid')],
    ['another type of token', () => header({ typ: 'JWT' }), seal('wrong-typ')],
    ['no algorithm', () => header({ alg: 'none' }), seal('algorithm-mismatch')],
    [
      'an algorithm with a shared secret',
      () => header({ alg: 'HS256' }),
      seal('algorithm-mismatch'),
    ],
    ['a key in the header', () => header({ jwk: {} }), seal('header-not-allowed')],
    [
      'an extension that must be understood',
      () => header({ crit: ['exp'] }),
      seal('header-not-allowed'),
    ],
    [
      'the certificates of another department',
      () => header({ x5c: writeChain(issuing.policeSeal.chain) }),
      'invalid; seal signature-invalid; issuer-authorised seal-of-other-department',
    ],
    [
      'the signature of another licence',
      () => {
        const [, , signature = ''] = splitSdJwt(sealed()).jwt.split('.')
        const { jwt, disclosures } = splitSdJwt(document)
        return { document: joinSdJwt({ jwt: jwt.replace(/[^.]+$/, signature), disclosures }) }
      },
      seal('signature-invalid'),
    ],
    [
      'the evidence of the original',
      () => ({ ...claims({ nbf: 0 }), asked: { evidence: logged(document) } }),
      'invalid; seal signature-invalid; proven-time proof-of-other-document',
    ],
    [
      'an item of another value',
      () => {
        const { jwt, disclosures } = splitSdJwt(document)
        const richer = makeDisclosure('capital', 5e9, randomBytes(16))
        return { document: joinSdJwt({ jwt, disclosures: [...disclosures.slice(0, 1), richer] }) }
      },
      malformed('disclosure-not-signed'),
    ],
    [
      'the items of another licence',
      () => {
        const { disclosures } = splitSdJwt(sealed())
        return { document: joinSdJwt({ jwt: splitSdJwt(document).jwt, disclosures }) }
      },
      malformed('disclosure-not-signed'),
    ],
  ])

  test('16 the other signature that ES256 has for the same bytes is not in the log', () => {
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
    const { jwt, disclosures } = splitSdJwt(document)
    const signature = Buffer.from(jwt.split('.')[2] ?? '', 'base64url')
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const twin = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
    const other = toBase64url(Buffer.concat([signature.subarray(0, 32), twin]))
    const malleated = joinSdJwt({ jwt: jwt.replace(/[^.]+$/, other), disclosures })
    expect(findings({ document: malleated, asked: { evidence: logged(document) } })).toBe(
      'invalid; proven-time proof-of-other-document',
    )
  })

  test('17 any one character', () => {
    const evidence = logged(document)
    const change = fc.constantFrom('A', 'b', '9', '_', '-', '.', '~', '=', ' ', '證')
    fc.assert(
      fc.property(fc.nat(document.length - 1), change, (index, put) => {
        const changed = `${document.slice(0, index)}${put}${document.slice(index + 1)}`
        if (changed === document) return
        expect(verify({ document: changed, asked: { evidence } }).verdict).not.toBe('valid')
      }),
      { numRuns: 80 },
    )
  })
})

describe('signed by whoever has a key', () => {
  const by = (signer: Signer, change: Sealing = {}): Presented => ({
    document: sealed({ signer, ...change }),
  })
  const issuer = (reason: string): string => `invalid; issuer-authorised ${reason}`
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const edwards = generateKeyPairSync('ed25519').privateKey
  const policeClaims = { iss: departmentUrn('haikouPolice') }
  refuses([
    [
      'a stranger, showing the certificates of the market',
      () => by(issuing.marketSeal, { key: stranger }),
      'invalid; seal signature-invalid',
    ],
    [
      'a stranger with another kind of key',
      () => by(issuing.marketSeal, { key: edwards }),
      'invalid; seal algorithm-mismatch',
    ],
    [
      'another thumbprint',
      () => ({ document: sealed({ header: { 'x5t#S256': 'x' } }) }),
      'invalid; seal thumbprint',
    ],
    [
      'no thumbprint',
      () => ({ document: sealed({ header: { 'x5t#S256': undefined } }) }),
      'invalid; seal thumbprint',
    ],
    [
      'another key id',
      () => ({ document: sealed({ header: { kid: 'k1' } }) }),
      'invalid; seal kid',
    ],
    [
      'a token of another type',
      () => ({ document: sealed({ header: { typ: 'request+jwt' } }) }),
      'invalid; seal wrong-typ',
    ],
    [
      'a header more',
      () => ({ document: sealed({ header: { cty: 'x' } }) }),
      'invalid; seal header-not-allowed',
    ],
    [
      'department B in the name of A',
      () => by(issuing.policeSeal),
      issuer('seal-of-other-department'),
    ],
    [
      'department A in the name of B',
      () =>
        by(issuing.marketSeal, {
          claims: {
            ...policeClaims,
            vct: licenceTypeUrn(type.identity),
            licenceId: licenceIdOf(type.identity, police.organisation),
          },
        }),
      issuer('seal-of-other-department'),
    ],
    [
      'another department of the same organisation',
      () => by(abused.otherName),
      issuer('seal-of-other-department'),
    ],
    [
      'a department nobody trusts',
      () => by(issuing.marketSeal, { claims: { iss: departmentUrn('haikouResources') } }),
      'invalid; issuer-authorised issuer-unknown; identifier other-issuer',
    ],
    [
      'a type of another department',
      () => by(issuing.marketSeal, { claims: claimsOf(type.identity) }),
      issuer('type-not-granted'),
    ],
    [
      'a type granted after the sealing',
      () => by(issuing.marketSeal, { claims: claimsOf(type.grantedLater) }),
      issuer('type-not-granted'),
    ],
    [
      'a type lost before the sealing',
      () => by(issuing.marketSeal, { claims: claimsOf(type.lostBefore) }),
      issuer('type-not-granted'),
    ],
    [
      'a type lost before it was logged, back-dated',
      () => by(issuing.marketSeal, { claims: claimsOf(type.lostBefore), at: before(dayMs) }),
      issuer('type-not-granted'),
    ],
    [
      'a type nobody knows',
      () => by(issuing.marketSeal, { claims: claimsOf('11100000MB0143028R009') }),
      issuer('type-not-granted'),
    ],
    [
      'only the type changed',
      () => by(issuing.marketSeal, { claims: { vct: licenceTypeUrn(type.lostAfter) } }),
      'invalid; identifier other-type',
    ],
    [
      'a seal that had ended',
      () => sealedThen(29, issuing.expiredSeal),
      pathBroken('certificate-expired'),
    ],
    [
      'a seal that had been revoked',
      () => sealedThen(29, issuing.revokedSeal),
      pathBroken('certificate-revoked'),
    ],
    [
      'a seal revoked before it was logged, back-dated',
      () => by(issuing.revokedSeal, { at: before(31 * dayMs) }),
      pathBroken('certificate-revoked'),
    ],
    [
      'a seal that had not begun',
      () => sealedThen(3, issuing.marketSeal),
      pathBroken('certificate-not-yet-valid'),
    ],
    ['a tree with the same names', () => by(abused.lookAlike), pathBroken('key-identifier')],
    ['itself', () => by(abused.selfSigned), pathBroken('untrusted-root')],
    [
      "a seal for B made by A's authority",
      () => by(abused.forPolice, { claims: policeClaims }),
      pathBroken('name-outside-constraints', 'identifier other-issuer'),
    ],
    ['the key for requests', () => by(abused.requests), pathBroken('wrong-purpose')],
    ['the signer of status lists', () => by(issuing.status), pathBroken('wrong-purpose')],
    [
      'the authority of the department itself',
      () => by(signerOf(issuing.marketAuthority)),
      pathBroken('not-a-leaf'),
    ],
  ])
})

describe('with a wrong chain of certificates', () => {
  const chain = (change: (good: readonly string[]) => unknown): Presented => ({
    document: sealed({ header: { x5c: change(writeChain(issuing.marketSeal.chain)) } }),
  })
  refuses([
    ['none', () => chain(() => undefined), malformed('x5c')],
    ['an empty one', () => chain(() => []), malformed('x5c')],
    ['text', () => chain(([leaf]) => leaf), malformed('x5c')],
    ['five', () => chain(([leaf = '']) => [leaf, leaf, leaf, leaf, leaf]), malformed('x5c')],
    [
      'base64url',
      () =>
        chain(([leaf = '', ...rest]) => [
          leaf.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
          ...rest,
        ]),
      malformed('x5c'),
    ],
    ['a space', () => chain(([leaf = '', ...rest]) => [`${leaf} `, ...rest]), malformed('x5c')],
    [
      'noise',
      () => chain((good) => ['AAAA', ...good.slice(1)]),
      pathBroken('certificate-malformed'),
    ],
    ['no authorities', () => chain((good) => good.slice(0, 1)), pathBroken('untrusted-root')],
    [
      'one authority too few',
      () => chain((good) => good.slice(0, 2)),
      pathBroken('untrusted-root'),
    ],
    ['the authority first', () => chain((good) => good.toReversed()), pathBroken('not-a-leaf')],
    [
      'an authority of another department',
      () => chain(([leaf]) => [leaf, ...writeChain(issuing.policeSeal.chain).slice(1)]),
      pathBroken('untrusted-root'),
    ],
    [
      'another trusted root',
      () => ({ asked: { trust: { ...issuing.trust, anchors: [] } } }),
      pathBroken('untrusted-root', 'status untrusted-root'),
    ],
  ])
})

describe('with a proof of something else', () => {
  const proof = (reason: string): string => `invalid; proven-time ${reason}`
  const entry = (change: object): Presented => ({
    asked: { evidence: logged(document, { entry: change }) },
  })
  const foreignKey = generateKeyPairSync('ed25519').privateKey
  refuses([
    [
      'another document',
      () => ({ asked: { evidence: logged(sealed()) } }),
      proof('proof-of-other-document'),
    ],
    [
      'another log',
      () => ({ asked: { evidence: logged(document, { origin: 'elsewhere.test/log/2026' }) } }),
      proof('other-log'),
    ],
    [
      'a log whose name begins alike',
      () => ({ asked: { evidence: logged(document, { origin: `${exchange}/log/2026/mirror` }) } }),
      proof('other-log'),
    ],
    [
      'the log of another year',
      () => ({ asked: { evidence: logged(document, { origin: `${exchange}/log/2025` }) } }),
      proof('other-log'),
    ],
    [
      'a head of another key',
      () => ({ asked: { evidence: logged(document, { key: foreignKey }) } }),
      proof('invalid-checkpoint'),
    ],
    [
      'a head of another origin',
      () =>
        withEvidence(() => ({
          checkpoint: logged(document, { origin: `${exchange}/log/2025` }).checkpoint,
        })),
      proof('invalid-checkpoint'),
    ],
    ['no head', () => withEvidence(() => ({ checkpoint: '' })), proof('invalid-checkpoint')],
    [
      'an edited head',
      () =>
        withEvidence(({ checkpoint }) => ({
          checkpoint: checkpoint.replace('\n7\n', '\n8\n'),
          size: 8,
        })),
      proof('invalid-checkpoint'),
    ],
    ['the place before', () => withEvidence(() => ({ index: 2 })), proof('not-in-log')],
    ['a place beyond the tree', () => withEvidence(() => ({ index: 7 })), proof('not-in-log')],
    ['no place', () => withEvidence(() => ({ index: NaN })), proof('not-in-log')],
    ['a smaller tree', () => withEvidence(() => ({ size: 6 })), proof('not-in-log')],
    ['a larger tree', () => withEvidence(() => ({ size: 8 })), proof('not-in-log')],
    [
      'a proof without its last hash',
      () => withEvidence(({ proof: hashes }) => ({ proof: hashes.slice(0, -1) })),
      proof('not-in-log'),
    ],
    [
      'a proof upside down',
      () => withEvidence(({ proof: hashes }) => ({ proof: hashes.toReversed() })),
      proof('not-in-log'),
    ],
    [
      'an edited entry',
      () =>
        withEvidence(({ entry: bytes }) => ({
          entry: utf8(fromUtf8(bytes).replaceAll('2026', '2025')),
        })),
      proof('not-in-log'),
    ],
    ['an entry of another kind', () => entry({ kind: 'answer' }), proof('proof-of-other-document')],
    [
      'an entry without document',
      () => entry({ document: null }),
      proof('proof-of-other-document'),
    ],
    ['an entry without time', () => entry({ recordedAt: null }), proof('entry-malformed')],
    [
      'an entry with a day for a time',
      () => entry({ recordedAt: '2026-06-01' }),
      proof('entry-malformed'),
    ],
    [
      'an entry with a time in other words',
      () => entry({ recordedAt: 'Mon Jun 1 2026' }),
      proof('entry-malformed'),
    ],
    [
      'an entry with a list of times',
      () => entry({ recordedAt: [sealedAt.toISOString()] }),
      proof('entry-malformed'),
    ],
  ])
})

describe('with a wrong identifier', () => {
  const identifier = (licenceId: string, reason: string): Case => [
    `${reason} ${licenceId}`,
    () => ({ document: sealed({ claims: { licenceId } }) }),
    `invalid; identifier ${reason}`,
  ]
  const good = licenceIdOf(type.business)
  const wrongCheck = `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`
  refuses([
    identifier(wrongCheck, 'invalid-licence-id'),
    identifier(good.replace('2026A1', '2026A2'), 'invalid-licence-id'),
    identifier(good.toLowerCase(), 'invalid-licence-id'),
    identifier(`${good} `, 'invalid-licence-id'),
    identifier('', 'invalid-licence-id'),
    identifier(licenceIdOf(type.lostAfter), 'other-type'),
    identifier(licenceIdOf(type.business, police.organisation), 'other-issuer'),
    identifier(licenceIdOf(type.business, '460100'), 'other-issuer'),
  ])
})

describe('with a form that is not ours', () => {
  const claims = (change: object): Presented => ({ document: sealed({ claims: change }) })
  const list = { idx: place, uri }
  const bare = ({ document: made = '' }: Presented): Presented => ({
    document: discloseOnly(made, new Set()),
  })
  refuses([
    ['nothing', () => ({ document: '' }), malformed('separator-missing')],
    ['noise', () => ({ document: 'noise~' }), malformed('token-malformed')],
    [
      'a key binding',
      () => ({ document: `${document}a.b.c`, asked: { evidence: undefined } }),
      malformed('key-binding-not-expected'),
    ],
    [
      'no final tilde',
      () => ({ document: document.slice(0, -1), asked: { evidence: undefined } }),
      malformed('key-binding-not-expected'),
    ],
    ['an end that is null', () => claims({ exp: null }), malformed('exp')],
    ['an end in words', () => claims({ exp: '2030-03-01' }), malformed('exp')],
    ['an end beyond all dates', () => claims({ exp: 8_640_000_000_001 }), malformed('exp')],
    ['a beginning beyond all dates', () => claims({ nbf: 1e15 }), malformed('nbf')],
    ['a beginning in fractions', () => claims({ nbf: 0.5 }), malformed('nbf')],
    ['no beginning', () => claims({ nbf: undefined }), malformed('nbf')],
    [
      'a seal time beyond all dates',
      () => ({ document: sealed({ header: { iat: 1e15 } }) }),
      malformed('iat'),
    ],
    [
      'no seal time',
      () => ({ document: sealed({ header: { iat: undefined } }) }),
      malformed('iat'),
    ],
    ['no type', () => claims({ vct: undefined }), malformed('vct')],
    ['no status', () => claims({ status: undefined }), malformed('status')],
    [
      'a status of another kind beside it',
      () => claims({ status: { status_list: list, other: 1 } }),
      malformed('status'),
    ],
    [
      'a status with a member more',
      () => claims({ status: { status_list: { ...list, bits: 1 } } }),
      malformed('status'),
    ],
    [
      'a negative position',
      () => claims({ status: { status_list: { idx: -1, uri } } }),
      malformed('status'),
    ],
    ['a claim we do not know', () => claims({ sub: 'x' }), malformed('unknown-claim')],
    ['a claim every object knows', () => claims({ constructor: 1 }), malformed('unknown-claim')],
    ['a claim named toString', () => claims({ toString: 'x' }), malformed('unknown-claim')],
    [
      'an end the holder may leave out',
      () => ({ document: sealed({ claims: { exp: undefined }, items: { exp: 1 } }) }),
      malformed('hidden-claim'),
    ],
    [
      'a status the holder may leave out',
      () => ({ document: sealed({ items: { ...items, supersedes: 'x' } }) }),
      malformed('hidden-claim'),
    ],
    [
      'an item that overwrites the issuer',
      () => ({ document: sealed({ items: { iss: departmentUrn('haikouPolice') } }) }),
      malformed('disclosure-overwrites-claim'),
    ],
    ['no word about digests', () => claims({ _sd_alg: undefined }), malformed('digest-algorithm')],
    [
      'longer digests than ours',
      () => claims({ _sd_alg: 'sha-512' }),
      malformed('digest-algorithm'),
    ],
    ['no digests', () => bare(claims({ _sd: undefined })), malformed('_sd')],
    [
      'digests below the top',
      () => claims({ status: { status_list: list, _sd: [] } }),
      malformed('nested-disclosure'),
    ],
    [
      'an item that hides a part',
      () => ({ document: sealed({ items: { scope: [{ '...': 'x' }] } }) }),
      malformed('nested-disclosure'),
    ],
    [
      'a salt one can guess',
      () => {
        const short = makeDisclosure('name', 'x', randomBytes(15))
        const made = sealed({ claims: { _sd: disclosureDigests([short]) }, items: {} })
        return { document: `${made}${short.encoded}~` }
      },
      malformed('salt-too-short'),
    ],
    [
      'an item named like the prototype',
      () => ({ document: sealed({ items: Object.fromEntries([['__proto__', { admin: true }]]) }) }),
      malformed('disclosure-name'),
    ],
  ])
})

describe('the verdict', () => {
  test('about no time is that there is none', () => {
    const answer = verify({ asked: { at: new Date(NaN) } })
    expect(answer.at).toBe('')
    const others = Object.keys(checkTitles).map((code) =>
      code === 'period' ? 'period time-malformed' : `${code} not-reached`,
    )
    expect(findingsOf(answer)).toBe(['invalid', ...others].join('; '))
  })

  test('says which status list was believed, to hold the next one against', () => {
    const statusList = { uri, issuedAt: at, expiresAt: before(-statusListTtl * 1_000) }
    expect(verify({}).statusList).toEqual(statusList)
    const given = (minutes: number): NonNullable<Presented['asked']> => ({
      status: { token: listOf({ at: before(-minutes * minuteMs) }), lastSeen: statusList },
    })
    expect(findings({ asked: given(0) })).toBe('valid')
    expect(findings({ asked: given(1) })).toBe('valid')
    expect(findings({ asked: given(-1) })).toBe('unknown; status status-list-rolled-back')
    const unbelieved = [given(-1), { status: '' }, { status: () => 'valid' as const }] as const
    expect(unbelieved.map((asked) => verify({ asked }).statusList)).toEqual(
      unbelieved.map(() => undefined),
    )
  })

  const faults: readonly (readonly [string, Sealing, () => NonNullable<Presented['asked']>])[] = [
    ['form', { claims: { more: 1 } }, () => ({})],
    ['seal', { header: { kid: 'k1' } }, () => ({})],
    ['certificate-path', { header: { x5c: ['AAAA'] } }, () => ({})],
    ['issuer-authorised', { claims: claimsOf(type.lostBefore) }, () => ({})],
    ['identifier', { claims: { licenceId: '' } }, () => ({})],
    ['proven-time', {}, () => ({ evidence: undefined })],
    ['period', { claims: { exp: 1 } }, () => ({})],
    ['status', {}, () => ({ status: listOf({ status: 'suspended' }) })],
  ]

  test('is valid only when nothing at all is wrong', () => {
    fc.assert(
      fc.property(fc.subarray([...faults]), (chosen) => {
        const made = sealed({
          claims: Object.assign({}, ...chosen.map(([, { claims }]) => claims)) as object,
          header: Object.assign({}, ...chosen.map(([, { header }]) => header)) as object,
        })
        const asked = Object.assign({}, ...chosen.map(([, , ask]) => ask())) as object
        const { verdict, checks } = verify({ document: made, asked })
        expect(verdict === 'valid').toBe(chosen.length === 0)
        expect(checks.every(({ outcome }) => outcome === 'pass')).toBe(chosen.length === 0)
        for (const [code] of chosen) {
          expect(checks.find((check) => check.code === code)?.outcome).not.toBe('pass')
        }
      }),
      { numRuns: 40 },
    )
  })

  test('has each check once, in one order, whatever fails', () => {
    for (const [, sealing, ask] of faults) {
      const { checks } = verify({ document: sealed(sealing), asked: ask() })
      expect(checks.map(({ code }) => code)).toEqual(Object.keys(checkTitles))
    }
  })

  test('keeps all that is wrong, in the order of the checks', () => {
    const made = sealed({ signer: issuing.policeSeal, claims: { licenceId: '', exp: 1 } })
    const asked = { status: listOf({ status: 'invalid' }), evidence: logged(document) }
    expect(findings({ document: made, asked })).toBe(
      [
        'invalid',
        'issuer-authorised seal-of-other-department',
        'identifier invalid-licence-id',
        'proven-time proof-of-other-document',
        'period expired',
        'status revoked',
      ].join('; '),
    )
  })

  test('is reached for any text at all', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc
        .array(fc.constantFrom('~', '.', 'e30', 'AAAA', 'WyJ'), { maxLength: 12 })
        .map((parts) => parts.join('')),
      fc
        .tuple(fc.jsonValue(), fc.jsonValue())
        .map(([a, b]) => `${encoded([a])}.${encoded([b])}.AAAA~`),
    )
    const question = { trust: issuing.trust, at, status: freshList, evidence: logged(document) }
    fc.assert(
      fc.property(text, (presented) => {
        expect(verifyLicence(presented, question).verdict).toBe('invalid')
      }),
    )
  })

  test('is reached for any claims and header a key can sign', () => {
    const names = fc.constantFrom(
      'vct',
      'licenceId',
      'iss',
      'nbf',
      'exp',
      'status',
      '_sd',
      'iat',
      'x5c',
      'kid',
    )
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, value) => {
        const change = { [name]: value }
        const made = sealed(
          ['iat', 'x5c', 'kid'].includes(name) ? { header: change } : { claims: change },
        )
        const { verdict } = verify({ document: made })
        if (verdict === 'valid') expect(['nbf', 'exp', 'iat']).toContain(name)
      }),
      { numRuns: 80 },
    )
  })
})
