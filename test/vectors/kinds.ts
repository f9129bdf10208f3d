/**
 * How each kind of frozen document is read, and what is kept of the answer: only what a reader of the
 * document may rely on for ever, in words of our own, so that names in the code may change. It runs
 * in a browser too (`test/sdk-browser.slow.test.ts`), and so knows nothing of Node.
 */
import { fromBase64 } from '../../sdk/base64url.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { validatePath } from '../../sdk/certificate/path.ts'
import type { PathQuestion } from '../../sdk/certificate/path.ts'
import { openCheckpoint, readCheckpoint } from '../../sdk/checkpoint.ts'
import { verifyEvidence } from '../../sdk/evidence.ts'
import { readTimeStamp } from '../../sdk/evidence/time-stamp-token.ts'
import { verifyTimeStamp } from '../../sdk/evidence/time-stamp.ts'
import { readIssueEvidence } from '../../sdk/issue-evidence.ts'
import { parseJson, parseJsonObject } from '../../sdk/json.ts'
import type { Json } from '../../sdk/json.ts'
import { verifyJws } from '../../sdk/jws.ts'
import { spkiText } from '../../sdk/log-key.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import { readVerifierKey } from '../../sdk/note.ts'
import { fromUtf8, toText, utf8 } from '../../sdk/primitives.ts'
import { keyOfSpki } from '../../sdk/primitives/key.ts'
import type { Key } from '../../sdk/primitives/key.ts'
import { redeemReceipt, verifyReceipt } from '../../sdk/receipt.ts'
import { verifyRequestToken } from '../../sdk/request-token.ts'
import { parseCrl } from '../../sdk/revocation/crl.ts'
import { parseOcspResponse } from '../../sdk/revocation/ocsp.ts'
import { verifySdJwt } from '../../sdk/sd-jwt/verify.ts'
import { statusAt, verifyStatusList } from '../../sdk/status.ts'
import { readTrust } from '../../sdk/trust.ts'
import { findingsOf } from '../findings.ts'

/** What a reader is told beside the document; the names are of files of the same set. */
export interface Asked {
  readonly at: string
  /** Base64 of the subject public key info. */
  readonly key: string
  readonly trust: string
  readonly status: string
  readonly evidence: readonly string[]
  readonly leaf: string
  readonly intermediates: readonly string[]
  readonly anchor: string
  readonly crls: readonly string[]
  readonly origin: string
  readonly witnesses: readonly string[]
  readonly nonce: string
  readonly data: string
}

export type FileOf = (name: string) => Uint8Array

export interface Reading {
  readonly bytes: Uint8Array
  /** What a kind does not ask for is left out. */
  readonly asked: Asked
  readonly fileOf: FileOf
}

/** Of what is not asked. */
export const nothingAsked: Asked = {
  ...{ at: '', key: '', trust: '', status: '', evidence: [], leaf: '', intermediates: [] },
  ...{ anchor: '', crls: [], origin: '', witnesses: [], nonce: '', data: '' },
}

export const kinds = {
  'trust file': ({ bytes }) => {
    const trust = readTrust(fromUtf8(bytes))
    return {
      exchange: trust.exchange,
      anchors: trust.anchors.map(({ fingerprint }) => fingerprint),
      lists: trust.crls.map(({ thisUpdate }) => thisUpdate),
      issuers: trust.issuers,
      logKeys: trust.logKeys.map(({ key, ...times }) => ({ ...times, key: spkiText(key) })),
      receiptKeys: [...trust.receiptKeys].map(([kid, key]) => [kid, spkiText(key)]),
    }
  },
  licence: ({ bytes, asked, fileOf }) => {
    const textOf = (name: string): string => fromUtf8(fileOf(name))
    const evidence = asked.evidence.map((name) =>
      name.startsWith('issue-evidence') ? readIssueEvidence(textOf(name)) : textOf(name),
    )
    const trust = readTrust(textOf(asked.trust))
    const question = { trust, at: new Date(asked.at), status: textOf(asked.status), evidence }
    const verdict = verifyLicence(fromUtf8(bytes), question)
    return { says: findingsOf(verdict), licence: verdict.licence, list: verdict.statusList }
  },
  envelope: ({ bytes, asked, fileOf }) => {
    const anchors = [parseCertificate(fileOf(asked.anchor))]
    const trust = { anchors, crls: asked.crls.map((name) => parseCrl(fileOf(name))) }
    const verdict = verifyEvidence(fromUtf8(bytes), { trust, at: new Date(asked.at) })
    if (!verdict.ok) return { refused: verdict.code }
    const { level, provenAt, seal } = verdict
    return { level, provenAt, seal: seal.fingerprint }
  },
  'signed token': ({ bytes, asked }) => {
    const text = fromUtf8(bytes)
    const token = text.startsWith('{') ? parseJsonObject(text) : text
    const verdict = verifyJws(token, keyOf(asked))
    if (!verdict.ok) return { refused: verdict.code }
    return { header: verdict.header, payload: fromUtf8(verdict.payload) }
  },
  credential: ({ bytes, asked }) => {
    const { nonce, at } = asked
    const verdict = verifySdJwt(fromUtf8(bytes), keyOf(asked), {
      at: new Date(at),
      keyBinding: nonce ? { presence: 'required', audience: 'verifier', nonce } : 'forbidden',
    })
    if (!verdict.ok) return { refused: verdict.code }
    return { payload: verdict.payload, bound: verdict.keyBinding ?? null }
  },
  'status list': ({ bytes, asked }) => {
    const question = { uri: asked.origin, at: new Date(asked.at) }
    const verdict = verifyStatusList(fromUtf8(bytes), keyOf(asked), question)
    if (!verdict.ok) return { refused: verdict.code }
    const { list } = verdict
    const first = Array.from({ length: 16 }, (_, index) => statusAt(list, index))
    const { bits, length, uri, issuedAt, expiresAt, ttl } = list
    return { bits, length, uri, issuedAt, expiresAt, ttl, first }
  },
  certificate: ({ bytes, asked, fileOf }) => {
    const read = parseCertificate(bytes)
    const { serial, notBefore, notAfter, fingerprint, organisation, departmentCode } = read
    return {
      ...{ serial, notBefore, notAfter, fingerprint, organisation, departmentCode },
      ...{ subject: hex(read.subject.der), key: spkiText(read.publicKey) },
      path: pathOf(asked, fileOf, { leaf: bytes }),
    }
  },
  'revocation list': ({ bytes, asked, fileOf }) => {
    const read = parseCrl(bytes)
    const { thisUpdate, nextUpdate, number } = read
    const entries = [...read.entries.values()].flat()
    return {
      ...{ thisUpdate, nextUpdate, number: String(number), issuer: hex(read.issuer.der) },
      entries: entries.map(({ serial, from, reason }) => ({ serial, from, reason })),
      path: pathOf(asked, fileOf, { crls: [...asked.crls.map(fileOf), bytes] }),
    }
  },
  'revocation answer': ({ bytes, asked, fileOf }) => {
    const read = parseOcspResponse(bytes)
    const answers = read.answers.map(({ about, status, thisUpdate, nextUpdate }) => ({
      ...{ serial: about.serial, status, thisUpdate, nextUpdate },
    }))
    const crls = asked.crls.map(fileOf)
    return { answers, path: pathOf(asked, fileOf, { crls, ocsp: [bytes] }) }
  },
  'time-stamp': ({ bytes, asked, fileOf }) => {
    const { policy, serial, imprint, from, until } = readTimeStamp(bytes)
    const verdict = verifyTimeStamp(bytes, {
      ...{ data: utf8(asked.data), at: new Date(asked.at) },
      anchors: [parseCertificate(fileOf(asked.anchor))],
    })
    const proven = verdict.ok ? verdict.provenAt : verdict.code
    return { policy, serial, from, until, digest: imprint.digest, proven }
  },
  receipt: ({ bytes, asked, fileOf }) => {
    const verdict = verifyReceipt(fromUtf8(bytes), new Map([['receipts-1', keyOf(asked)]]))
    if (!verdict.ok) return { refused: verdict.code }
    const { logKeys, logOriginPrefix } = readTrust(fromUtf8(fileOf(asked.trust)))
    const [proof = ''] = asked.evidence
    const redeemed = redeemReceipt({
      claims: verdict.claims,
      evidence: readIssueEvidence(fromUtf8(fileOf(proof))),
      log: { originPrefix: logOriginPrefix, keys: logKeys },
    })
    return { claims: verdict.claims, redeemed: redeemed.ok ? redeemed.head.size : redeemed.code }
  },
  'issue evidence': ({ bytes }) => {
    const { entry, proof, ...others } = readIssueEvidence(fromUtf8(bytes))
    return { entry: fromUtf8(entry), proof: proof.map(hex), ...others }
  },
  checkpoint: ({ bytes, asked }) => {
    const text = fromUtf8(bytes)
    const witnesses = asked.witnesses.map(readVerifierKey)
    const log = { origin: asked.origin, keys: [keyOf(asked)] }
    const policy = { witnesses, quorum: witnesses.length, at: new Date(asked.at) }
    const { size, root } = openCheckpoint(text, log, policy)
    const { origin, extensions } = readCheckpoint(text.slice(0, text.indexOf('\n\n') + 1))
    return { size, root: hex(root), origin, extensions }
  },
  'request token': ({ bytes, asked }) => {
    const verdict = verifyRequestToken(fromUtf8(bytes), keyOf(asked), {
      ...{ audience: asked.origin, at: new Date(asked.at) },
      request: { method: 'POST', path: '/graphql', body: utf8(asked.data) },
    })
    return verdict.ok ? { claims: verdict.claims } : { refused: verdict.code }
  },
} satisfies Readonly<Record<string, (reading: Reading) => unknown>>

export type Kind = keyof typeof kinds

/** What today's code says of a document, as JSON. */
export function answerOf(kind: Kind, reading: Reading): Json {
  return parseJson(JSON.stringify(kinds[kind](reading)))
}

function pathOf(
  { at, leaf, intermediates, anchor }: Asked,
  fileOf: FileOf,
  question: Partial<PathQuestion>,
): string {
  const verdict = validatePath({
    leaf: fileOf(leaf),
    ...{ intermediates: intermediates.map(fileOf), anchors: [fileOf(anchor)] },
    ...{ at: new Date(at), profile: 'rfc5280', ...question },
  })
  return verdict.ok ? `of ${verdict.path.length}` : verdict.code
}

function keyOf({ key }: Asked): Key {
  return keyOfSpki(fromBase64(key) ?? new Uint8Array(0))
}

function hex(bytes: Uint8Array): string {
  return toText(bytes, 'hex')
}
