/**
 * Compressed bytes, packed small and unpacked within bounds: zlib (RFC 1950) and gzip (RFC 1952). In
 * one place, because a browser has other means for it.
 */
import { deflateSync, gzipSync, inflateSync } from 'node:zlib'

const level = 9

export function deflate(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level })
}

export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level })
}

export interface Inflated {
  readonly content: Uint8Array
  /** How many of the bytes belong to the stream; others may stand behind it. */
  readonly taken: number
}

/** What the zlib stream at the beginning of the bytes holds; undefined when it is none, or holds more. */
export function inflate(bytes: Uint8Array, bytesMax: number): Inflated | undefined {
  try {
    const inflated: unknown = inflateSync(bytes, { maxOutputLength: bytesMax, info: true })
    // With `info` Node answers so; its types do not know it.
    const { buffer, engine } = inflated as WithEngine
    return { content: buffer, taken: engine.bytesWritten }
  } catch {
    return undefined // Node throws an error of its own for whatever is wrong with a stream.
  }
}

interface WithEngine {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}
