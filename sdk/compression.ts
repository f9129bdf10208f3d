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

/** What one zlib stream holds; undefined when it is none, has bytes behind it, or holds more. */
export function inflate(stream: Uint8Array, bytesMax: number): Uint8Array | undefined {
  try {
    const inflated: unknown = inflateSync(stream, { maxOutputLength: bytesMax, info: true })
    // With `info` Node answers so; its types do not know it.
    const { buffer, engine } = inflated as Inflated
    return engine.bytesWritten === stream.length ? buffer : undefined
  } catch {
    return undefined // Node throws an error of its own for whatever is wrong with a stream.
  }
}

interface Inflated {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}
