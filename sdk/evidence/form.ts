/**
 * The form of a JAdES envelope (ETSI TS 119 182-1 V1.1.1): the three strings of a compact token as
 * flattened JSON, and beside them `etsiU`, the unsigned evidence, element after element (§5.3.1). We
 * write the elements base64url-encoded, because only so the imprint of an archive time-stamp has one
 * spelling; clear ones are read as long as no archive time-stamp depends on how they are spelled.
 *
 *     { "payload": "…", "protected": "…", "signature": "…",
 *       "header": { "etsiU": ["<{"sigTst":{"tstTokens":[{"val":"…"}]}}>",
 *                             "<{"xVals":[{"x509Cert":{"val":"…"}}]}>",
 *                             "<{"rVals":{"crlVals":[{"val":"…"}],"ocspVals":[{"val":"…"}]}}>",
 *                             "<{"arcTst":…}>"] } }
 */
import { fromBase64, fromBase64url, toBase64, toBase64url } from '../base64url.ts'
import { isText } from '../given.ts'
import { isJsonObject, parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { readJws } from '../jws.ts'
import { fromUtf8, utf8 } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { timeStampLimits } from './time-stamp-token.ts'

export const evidenceLimits = {
  envelopeLength: 8_388_608,
  elements: 32,
  /** Certificates, or lists, or OCSP responses, in one element. */
  values: 64,
  tokenBytes: timeStampLimits.bytes,
} as const

const jsonLimits = {
  depth: 8,
  membersPerObject: 8,
  stringLength: evidenceLimits.envelopeLength,
}

export interface Envelope {
  readonly payload: string
  readonly protected: string
  readonly signature: string
  readonly elements: readonly EvidenceElement[]
}

export interface EvidenceElement {
  readonly kind: ElementKind
  /** As it stands in the envelope; undefined when it stood there in clear. */
  readonly encoded: string | undefined
  readonly token?: Uint8Array
  readonly certificates: readonly Uint8Array[]
  readonly crls: readonly Uint8Array[]
  /** OCSP responses. */
  readonly ocsp: readonly Uint8Array[]
}

export type ElementKind = 'sigTst' | 'xVals' | 'rVals' | 'arcTst'

export function compactOf(envelope: Omit<Envelope, 'elements'>): string {
  return `${envelope.protected}.${envelope.payload}.${envelope.signature}`
}

/** @throws Problem invalid-evidence */
export function readEnvelope(text: string): Envelope {
  if (!isText(text) || text.length > evidenceLimits.envelopeLength) refuse('size')
  try {
    return envelopeOf(parseJsonObject(text, jsonLimits))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-evidence') throw cause
    throw new Problem('invalid-evidence', { rule: cause.code, ...cause.detail }, { cause })
  }
}

function envelopeOf(json: JsonObject): Envelope {
  const { payload, signature, header, protected: protectedHeader, ...others } = json
  if (Object.keys(others).length > 0) refuse('unknown-member')
  const parts = {
    payload: textOf(payload),
    protected: textOf(protectedHeader),
    signature: textOf(signature),
  }
  readJws(compactOf(parts))
  return { ...parts, elements: header === undefined ? [] : elementsOf(header) }
}

function elementsOf(header: Json): readonly EvidenceElement[] {
  const list = listOf(onlyMember(header, 'etsiU'), evidenceLimits.elements)
  const elements = list.map(readElement)
  const clear = elements.filter(({ encoded }) => encoded === undefined)
  const isMixed = clear.length > 0 && clear.length < elements.length
  const isSpelt = clear.some(({ kind }) => kind === 'arcTst')
  return isMixed || isSpelt ? refuse('clear-element') : elements
}

function readElement(json: Json): EvidenceElement {
  const encoded = typeof json === 'string' ? json : undefined
  const element =
    encoded === undefined ? json : parseJsonObject(fromUtf8(fromBase64url(encoded)), jsonLimits)
  const [kind, another] = isJsonObject(element) ? Object.keys(element) : []
  if (!isKind(kind) || another !== undefined) refuse('unknown-element')
  const nothing = { kind, encoded, certificates: [], crls: [], ocsp: [] }
  return { ...nothing, ...readers[kind](onlyMember(element, kind)) }
}

const readers: Readonly<Record<ElementKind, (value: Json) => Partial<EvidenceElement>>> = {
  sigTst: (value) => ({ token: tokenOf(value) }),
  arcTst: (value) => ({ token: tokenOf(value) }),
  xVals: (value) => ({
    certificates: listOf(value, evidenceLimits.values).map((one) =>
      valueOf(onlyMember(one, 'x509Cert')),
    ),
  }),
  rVals: (value) => {
    const { crlVals, ocspVals, ...others } = isJsonObject(value) ? value : {}
    if (Object.keys(others).length > 0) refuse('unknown-member')
    if (crlVals === undefined && ocspVals === undefined) refuse('list')
    return { crls: valuesOf(crlVals), ocsp: valuesOf(ocspVals) }
  },
}

function valuesOf(list: Json | undefined): readonly Uint8Array[] {
  return list === undefined ? [] : listOf(list, evidenceLimits.values).map(valueOf)
}

function isKind(name: string | undefined): name is ElementKind {
  return name !== undefined && Object.hasOwn(readers, name)
}

/** A tstContainer (§5.4.3.3) with one token. */
function tokenOf(container: Json): Uint8Array {
  const [token, another] = listOf(onlyMember(container, 'tstTokens'), 1)
  if (token === undefined || another !== undefined) refuse('tokens')
  const bytes = valueOf(token)
  return bytes.length > evidenceLimits.tokenBytes ? refuse('token-size') : bytes
}

/** A pkiOb (§5.4.1) or tstToken: DER in base64, and nothing else about it. */
function valueOf(json: Json): Uint8Array {
  const text = textOf(onlyMember(json, 'val'))
  const bytes = fromBase64(text)
  return bytes && bytes.length > 0 ? bytes : refuse('base64')
}

function onlyMember(json: Json, name: string): Json {
  const [first, another] = isJsonObject(json) ? Object.entries(json) : []
  const [own, value] = first ?? []
  if (own !== name || value === undefined || another) refuse('unknown-member')
  return value
}

function listOf(json: Json, max: number): readonly Json[] {
  if (!Array.isArray(json) || json.length === 0 || json.length > max) refuse('list')
  return json as readonly Json[] // Array.isArray does not narrow to a read-only array.
}

function textOf(json: Json | undefined): string {
  return typeof json === 'string' ? json : refuse('text')
}

/** The envelope with one more element at its end; what is written can be read again. */
export function appendElement(envelope: Envelope, kind: ElementKind, value: Json): string {
  const encoded = toBase64url(utf8(JSON.stringify({ [kind]: value })))
  const before = envelope.elements.map((element) => element.encoded ?? refuse('clear-element'))
  const text = writeEnvelope(envelope, [...before, encoded])
  readEnvelope(text)
  return text
}

export function writeEnvelope(
  { payload, protected: protectedHeader, signature }: Omit<Envelope, 'elements'>,
  etsiU: readonly string[] = [],
): string {
  const header = etsiU.length > 0 ? { header: { etsiU } } : {}
  return JSON.stringify({ payload, protected: protectedHeader, signature, ...header })
}

export function encodedValue(der: Uint8Array): JsonObject {
  return { val: toBase64(der) }
}

function refuse(rule: string): never {
  throw new Problem('invalid-evidence', { rule })
}
