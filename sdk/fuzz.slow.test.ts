/**
 * What any bytes at all do to the readers: they end, and throw nothing but a Problem. And what one
 * changed byte does to a true document: it is refused, or says exactly what it said before where
 * nobody signed the byte. The long form is a few minutes of one processor: every byte of the small
 * documents, and of each large one as many places as the printed seed chooses in its share of the time.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom, isLong, seed as seedOfRun, testMs } from '../test/faults/settings.ts'
import { kinds } from '../test/vectors/kinds.ts'
import type { Kind } from '../test/vectors/kinds.ts'
import { vectors } from '../test/vectors/set.ts'
import type { Vector } from '../test/vectors/set.ts'
import { fromBase64url } from './base64url.ts'
import { parseCertificate } from './certificate.ts'
import { readCheckpoint } from './checkpoint.ts'
import { derLimits, readDer } from './der.ts'
import { addArchiveTimeStamp, createEvidence, evidenceLevel } from './evidence.ts'
import { readSignedData } from './evidence/cms.ts'
import { readTimeStamp, readTimeStampResponse } from './evidence/time-stamp-token.ts'
import { parseLicenceId } from './identifier-licence.ts'
import { readIssueEvidence } from './issue-evidence.ts'
import { canonicalJson, parseJson, parseJsonObject } from './json.ts'
import { readJws, verifyJws } from './jws.ts'
import { readJwk } from './jws/jwk.ts'
import { readLicence } from './licence/document.ts'
import { inclusionProof, leafHash, rootOf, verifyInclusion } from './merkle.ts'
import { readBundle } from './merkle/tile-hash.ts'
import { parseTilePath } from './merkle/tile.ts'
import { openNote, readVerifierKey } from './note.ts'
import { readPem } from './pem.ts'
import { pkcs12Limits, readPkcs12 } from './pkcs12.ts'
import { fromUtf8, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'
import { readInclusionEvidence } from './receipt.ts'
import { claimedKeyId } from './request-token.ts'
import { parseCrl } from './revocation/crl.ts'
import { parseOcspResponse } from './revocation/ocsp.ts'
import { splitPresentation } from './sd-jwt.ts'
import { decodeStatusList } from './status.ts'
import { readTrust } from './trust.ts'

const seed = isLong ? seedOfRun : 20_260_601
process.stderr.write(`fuzz: FAULT_SEED=${seed}, ${isLong ? 'long' : 'short'} form\n`)

type Reader = (bytes: Uint8Array) => unknown

const ofText =
  (read: (text: string) => unknown): Reader =>
  (bytes) =>
    // As a caller with a string would hand it in, whatever is in it.
    read(Buffer.from(bytes).toString('utf8'))

const readers: Readonly<Record<string, Reader>> = {
  der: (bytes) => readDer(bytes, derLimits),
  certificate: parseCertificate,
  'revocation list': parseCrl,
  'revocation answer': parseOcspResponse,
  'time-stamp token': readTimeStamp,
  'time-stamp response': readTimeStampResponse,
  cms: readSignedData,
  bundle: (bytes) => readBundle(bytes, 2),
  'key store': (bytes) => readPkcs12(bytes, 'password', { ...pkcs12Limits, iterations: 1_000 }),
  note: (bytes) => openNote(bytes, []),
  'utf-8': fromUtf8,
  base64url: ofText(fromBase64url),
  pem: ofText((text) => readPem(text, 'CERTIFICATE')),
  json: ofText((text) => canonicalJson(parseJson(text))),
  jwk: ofText((text) => readJwk(parseJsonObject(text))),
  jws: ofText(readJws),
  'flattened jws': ofText((text) => verifyJws(parseJsonObject(text), new Map())),
  'sd-jwt': ofText(splitPresentation),
  licence: ofText(readLicence),
  'licence identifier': ofText(parseLicenceId),
  envelope: ofText(evidenceLevel),
  'envelope to be': ofText(createEvidence),
  'archive of an envelope': ofText((text) => addArchiveTimeStamp(text, utf8(text))),
  'status list': ofText((lst) => decodeStatusList({ bits: 1, lst })),
  checkpoint: ofText(readCheckpoint),
  'verifier key': ofText(readVerifierKey),
  'inclusion evidence': ofText(readInclusionEvidence),
  'issue evidence': ofText(readIssueEvidence),
  'tile path': ofText(parseTilePath),
  'request token': ofText(claimedKeyId),
  'trust file': ofText(readTrust),
}

/** The name of what was thrown that is no Problem; empty when all is well. */
function thrownBy(read: Reader, bytes: Uint8Array): string {
  try {
    read(bytes)
    return ''
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code !== 'internal') return ''
    return `${String(thrown)} for ${Buffer.from(bytes).toString('base64')}`
  }
}

/** One of the ways in which bytes go wrong. */
function mutated(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const [at, length] = [random(bytes.length), random(16) + 1]
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  const noise = Uint8Array.from({ length }, () => random(256))
  const from = random(bytes.length)
  const ways = [
    [head, tail.map((byte, i) => (i === 0 ? byte ^ (1 << random(8)) : byte))],
    [head, noise, tail.subarray(length)],
    [head, noise, tail],
    [head, tail.subarray(length)],
    [head],
    [head, bytes.subarray(from, from + length * 8), tail],
    [head, Uint8Array.of([0x00, 0x7f, 0x80, 0xff, 0x22, 0x7e, 0x2e][random(7)] ?? 0), tail],
  ]
  return Buffer.concat(ways[random(ways.length)] ?? [])
}

const originals = vectors.map(({ bytes }) => bytes)

describe('nothing but a Problem', { timeout: testMs }, () => {
  test.for(Object.entries(readers))('comes out of the reader of %s', ([, read]) => {
    const numRuns = isLong ? 5_000 : 20
    const text = fc.string({ unit: 'binary', maxLength: 200 }).map(utf8)
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), text), (bytes) => {
        expect(thrownBy(read, bytes)).toBe('')
      }),
      { numRuns, seed },
    )
    const random = createRandom(seed)
    for (const bytes of originals) {
      for (let tries = isLong ? 20 : 1; tries > 0; tries -= 1) {
        expect(thrownBy(read, mutated(bytes, random))).toBe('')
      }
    }
  })

  test.for(vectors.map((vector) => [vector.name, vector] as const))(
    'comes out of the verification of %s, mutated',
    ([, { kind, ...reading }]) => {
      const random = createRandom(seed)
      for (let tries = isLong ? 100 : 1; tries > 0; tries -= 1) {
        const bytes = mutated(reading.bytes, random)
        expect(thrownBy((changed) => kinds[kind]({ ...reading, bytes: changed }), bytes)).toBe('')
      }
    },
  )
})

/** Every byte of these is signed, or read in one spelling only. */
const whole: readonly Kind[] = [
  ...(['licence', 'status list', 'receipt', 'checkpoint'] as const),
  ...(['request token', 'signed token', 'credential'] as const),
]
/** These hold parts that nobody signed: what they say must not change. */
const partly: readonly Kind[] = ['envelope', 'time-stamp']

/** What is said of the document with one byte changed, when it is believed. */
function believed({ kind, ...reading }: Vector, change: readonly [number, number]): string {
  const [at, byte] = change
  const bytes = Uint8Array.from(reading.bytes)
  bytes[at] = byte
  try {
    const answer: object = kinds[kind]({ ...reading, bytes })
    const isRefused =
      'refused' in answer ||
      ('says' in answer && answer.says !== 'valid') ||
      ('redeemed' in answer && typeof answer.redeemed === 'string') ||
      ('proven' in answer && typeof answer.proven === 'string')
    return isRefused ? '' : JSON.stringify(answer)
  } catch (thrown) {
    if (thrown instanceof Problem) return ''
    throw thrown
  }
}

/** Every byte of a document up to this size; in a longer one, slower to read as well, so many are chosen. */
const wholeBytes = 700
const placesChosen = 200

/** Positions and bytes to put there: a bit in a few of them, or in many a bit, a case and another. */
function changesOf({ bytes }: Vector): (readonly [number, number])[] {
  const random = createRandom(seed)
  const chosen = Array.from({ length: isLong ? placesChosen : 4 }, () => random(bytes.length))
  const places = isLong && bytes.length <= wholeBytes ? [...bytes.keys()] : chosen
  return places.flatMap((at) => {
    const byte = bytes[at] ?? 0
    const others = isLong ? [byte ^ 1, byte ^ 0x20, (byte + 1 + random(255)) % 256] : [byte ^ 1]
    return others.map((other) => [at, other] as const)
  })
}

describe('one changed byte', { timeout: testMs }, () => {
  const isTrue = ({ answer }: Vector): boolean =>
    !JSON.stringify(answer).includes('"says":"invalid')
  const named = (chosen: readonly Kind[]) =>
    vectors
      .filter((vector) => chosen.includes(vector.kind) && isTrue(vector))
      .map((vector) => [vector.name, vector] as const)

  test.for(named(whole))('of %s is refused', ([, vector]) => {
    const found = changesOf(vector).filter((change) => believed(vector, change) !== '')
    expect(found).toEqual([])
  })

  test.for(named(partly))('of %s is refused or says the same', ([, vector]) => {
    const said = believed(vector, [0, vector.bytes[0] ?? 0])
    expect(said).not.toBe('')
    const found = changesOf(vector).filter(
      (change) => !['', said].includes(believed(vector, change)),
    )
    expect(found).toEqual([])
  })
})

test.for(isLong ? Array.from({ length: 64 }, (_, i) => i + 1) : [1, 2, 3, 7, 12])(
  'the proof of one leaf of %i is the proof of no other',
  (size) => {
    const leaves = Array.from({ length: size }, (_, i) => leafHash(utf8(`${i}`)))
    const root = rootOf(leaves)
    const pairs = leaves.flatMap((_, own) => leaves.map((_, other) => [own, other] as const))
    const proven = pairs.filter(([own, other]) => {
      const [proof, hash = root] = [inclusionProof(leaves, own), leaves[other]]
      return [own, other].some((index) =>
        verifyInclusion({ leafHash: hash, index, size, proof, root }),
      )
    })
    expect(proven).toEqual(leaves.map((_, own) => [own, own]))
  },
)
