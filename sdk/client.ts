/**
 * The client of the exchange for department systems: signs each request, checks each receipt, and
 * collects the evidence that makes an answer verifiable offline. With reading PKCS#12 files, the only
 * part of the sdk that does input and output.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fromBase64url, toBase64url } from './base64url.ts'
import type { IssueEvidence } from './licence.ts'
import { readLicence } from './licence/document.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { leafHash } from './merkle.ts'
import type { Identity } from './pkcs12.ts'
import { fromUtf8, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'
import { answerHash, readInclusionEvidence, verifyReceipt } from './receipt.ts'
import type { InclusionEvidence, ReceiptClaims } from './receipt.ts'
import { bodyHash, requestTokenLimits, signRequestToken } from './request-token.ts'
import type { Purpose } from './request-token.ts'
import { createTransport, readAtMost } from './transport.ts'
import type { TlsEnd, Transport } from './transport.ts'
import type { Trust } from './trust.ts'

export interface ClientSettings {
  /** Base address, for example `https://exchange.example`. */
  readonly url: string
  readonly identity: Identity
  /** Id of the officer who asks; it is signed into every request. */
  readonly officer: string
  readonly trust: Trust
  readonly clock?: () => Date
  /** For `https`: whom to believe about the exchange, and the department's TLS certificate. */
  readonly tls?: TlsEnd
}

/** Why, and which request this is: a retry keeps the request id and counts the attempt up. */
export interface Asked {
  readonly purpose?: Purpose
  readonly requestId?: string
  readonly attempt?: number
}

/** One refusal or failure of a part of an answer, with the rule, the missing grant, the remedy. */
export interface AnswerError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string }
}

export interface Answer<T> {
  readonly data: T | null
  readonly errors: readonly AnswerError[]
  readonly requestId: string
  readonly receipt: string
  /** The receipt's claims, already checked against this answer. */
  readonly claims: ReceiptClaims
}

/** An inclusion proof and the tree it is for. */
export interface LogProof extends InclusionEvidence {
  readonly origin: string
}

export interface Client {
  /** @throws Problem request-refused, invalid-receipt */
  query<T>(document: string, variables: JsonObject, asked?: Asked): Promise<Answer<T>>
  /**
   * Asks one of the vault's own addresses, as `/openapi.json` describes them: with a body by POST, without
   * by GET; what answers in JSON. @throws Problem request-refused
   */
  ask(path: string, body?: JsonObject, asked?: Asked): Promise<JsonObject>
  /** One of the issuing department's acts on its own licence: revoke, suspend, restore … */
  changeLicence(licenceId: string, act: string, reason: string): Promise<JsonObject>
  /** Puts a new version in the place of its own licence: renew, change or supersede. */
  newVersion(licenceId: string, version: JsonObject): Promise<JsonObject>
  /** The proof for a leaf, waiting until the log has integrated it, a minute at most. */
  proof(leaf: string): Promise<LogProof>
  /** What proves when a licence existed, from its `issueEntry`. */
  issueEvidence(issueEntry: string): Promise<IssueEvidence>
  /** The signed status list that a licence document points to. */
  statusList(document: string): Promise<string>
}

const proofWaitMs = 250
const proofTries = 240
const requestMs = 15_000

/** The settings, and the connections made with them. */
type Connected = ClientSettings & { readonly send: Transport }

export function createClient(settings: ClientSettings): Client {
  const client: Connected = { ...settings, send: createTransport(settings.tls) }
  return {
    query: <T>(document: string, variables: JsonObject, asked: Asked = {}) =>
      query<T>(client, { query: document, variables }, asked),
    ask: (path, body, asked) => ask(client, { path, body, ...asked }),
    changeLicence: (licenceId, act, reason) =>
      ask(client, { path: `/vault/licences/${licenceId}/acts`, body: { act, reason } }),
    newVersion: (licenceId, version) =>
      ask(client, { path: `/vault/licences/${licenceId}/versions`, body: version }),
    proof: (leaf) => fetchProof(client, leaf),
    issueEvidence: async (issueEntry) => {
      const entry = fromBase64url(issueEntry)
      return { entry, ...(await fetchProof(client, toBase64url(leafHash(entry)))) }
    },
    statusList: (document) => fetchStatusList(client, document),
  }
}

async function query<T>(settings: Connected, body: JsonObject, asked: Asked): Promise<Answer<T>> {
  const { requestId = toBase64url(randomBytes(16)), attempt = 1, purpose } = asked
  const call = { path: '/graphql', body, purpose, requestId, attempt, jti: newTokenId() }
  const answer = readObject(await readText(await send(settings, call)))
  const { data = null, errors = [], extensions } = answer
  const receipt = isJsonObject(extensions) ? extensions['receipt'] : undefined
  if (typeof receipt !== 'string') throw refused(answer)
  const claims = checkReceipt(settings, { receipt, data, call })
  // The server's errors have this shape; `data` is what the caller's own query selects.
  return {
    data: data as T | null,
    errors: errors as unknown as AnswerError[],
    requestId,
    receipt,
    claims,
  }
}

/**
 * The receipt must be of a trusted exchange, for exactly these data and this very token: one of an
 * earlier attempt would leave this answer without an entry in the log.
 */
function checkReceipt(
  { trust, identity }: ClientSettings,
  got: { readonly receipt: string; readonly data: Json; readonly call: Call },
): ReceiptClaims {
  const verdict = verifyReceipt(got.receipt, trust.receiptKeys)
  if (!verdict.ok) throw new Problem('invalid-receipt', { rule: verdict.code })
  const { claims } = verdict
  const fits =
    claims.iss === trust.exchange &&
    claims.dept === identity.department &&
    claims.rid === got.call.requestId &&
    claims.attempt === got.call.attempt &&
    claims.jti === got.call.jti &&
    claims.ah === answerHash(got.data)
  if (!fits) throw new Problem('invalid-receipt', { rule: 'other-answer' })
  return claims
}

async function ask(
  settings: Connected,
  asked: Omit<Call, 'jti' | 'attempt'> & Asked,
): Promise<JsonObject> {
  const reply = await send(settings, { attempt: 1, ...asked, jti: newTokenId() })
  const answer = readObject(await readText(reply))
  const { statusCode = 0 } = reply
  if (statusCode < 200 || statusCode > 299) throw refused(answer)
  return answer
}

/** One signed request; `jti` names it, the request id is the same for every attempt. */
interface Call {
  readonly path: string
  /** None: a GET. */
  readonly body?: JsonObject | undefined
  readonly purpose?: Purpose | undefined
  readonly requestId?: string
  readonly attempt: number
  readonly jti: string
}

function newTokenId(): string {
  return toBase64url(randomBytes(requestTokenLimits.jtiBytesMin))
}

function send(settings: Connected, call: Call): Promise<IncomingMessage> {
  const method = call.body ? 'POST' : 'GET'
  const body = call.body && JSON.stringify(call.body)
  return settings.send(new URL(call.path, settings.url), {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      accept: 'application/graphql-response+json, application/json',
      authorization: `Bearer ${tokenFor(settings, call, { method, body })}`,
      ...(call.requestId === undefined ? {} : { 'idempotency-key': call.requestId }),
      attempt: `${call.attempt}`,
    },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(requestMs),
  })
}

function tokenFor(
  { identity, officer, trust, clock }: ClientSettings,
  { path, purpose, jti }: Call,
  { method, body = '' }: { readonly method: string; readonly body: string | undefined },
): string {
  const now = Math.floor((clock ?? systemClock)().getTime() / 1000)
  const claims = {
    ...{ iss: identity.department, sub: officer, aud: trust.exchange },
    ...{ iat: now, exp: now + requestTokenLimits.lifetimeSeconds, jti },
    ...{ htm: method, htu: path.split('?', 1)[0] ?? path, bh: bodyHash(utf8(body)) },
    ...(purpose ? { purpose } : {}),
  }
  return signRequestToken(claims, identity.key, identity.kid)
}

async function fetchProof(client: Connected, leaf: string): Promise<LogProof> {
  for (let tries = 0; ; tries += 1) {
    const reply = await get(client, `/log/proof?leaf=${leaf}`)
    const text = await readText(reply)
    const answer = readObject(text)
    const { origin } = answer
    if (reply.statusCode === 200 && typeof origin === 'string') {
      return { origin, ...readInclusionEvidence(text) }
    }
    if (answer['code'] !== 'not-yet-integrated' || tries === proofTries) throw refused(answer)
    await wait(proofWaitMs)
  }
}

/** The list is fetched from the exchange the client was set up with, whatever the document says. */
async function fetchStatusList(client: Connected, document: string): Promise<string> {
  const { uri } = readLicence(document).claims.status.status_list
  const path = /\/status-lists\/\d{1,6}$/.exec(uri)?.[0]
  if (path === undefined) throw new Problem('invalid-licence-document', { rule: 'status' })
  const reply = await get(client, path)
  const text = await readText(reply)
  if (reply.statusCode !== 200) throw refused(readObject(text))
  return text
}

function get({ url, send }: Connected, path: string): Promise<IncomingMessage> {
  const signal = AbortSignal.timeout(requestMs)
  return send(new URL(path, url), { method: 'GET', headers: {}, signal })
}

/** Whoever answers decides how long the body is; not how much of it is taken in. */
async function readText(reply: IncomingMessage): Promise<string> {
  const bytes = await readAtMost(reply, answerBytesMax)
  if (!bytes) throw new Problem('invalid-json', { rule: 'length', limit: answerBytesMax })
  return fromUtf8(bytes)
}

function readObject(text: string): JsonObject {
  return parseJsonObject(text, answerLimits)
}

const answerBytesMax = 16_777_216
const answerLimits = { depth: 32, membersPerObject: 1_000, stringLength: 8_388_608 }

/** A problem document or GraphQL errors without data: the server's own code and words. */
function refused(answer: JsonObject): Problem {
  const errors = answer['errors']
  const first = Array.isArray(errors) ? (errors as readonly Json[])[0] : answer
  const body =
    isJsonObject(first) && isJsonObject(first['extensions']) ? first['extensions'] : first
  const code = isJsonObject(body) && typeof body['code'] === 'string' ? body['code'] : 'unknown'
  return new Problem('request-refused', { code })
}

// eslint-disable-next-line no-restricted-syntax -- The default clock of a client is the machine's.
const systemClock = (): Date => new Date()
