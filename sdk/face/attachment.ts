/**
 * The files that are attached in a PDF (ISO 32000-2 §7.11.4), found by their bytes. The PDF itself is
 * not read: streams always stand by themselves, outside of every compressed object, so whoever did
 * not encrypt the file left their dictionaries in clear. Nothing found here is believed.
 */
import { inflate } from '../compression.ts'
import { indexOfText, readily, toText } from '../primitives.ts'
import { Problem } from '../problem.ts'

export const attachmentLimits = { count: 16, dictionaryBytes: 2_048, bytes: 1_048_576 } as const

export interface Attachment {
  /** As it was attached, inflated when it had been compressed. */
  readonly content: Uint8Array
  /** Where its stream stands in the file. */
  readonly start: number
  readonly end: number
}

/**
 * Those that can be read, in the order of the file.
 * @throws Problem invalid-face when there are more than anybody has a reason for
 */
export function attachmentsIn(file: Uint8Array): readonly Attachment[] {
  const bytes = readily(file)
  const found: Attachment[] = []
  const nextMark = (from: number): number => indexOfText(bytes, mark, from)
  let seen = 0
  for (let at = nextMark(0); at !== -1; at = nextMark(at + mark.length)) {
    // The name tree is called almost the same.
    if (/[\w#]/.test(latin1(bytes, at + mark.length, 1))) continue
    seen += 1
    if (seen > attachmentLimits.count) throw new Problem('invalid-face', { rule: 'attachments' })
    const attachment = attachmentAt(bytes, at)
    if (attachment) found.push(attachment)
  }
  return found
}

const mark = '/EmbeddedFile'

function attachmentAt(bytes: Uint8Array, at: number): Attachment | undefined {
  const window = latin1(bytes, at, attachmentLimits.dictionaryBytes)
  const begin = /\bstream(\r\n|\n)/.exec(window)
  if (!begin) return undefined
  const start = at + begin.index + begin[0].length
  const from = Math.max(0, at - attachmentLimits.dictionaryBytes)
  const before = latin1(bytes, from, at - from)
  const opened = before.slice(before.lastIndexOf(' obj'))
  const dictionary = `${opened}${window.slice(0, begin.index)}`
  const end = endOf(bytes, start, dictionary)
  if (end === undefined) return undefined
  const content = contentOf(bytes.subarray(start, end), dictionary)
  return content && { content, start, end }
}

/** Where the length says; where it is written elsewhere, at the word that ends every stream. */
function endOf(bytes: Uint8Array, start: number, dictionary: string): number | undefined {
  const [, length] = /\/Length\s+(\d{1,9})(?!\s+\d+\s+R)/.exec(dictionary) ?? []
  const end = length === undefined ? indexOfText(bytes, 'endstream', start) : start + Number(length)
  const isWhole = end !== -1 && /^\s{0,2}endstream/.test(latin1(bytes, end, 11))
  return isWhole ? end : undefined
}

function contentOf(stream: Uint8Array, dictionary: string): Uint8Array | undefined {
  if (stream.length > attachmentLimits.bytes) return undefined
  if (!dictionary.includes('/Filter')) return stream
  if (!/\/Filter\s*\[?\s*\/FlateDecode\b/.test(dictionary)) return undefined
  return inflate(stream, attachmentLimits.bytes)?.content
}

function latin1(bytes: Uint8Array, from: number, span: number): string {
  return toText(bytes, 'latin1', from, from + span)
}
