/**
 * Text on paper: which font, where lines break, and what stands for a character the font lacks. Lines
 * are broken here, not by the library, so that a long value can go on over a page.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import PDFDocument from 'pdfkit'

export type Weight = 'regular' | 'bold'

/** Noto Sans Hans; under the Open Font Licence it may be embedded. */
const fontPackage = createRequire(import.meta.url).resolve('@embedpdf/fonts-sc')
const fontFiles = { regular: 'NotoSansHans-Regular.otf', bold: 'NotoSansHans-Bold.otf' } as const

export interface Style {
  readonly size: number
  readonly weight?: Weight
  readonly colour?: string
}

export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly align?: 'left' | 'center' | 'right'
}

export interface Pen {
  readonly lines: (text: string, width: number, style: Style) => readonly string[]
  /** One line, which is not broken. */
  readonly write: (line: string, place: Place, style: Style) => void
  readonly widthOf: (line: string, style: Style) => number
}

export const colours = {
  ink: '#1d1d1f',
  label: '#6f6a60',
  faint: '#a49c8d',
  hairline: '#e2d9c6',
  frame: '#b3925a',
  seal: '#d0021b',
} as const

/** A font as fontkit opened it, which the types of pdfkit do not know. */
interface OpenedFont {
  readonly hasGlyphForCodePoint: (point: number) => boolean
}

export type Fonts = Readonly<Record<Weight, OpenedFont>>

/** Opened once for every face: parsing them anew takes longer than all the drawing. */
export function openFonts(): Fonts {
  return { regular: openFont(fontFiles.regular), bold: openFont(fontFiles.bold) }
}

function openFont(file: string): OpenedFont {
  const path = join(dirname(fontPackage), '../fonts', file)
  const doc = new PDFDocument({ font: path })
  return (doc as unknown as { _font: { font: OpenedFont } })._font.font // As above.
}

export function createPen(doc: PDFKit.PDFDocument, fonts: Fonts): Pen {
  for (const [weight, font] of Object.entries(fonts)) {
    doc.registerFont(weight, font as unknown as string) // What is opened is taken as it is.
  }
  const known = new Map<string, boolean>()
  const isDrawable = (character: string): boolean => {
    const found = known.get(character)
    if (found !== undefined) return found
    const has = fonts.regular.hasGlyphForCodePoint(character.codePointAt(0) ?? 0)
    known.set(character, has)
    return has
  }
  const drawable = (text: string): string =>
    Array.from(text, (one) => (one === '\n' || isDrawable(one) ? one : codePointOf(one))).join('')
  const measure = (text: string, { size, weight = 'regular' }: Style): number =>
    doc.font(weight).fontSize(size).widthOfString(text)
  // Of each character alone: measuring whole lines again and again takes the square of their length.
  const advances = new Map<string, number>()
  const advance = (character: string, { size, weight = 'regular' }: Style): number => {
    const name = `${weight} ${character}`
    const found = advances.get(name) ?? measure(character, { size: 1, weight })
    advances.set(name, found)
    return found * size
  }
  return {
    widthOf: (line, style) => measure(drawable(line), style),
    lines: (text, width, style) =>
      drawable(text)
        .split('\n')
        .flatMap((line) => broken(line, width, (one) => advance(one, style))),
    write: (line, { x, y, width, align = 'left' }, { size, weight = 'regular', colour }) => {
      const text = drawable(line)
      const left = { left: 0, center: 0.5, right: 1 }[align]
      const from = x + (width - measure(text, { size, weight })) * left
      doc.fillColor(colour ?? colours.ink).text(text, from, y, { lineBreak: false })
    },
  }
}

/** No face may leave a character out, or show an empty box for it. */
function codePointOf(character: string): string {
  return `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
}

/** What must not begin a line. */
const closing = /^[、。，．：；！？）》」』】〕”’…)\],.:;!?]$/u

/**
 * Chinese breaks anywhere but before a closing mark; Latin words and numbers stay whole if they can, and
 * what is wider than a line breaks anywhere.
 */
function broken(line: string, width: number, advance: (character: string) => number): string[] {
  const lines: string[] = []
  let current = ''
  let used = 0
  const beginLineUnless = (fits: boolean): void => {
    if (fits || current === '') return
    lines.push(current)
    current = ''
    used = 0
  }
  for (const piece of piecesOf(line)) {
    const advances = Array.from(piece, (one) => [one, advance(one)] as const)
    const needed = advances.reduce((sum, [, own]) => sum + own, 0)
    beginLineUnless(used + needed <= width)
    for (const [character, own] of advances) {
      beginLineUnless(used + own <= width)
      current += character
      used += own
    }
  }
  return [...lines, current]
}

function piecesOf(line: string): string[] {
  const pieces: string[] = []
  for (const piece of line.match(/[!-~]+ ?|[^!-~]/gu) ?? []) {
    const before = pieces.at(-1)
    if (before !== undefined && closing.test(piece)) pieces[pieces.length - 1] = before + piece
    else pieces.push(piece)
  }
  return pieces
}
