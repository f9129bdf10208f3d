/** The twin of `compression.ts` in a browser: the same names over pako, which is zlib in JavaScript. */
import { deflate as deflateByPako, gzip as gzipByPako, Inflate } from 'pako'
import type { Inflated } from './compression.ts'
import { concatBytes, equalBytes } from './primitives.ts'

const level = 9

export function deflate(bytes: Uint8Array): Uint8Array {
  return deflateByPako(bytes, { level })
}

export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipByPako(bytes, { level })
}

/** Only DEFLATE is pako's: of a zlib stream (RFC 1950) it would read on into the next one behind it. */
export function inflate(bytes: Uint8Array, bytesMax: number): Inflated | undefined {
  const [method = 0, flags = 0] = bytes
  const isZlib = (method & 0x0f) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0
  const hasDictionary = (flags & 0x20) !== 0
  const inflated = isZlib && !hasDictionary && inflateRaw(bytes.subarray(headerBytes), bytesMax)
  if (!inflated) return undefined
  const { content } = inflated
  const sumAt = headerBytes + inflated.taken
  const sum = bytes.subarray(sumAt, sumAt + sumBytes)
  const isRight = sum.length === sumBytes && equalBytes(sum, adler32(content))
  return isRight ? { content, taken: sumAt + sumBytes } : undefined
}

const headerBytes = 2
const sumBytes = 4

function inflateRaw(bytes: Uint8Array, bytesMax: number): Inflated | undefined {
  const inflating = new Inflate({ raw: true })
  const chunks: Uint8Array[] = []
  let length = 0
  inflating.onData = (chunk) => {
    if (!(chunk instanceof Uint8Array)) return
    length += chunk.length
    // There is no other way to stop it than to throw.
    if (length > bytesMax) throw tooLong
    chunks.push(chunk)
  }
  try {
    inflating.push(bytes, true)
  } catch (thrown) {
    if (thrown !== tooLong) throw thrown
    return undefined
  }
  // Its types do not know where it keeps how far it came.
  const { strm, ended, err } = inflating as unknown as Inflating
  return ended && err === 0
    ? { content: concatBytes(...chunks), taken: bytes.length - strm.avail_in }
    : undefined
}

interface Inflating {
  readonly strm: { readonly avail_in: number }
  readonly ended: boolean
  readonly err: number
}

const tooLong = new RangeError('too long')

/** RFC 1950 §8.2, most significant byte first. */
function adler32(bytes: Uint8Array): Uint8Array {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return Uint8Array.of(b >> 8, b & 0xff, a >> 8, a & 0xff)
}
