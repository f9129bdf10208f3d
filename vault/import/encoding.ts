/**
 * Which characters the bytes of a file are. A file is UTF-8, or GB18030 (which GBK is part of), or a
 * mixture of lines in either; a line that could be both or neither says so, and is never guessed.
 * Bytes of line ends, quotes and digits stand for themselves in both, so lines are found first.
 */
import { isUtf8 } from 'node:buffer'

export type Encoding = 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be' | 'big5'

export const encodings: readonly Encoding[] = ['utf-8', 'gb18030', 'utf-16le', 'utf-16be', 'big5']

/** `mixed` is judged line by line. */
export type FileEncoding = 'utf-8' | 'gb18030' | 'big5' | 'mixed'

/** What kept a line from being read: neither encoding, or both. */
export type EncodingFault = 'encoding' | 'encoding-unclear'

interface DecodedLine {
  /** Damaged characters stand as U+FFFD. */
  readonly text: string
  readonly fault?: EncodingFault
}

/** What the bytes of one line can be. */
type Evidence = 'ascii' | 'utf-8' | 'gb18030' | 'both' | 'neither' | 'damaged'

const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const gbDecoder = new TextDecoder('gb18030', { fatal: true })

/** The least lead byte of three and four bytes of UTF-8: Chinese characters have no shorter ones. */
const wideLead = 0xe0

interface Judge {
  /** Whole lines, in order. */
  readonly see: (bytes: Buffer) => void
  readonly verdict: () => Exclude<FileEncoding, 'big5'>
}

/** Judges a file as a whole, so that a line that fits both is read like its neighbours. */
export function createJudge(): Judge {
  let [hasUtf8, hasOther] = [false, false]
  const seeLine = (line: Buffer): void => {
    const evidence = evidenceOf(line)
    if (evidence === 'utf-8' || evidence === 'damaged') hasUtf8 = true
    if (evidence !== 'utf-8' && evidence !== 'ascii' && evidence !== 'both') hasOther = true
  }
  return {
    see: (bytes) => {
      if (!isUtf8(bytes)) byteLines(bytes).forEach(seeLine)
      else hasUtf8 ||= bytes.some((byte) => byte >= wideLead)
    },
    verdict: () => (!hasOther ? 'utf-8' : hasUtf8 ? 'mixed' : 'gb18030'),
  }
}

/** Whole lines as text, without their ends. */
export function decodeLines(bytes: Buffer, encoding: FileEncoding): DecodedLine[] {
  if (encoding === 'mixed') return byteLines(bytes).map(decodeLine)
  const text = encoding === 'utf-8' ? bytes.toString('utf8') : decodeAll(bytes, encoding)
  const isDamaged = text.includes('\ufffd')
  return textLines(text).map((line) =>
    isDamaged && line.includes('\ufffd') ? { text: line, fault: 'encoding' } : { text: line },
  )
}

function decodeAll(bytes: Buffer, encoding: 'gb18030' | 'big5'): string {
  return new TextDecoder(encoding).decode(bytes)
}

function decodeLine(line: Buffer): DecodedLine {
  const evidence = evidenceOf(line)
  if (evidence === 'gb18030') return { text: gbDecoder.decode(line) }
  const text = utf8Decoder.decode(line)
  if (evidence === 'both') return { text, fault: 'encoding-unclear' }
  return text.includes('\ufffd') ? { text, fault: 'encoding' } : { text }
}

/**
 * Two bytes of UTF-8 are often two bytes of GBK as well, three hardly ever; and a line of UTF-8 with a
 * damaged byte often passes for GBK, so most of it must not be well-formed UTF-8.
 */
function evidenceOf(line: Buffer): Evidence {
  const foreign = line.reduce((count, byte) => (byte >= 0x80 ? count + 1 : count), 0)
  if (foreign === 0) return 'ascii'
  if (isUtf8(line)) {
    return line.some((byte) => byte >= wideLead) || !isGb(line) ? 'utf-8' : 'both'
  }
  if (wideBytes(line) * 2 > foreign) return 'damaged'
  return isGb(line) ? 'gb18030' : 'neither'
}

function isGb(line: Buffer): boolean {
  try {
    gbDecoder.decode(line)
    return true
  } catch {
    return false // The only thing a fatal decoder throws.
  }
}

/** How many bytes stand in well-formed sequences of three or four. */
function wideBytes(line: Buffer): number {
  return utf8Decoder
    .decode(line)
    .replace(/[^\u0800-\ufffc\u{10000}-\u{10ffff}]/gu, '')
    .split('')
    .reduce((sum, unit) => sum + (/[\ud800-\udfff]/.test(unit) ? 2 : 3), 0)
}

/** The last line end of the text may be followed by nothing, which is no line. */
function textLines(text: string): string[] {
  const lines = text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function byteLines(bytes: Buffer): Buffer[] {
  // Latin-1 keeps every byte and its place.
  let at = 0
  const lines: Buffer[] = []
  for (const end of bytes.toString('latin1').matchAll(/\r\n|\r|\n/g)) {
    lines.push(bytes.subarray(at, end.index))
    at = end.index + end[0].length
  }
  return at < bytes.length ? [...lines, bytes.subarray(at)] : lines
}
