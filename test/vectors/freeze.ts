/**
 * Writes a set of frozen documents, of every form and age, into a folder that is not there yet:
 *
 *     node test/vectors/freeze.ts test/vectors/2
 *
 * A set is written once and committed; a new form gets a new set. All keys are made for it and thrown
 * away, nobody in it exists, and the answers beside it are read by a human before they are believed.
 */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { issueTimeStamp } from '../../certs-dev/time-stamp.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { writeChain } from '../../sdk/certificate/chain.ts'
import { signCheckpoint } from '../../sdk/checkpoint.ts'
import {
  addArchiveTimeStamp,
  addTimeStamp,
  addValidationData,
  bytesToArchive,
  bytesToTimeStamp,
  createEvidence,
} from '../../sdk/evidence.ts'
import { writeIssueEvidence } from '../../sdk/issue-evidence.ts'
import { publicJwk } from '../../sdk/jws/jwk.ts'
import { signJws } from '../../sdk/jws.ts'
import { departmentUrn, licenceTypeUrn } from '../../sdk/licence/document.ts'
import { spkiText } from '../../sdk/log-key.ts'
import { leafHash, rootOf } from '../../sdk/merkle.ts'
import { cosign, writeVerifierKey } from '../../sdk/note.ts'
import { sha256, utf8 } from '../../sdk/primitives.ts'
import { answerHash, signReceipt } from '../../sdk/receipt.ts'
import { bodyHash, signRequestToken } from '../../sdk/request-token.ts'
import { discloseOnly } from '../../sdk/sd-jwt.ts'
import { issueSdJwt, presentSdJwt } from '../../sdk/sd-jwt/issue.ts'
import { bindSdJwt } from '../../sdk/sd-jwt/key-binding.ts'
import { encodeStatusList } from '../../sdk/status.ts'
import { ecKeys, issueCa, issueCrl, issueDepartmentCa, issueSeal, named } from '../certificates.ts'
import type { Party } from '../certificates.ts'
import { createForge, items, licenceIdOf, seconds, type, types, uri } from '../forging.ts'
import { createIssuing, exchange, holder, issuingAt as at, platform, police } from '../issuing.ts'
import { writeResponse } from '../ocsp-writer.ts'
import { timeStampAuthority } from '../time-stamping.ts'
import type { Authority } from '../time-stamping.ts'
import { answerOf, nothingAsked } from './kinds.ts'
import type { Asked, Kind } from './kinds.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('say into which folder')

const files = new Map<string, Uint8Array>()
const vectors: { file: string; kind: Kind; asked: Partial<Asked> }[] = []
const now = at.toISOString()
const curves = ['P-256', 'SM2'] as const

function keep(file: string, content: string | Uint8Array): string {
  files.set(file, typeof content === 'string' ? utf8(content) : content)
  return file
}

function freeze(
  kind: Kind,
  asked: Partial<Asked>,
  content: Readonly<Record<string, string | Uint8Array>>,
): void {
  for (const [file, one] of Object.entries(content)) {
    vectors.push({ file: keep(file, one), kind, asked })
  }
}

await freezeLicences()
await freezeEnvelopes()
await freezeCertificates()
freezeTokens()
write(folder)

async function freezeLicences(): Promise<void> {
  const issuing = await createIssuing(types, police)
  const { document, freshList, sealed, logged, listOf } = createForge(issuing)
  freeze('trust file', {}, { 'trust.json': issuing.trustFile })
  keep('status-list-valid.jwt', freshList)
  keep('status-list-revoked.jwt', listOf({ status: 'invalid' }))
  const ofPolice = {
    ...{ vct: licenceTypeUrn(type.identity), iss: departmentUrn(police.department ?? '') },
    licenceId: licenceIdOf(type.identity, police.organisation),
  }
  const sm2 = sealed({ signer: issuing.policeSeal, claims: ofPolice })
  const tsa = await holder({ profile: 'tsa', owner: platform, issuer: issuing.licensing })
  const envelope = createEvidence(document)
  const data = bytesToTimeStamp(envelope)
  const stamp = issueTimeStamp({ authority: tsa, data, at: new Date(at.getTime() - 60_000) })
  keep('licence-time-stamped.json', addTimeStamp(envelope, stamp))
  const ofEc = writeIssueEvidence(logged(document))
  freeze('issue evidence', {}, { 'issue-evidence.json': ofEc })
  keep('issue-evidence-sm2.json', writeIssueEvidence(logged(sm2)))
  const asked = { at: now, trust: 'trust.json', status: 'status-list-valid.jwt' }
  const evidence = ['issue-evidence.json']
  freeze(
    'licence',
    { ...asked, evidence },
    {
      'licence.sd-jwt': document,
      'licence-one-item.sd-jwt': discloseOnly(document, new Set(['name'])),
      'licence-no-item.sd-jwt': discloseOnly(document, new Set()),
    },
  )
  freeze(
    'licence',
    { ...asked, evidence, at: '2031-06-01T12:00:00.000Z' },
    {
      'licence-ended.sd-jwt': document,
    },
  )
  freeze(
    'licence',
    { ...asked, evidence, status: 'status-list-revoked.jwt' },
    {
      'licence-revoked.sd-jwt': document,
    },
  )
  freeze(
    'licence',
    { ...asked, evidence: ['licence-time-stamped.json'] },
    {
      'licence-time-stamped.sd-jwt': document,
    },
  )
  freeze(
    'licence',
    { ...asked, evidence: ['issue-evidence-sm2.json'] },
    { 'licence-sm2.sd-jwt': sm2 },
  )
  freezeReceipts(leafHash(logged(document).entry))
  freezeCheckpoint(issuing.logKey)
}

function freezeReceipts(leaf: Uint8Array): void {
  for (const namedCurve of curves) {
    const { publicKey, privateKey } = ecKeys(namedCurve)
    const claims = {
      ...{ iss: exchange, iat: seconds(at), rid: 'request-1', attempt: 1, dept: 'haikouMarket' },
      ...{ jti: 'q7J0Zr0m3l2nV5d8yYxwKA', leaf: toBase64url(leaf) },
      ...{ origin: `${exchange}/log/2026`, mmd: 60 as const, ah: answerHash({ licences: [] }) },
    }
    freeze(
      'receipt',
      { trust: 'trust.json', key: spkiText(publicKey), evidence: ['issue-evidence.json'] },
      {
        [`receipt-${namedCurve}.jwt`]: signReceipt(claims, privateKey, 'receipts-1'),
      },
    )
  }
}

function freezeCheckpoint(key: KeyObject): void {
  const origin = `${exchange}/log/2026`
  const root = rootOf([0, 1, 2].map((i) => leafHash(utf8(`entry ${i}`))))
  const note = signCheckpoint({ origin, size: 3, root }, key)
  const witnesses = ['one', 'two'].map((name) => {
    const pair = generateKeyPairSync('ed25519')
    const witness = { name: `witness.test/${name}`, type: 'cosignature' } as const
    const text = note.slice(0, note.indexOf('\n\n') + 1)
    return {
      verifier: writeVerifierKey({ ...witness, key: pair.publicKey }),
      line: cosign(text, { ...witness, key: pair.privateKey }, at),
    }
  })
  const log = { at: now, origin, key: spkiText(createPublicKey(key)) }
  const known = { ...log, witnesses: witnesses.map(({ verifier }) => verifier) }
  freeze('checkpoint', known, {
    'checkpoint-cosigned.txt': note + witnesses.map(({ line }) => line).join(''),
  })
}

/** A seal of 2026 by 2033: its certificate, its authority and two time-stamping authorities are over. */
async function freezeEnvelopes(): Promise<void> {
  for (const curve of curves) {
    const day = (text: string): Date => new Date(`${text}T12:00:00Z`)
    const long = { from: day('2020-01-01'), until: day('2045-01-01') }
    const keys = () => ({ keys: ecKeys(curve) })
    const root = await issueCa({ name: named('root', 'platform'), ...long, ...keys() })
    const middle = { name: named('licensing', 'platform'), issuer: root, ...long, ...keys() }
    const licensing = await issueCa(middle, 1)
    const ends = { from: long.from, until: day('2032-01-01') }
    const department = await issueDepartmentCa({
      name: named('dept'),
      issuer: licensing,
      ...ends,
      ...keys(),
    })
    const seal = await issueSeal({ issuer: department, ...keys() })
    const parties = [root, licensing, department]
    const listsAt = (time: Date) => listsOf(parties, time)
    const tsa = (from: string, until: string): Promise<Authority> =>
      timeStampAuthority([licensing], { from: day(from), until: day(until), ...keys() })
    const chain = [seal, department, licensing].map(({ der }) => der)
    const withLists = async (envelope: string, time: Date): Promise<string> =>
      addValidationData(envelope, { certificates: chain, crls: await listsAt(time) })
    const archived = (envelope: string, authority: Authority, time: Date): string => {
      const data = bytesToArchive(envelope)
      return addArchiveTimeStamp(envelope, issueTimeStamp({ authority, data, at: time }))
    }
    const anchor = keep(`envelope-${curve}-root.der`, root.der)
    const crlsAt = async (time: Date): Promise<string[]> => {
      const lists = await listsAt(time)
      return lists.map((der, i) => keep(`envelope-${curve}-${time.getUTCFullYear()}-${i}.crl`, der))
    }
    const first = await tsa('2026-01-01', '2027-06-01')
    const basic = createEvidence(sealedBy(seal, chain))
    const data = bytesToTimeStamp(basic)
    const stamp = issueTimeStamp({ authority: first, data, at })
    const timed = addTimeStamp(basic, stamp)
    const complete = await withLists(timed, day('2027-03-01'))
    const second = await tsa('2027-01-01', '2030-06-01')
    const archive = archived(complete, second, day('2027-03-01'))
    const third = await tsa('2030-01-01', '2033-06-01')
    const renewed = archived(await withLists(archive, day('2030-03-01')), third, day('2030-03-01'))
    const today = { at: now, anchor, crls: await crlsAt(at) }
    freeze('envelope', today, {
      [`envelope-${curve}-b-b.json`]: basic,
      [`envelope-${curve}-b-t.json`]: timed,
    })
    const later = day('2033-03-01')
    freeze(
      'envelope',
      { at: day('2027-03-02').toISOString(), anchor, crls: await crlsAt(day('2027-03-01')) },
      {
        [`envelope-${curve}-b-lt.json`]: complete,
        [`envelope-${curve}-b-lta.json`]: archive,
      },
    )
    freeze(
      'envelope',
      { at: later.toISOString(), anchor, crls: await crlsAt(later) },
      {
        [`envelope-${curve}-renewed.json`]: renewed,
      },
    )
    freeze(
      'time-stamp',
      { at: now, anchor, data: Buffer.from(data).toString('latin1') },
      {
        [`time-stamp-${curve}.der`]: stamp,
      },
    )
  }
}

async function listsOf(issuers: readonly Party[], time: Date): Promise<Uint8Array[]> {
  const dayMs = 86_400_000
  const [from, until] = [new Date(time.getTime() - dayMs), new Date(time.getTime() + 30 * dayMs)]
  const lists = await Promise.all(issuers.map((issuer) => issueCrl({ issuer, from, until })))
  return lists.map(({ der }) => der)
}

function sealedBy(seal: Party, chain: readonly Uint8Array[]): string {
  const thumbprint = toBase64url(sha256(seal.der))
  return signJws({
    header: {
      ...{ typ: 'dc+sd-jwt', kid: thumbprint, iat: seconds(at) },
      ...{ 'x5t#S256': thumbprint, x5c: writeChain(chain) },
    },
    payload: '{"vct":"x"}',
    key: seal.keys.privateKey,
  })
}

async function freezeCertificates(): Promise<void> {
  for (const curve of curves) {
    const root = await issueCa({ name: named('root'), keys: ecKeys(curve) })
    const middle = await issueCa({ name: named('ca'), issuer: root, keys: ecKeys(curve) }, 0)
    const made = { issuer: middle, keys: ecKeys(curve) }
    const [good, gone] = [await issueSeal(made), await issueSeal(made)]
    const revoked = [{ serial: gone.certificate.serial, from: new Date('2026-05-02T00:00:00Z') }]
    const list = await issueCrl({ issuer: middle, revoked })
    const nothing = await issueCrl({ issuer: root })
    const above = keep(`root-${curve}.crl`, nothing.der)
    const asked = {
      ...{ at: now, leaf: keep(`leaf-${curve}.der`, good.der) },
      intermediates: [keep(`ca-${curve}.der`, middle.der)],
      ...{ anchor: keep(`root-${curve}.der`, root.der), crls: [above] },
    }
    const lists = [above, keep(`ca-${curve}.crl`, list.der)]
    freeze('certificate', { ...asked, crls: lists }, { [`certificate-${curve}.der`]: good.der })
    freeze('revocation list', asked, { [`revoking-${curve}.crl`]: list.der })
    const leaf = keep(`leaf-revoked-${curve}.der`, gone.der)
    freeze('revocation list', { ...asked, leaf }, { [`revoked-${curve}.crl`]: list.der })
    if (curve === 'SM2') continue
    const responder = { name: middle.name, key: middle.keys.privateKey }
    const answers = [good, gone].map(({ certificate }, i) => ({
      ...{ certificate, issuer: middle.certificate, from: at },
      status: i === 0 ? ('good' as const) : { revokedAt: new Date('2026-05-02T00:00:00Z') },
    }))
    const response = writeResponse({ responder, producedAt: at, answers })
    freeze('revocation answer', asked, { 'answer-good.ocsp': response })
    freeze('revocation answer', { ...asked, leaf }, { 'answer-revoked.ocsp': response })
  }
}

function freezeTokens(): void {
  for (const curve of curves) {
    const { publicKey, privateKey: key } = ecKeys(curve)
    const signed = { at: now, key: spkiText(publicKey) }
    const token = signJws({ header: { typ: 'JWT', kid: '1' }, payload: '{"a":"证"}', key })
    const [protectedText, payload, signature] = token.split('.')
    freeze('signed token', signed, {
      [`token-${curve}.jwt`]: token,
      [`token-${curve}.json`]: JSON.stringify({ payload, protected: protectedText, signature }),
    })
    const wallet = ecKeys()
    const credential = issueSdJwt({
      claims: {
        vct: 'urn:test',
        ...items,
        address: { city: '海口' },
        cnf: { jwk: publicJwk(wallet.publicKey) },
      },
      disclose: [['name'], ['scope', 1], ['address', 'city'], ['address']],
      ...{ key, decoys: 2 },
    })
    const some = presentSdJwt(credential, [['address', 'city']])
    const bind = { key: wallet.privateKey, audience: 'verifier', nonce: 'n-1', at }
    freeze('credential', signed, {
      [`credential-${curve}.sd-jwt`]: credential,
      [`credential-${curve}-some.sd-jwt`]: some,
      [`credential-${curve}-none.sd-jwt`]: presentSdJwt(credential, []),
    })
    freeze(
      'credential',
      { ...signed, nonce: 'n-1' },
      {
        [`credential-${curve}-bound.sd-jwt`]: bindSdJwt(some, bind),
      },
    )
    for (const bits of [1, 2, 4, 8] as const) {
      const statuses = Array.from({ length: 64 }, (_, i) => i % 2 ** bits)
      const iat = seconds(at)
      const claims = {
        sub: uri,
        iat,
        exp: iat + 900,
        ttl: 300,
        status_list: encodeStatusList({ bits, statuses }),
      }
      freeze(
        'status list',
        { ...signed, origin: uri },
        {
          [`status-list-${curve}-${bits}.jwt`]: signJws({
            header: { typ: 'statuslist+jwt' },
            ...{ payload: JSON.stringify(claims), key },
          }),
        },
      )
    }
    const body = '{ licences }'
    const request = {
      ...{ iss: 'haikouMarket', sub: 'officer-1', aud: exchange, iat: seconds(at) },
      ...{ exp: seconds(at) + 60, jti: 'q7J0Zr0m3l2nV5d8yYxwKA', htm: 'POST', htu: '/graphql' },
      ...{ bh: bodyHash(utf8(body)), purpose: { item: 'open', case: '2026-1', basis: 'law' } },
    }
    freeze(
      'request token',
      { ...signed, origin: exchange, data: body },
      {
        [`request-${curve}.jwt`]: signRequestToken(request, key, 'k1'),
      },
    )
  }
}

function write(into: string): void {
  mkdirSync(into)
  for (const [file, bytes] of files) writeFileSync(join(into, file), bytes)
  const fileOf = (name: string): Uint8Array => files.get(name) ?? utf8('')
  const answered = vectors.map(({ file, kind, asked }) => {
    const reading = { bytes: fileOf(file), asked: { ...nothingAsked, ...asked }, fileOf }
    return { file, kind, asked, answer: answerOf(kind, reading) }
  })
  writeFileSync(join(into, 'answers.json'), `${JSON.stringify(answered, undefined, 2)}\n`)
}
