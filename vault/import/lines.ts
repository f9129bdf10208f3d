/** The bytes of a file as whole lines that know their number, whatever ends them: CR, LF or both. */
import { decodeLines } from './encoding.ts'
import type { EncodingFault, FileEncoding } from './encoding.ts'

/** Longer than the longest licence, shorter than what could hurt. */
export const recordLimits = { characters: 65_536, lines: 200 } as const

/** No character takes more than four bytes. */
const lineBytesMax = recordLimits.characters * 4

export interface Line {
  /** The first line of a file is line 1. */
  readonly number: number
  /** Cut when it is too long. */
  readonly text: string
  readonly fault?: EncodingFault | 'record-too-large'
}

interface Splitter<T> {
  /** What became complete with these bytes. */
  readonly push: (bytes: Buffer) => T[]
  /** What was waiting for more. */
  readonly end: () => T[]
}

export function createLineReader(encoding: FileEncoding): Splitter<Line> {
  const cutter = createLineCutter()
  let number = 0
  const read = (blocks: readonly Block[]): Line[] =>
    blocks.flatMap(({ bytes, isCut }) =>
      decodeLines(bytes, encoding).map((line): Line => {
        number += 1
        const isTooLong = isCut || line.text.length > recordLimits.characters
        if (!isTooLong) return { number, ...line }
        const text = line.text.slice(0, recordLimits.characters)
        return { number, text, fault: 'record-too-large' }
      }),
    )
  return { push: (bytes) => read(cutter.push(bytes)), end: () => read(cutter.end()) }
}

/** Whole lines together, or the beginning of one line that is too long. */
export interface Block {
  readonly bytes: Buffer
  readonly isCut: boolean
}

const [lf, cr] = [0x0a, 0x0d]

/** A line that was cut is one, like any other. */
export function linesIn({ bytes }: Block): number {
  const isEnded = bytes.at(-1) === lf || bytes.at(-1) === cr
  let lines = isEnded ? 0 : 1
  for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, at + 1)) lines += 1
  for (let at = bytes.indexOf(cr); at >= 0; at = bytes.indexOf(cr, at + 1)) {
    if (bytes[at + 1] !== lf) lines += 1
  }
  return lines
}

/** Holds no more than the longest line and one piece. */
export function createLineCutter(): Splitter<Block> {
  let begun: Buffer = Buffer.alloc(0)
  let isCut = false
  const keep = (rest: Buffer): void => {
    begun = rest.length > lineBytesMax ? rest.subarray(0, lineBytesMax) : rest
    isCut ||= begun.length < rest.length
    // A line end of two bytes may lie across two pieces.
    if (isCut && rest.at(-1) === cr) begun = Buffer.concat([begun, Buffer.of(cr)])
  }
  /** The block of the line that was too long, with its end. */
  const finish = (end: Buffer): Block[] => {
    if (!isCut) return []
    isCut = false
    return [{ bytes: Buffer.concat([begun.subarray(0, lineBytesMax), end]), isCut: true }]
  }
  return {
    push: (bytes) => {
      const whole = begun.length === 0 ? bytes : Buffer.concat([begun, bytes])
      const from = isCut ? firstEnd(whole) : 0
      const to = lastEnd(whole)
      if (to === 0) {
        keep(whole)
        return []
      }
      const blocks = finish(Buffer.of(lf))
      if (to > from) blocks.push({ bytes: whole.subarray(from, to), isCut: false })
      keep(whole.subarray(to))
      return blocks
    },
    end: () => {
      if (isCut) return finish(Buffer.of(lf))
      return begun.length === 0 ? [] : [{ bytes: begun, isCut: false }]
    },
  }
}

/** The place after the last line end; 0 when there is none. A CR at the very end may be half of one. */
function lastEnd(bytes: Buffer): number {
  const known = bytes.at(-1) === cr ? bytes.length - 1 : bytes.length
  const at = Math.max(bytes.lastIndexOf(lf, known - 1), bytes.lastIndexOf(cr, known - 1))
  return known === 0 ? 0 : at + 1
}

/** The place after the first line end, of which there is at least one. */
function firstEnd(bytes: Buffer): number {
  const ends = [bytes.indexOf(lf), bytes.indexOf(cr)].filter((at) => at >= 0)
  const at = Math.min(...ends)
  return bytes[at] === cr && bytes[at + 1] === lf ? at + 2 : at + 1
}
