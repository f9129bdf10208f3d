/**
 * Where the next page of a search begins, as text that says nothing and can only be used with the
 * question it was made for: it carries a keyed digest of both.
 */
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { equalBytes } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { BlindIndex } from '../keys/blind.ts'

/** The last licence that was seen, and the time all pages are about. */
export interface Place {
  readonly position: number
  readonly at: Date
}

const numbersLength = 16
const digestLength = 16

/** @param question in a form in which equal questions are equal */
export function writeCursor(blind: BlindIndex, question: string, { position, at }: Place): string {
  const numbers = Buffer.alloc(numbersLength)
  numbers.writeBigInt64BE(BigInt(position), 0)
  numbers.writeBigInt64BE(BigInt(at.getTime()), 8)
  return toBase64url(Buffer.concat([numbers, digestOf(blind, question, numbers)]))
}

/** @throws Problem invalid-request */
export function readCursor(blind: BlindIndex, question: string, cursor: string): Place {
  const bytes = Buffer.from(bytesOf(cursor))
  const numbers = bytes.subarray(0, numbersLength)
  if (bytes.length !== numbersLength + digestLength) throw refused()
  if (!equalBytes(bytes.subarray(numbersLength), digestOf(blind, question, numbers))) {
    throw refused()
  }
  return {
    position: Number(numbers.readBigInt64BE(0)),
    at: new Date(Number(numbers.readBigInt64BE(8))),
  }
}

function digestOf(blind: BlindIndex, question: string, numbers: Uint8Array): Uint8Array {
  return blind.cursor(question, toBase64url(numbers)).subarray(0, digestLength)
}

function bytesOf(cursor: string): Uint8Array {
  try {
    return fromBase64url(cursor)
  } catch (thrown) {
    if (thrown instanceof Problem) throw refused()
    throw thrown
  }
}

function refused(): Problem {
  const expected = 'the cursor that came with the page before, and the same question'
  return new Problem('invalid-request', { place: 'after', expected })
}
