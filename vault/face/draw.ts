/**
 * Draws a face (照面): paper, frame, title, rows, codes, seal and the words of the copy, as a PDF whose
 * bytes depend on its arguments alone. What it says is `content.ts`; what is attached, `attach.ts`.
 */
import PDFDocument from 'pdfkit'
import { attach } from './attach.ts'
import type { Enclosure } from './attach.ts'
import { words } from './content.ts'
import type { Entry, FaceContent } from './content.ts'
import { colours, createPen, openFonts } from './pen.ts'
import type { Fonts, Pen } from './pen.ts'
import { drawSeal } from './seal.ts'
import { drawSymbol } from './symbol.ts'

export interface Drawing {
  readonly content: FaceContent
  /** Address of the page that says the state. */
  readonly statusUrl: string
  readonly offlineCode: string
  readonly enclosures: readonly Enclosure[]
}

/** All lengths in points, of which an inch has 72. */
const frame = 30
const side = 66
const bodyTop = 119
const stripHeight = 54
const footHeight = 104
const gap = 24

interface Sheet {
  readonly doc: PDFKit.PDFDocument
  readonly pen: Pen
  readonly content: FaceContent
}

export type Draw = (drawing: Drawing) => Promise<Uint8Array>

export function createDraw(): Draw {
  const fonts = openFonts()
  return (drawing) => drawFace(drawing, fonts)
}

async function drawFace(drawing: Drawing, fonts: Fonts): Promise<Uint8Array> {
  const { content } = drawing
  const doc = new PDFDocument({
    ...{ size: 'A4', layout: content.paper, margin: 0, autoFirstPage: false, font: '' },
    ...{ pdfVersion: '1.7', lang: 'zh-CN', displayTitle: true },
    info: {
      Title: `${content.title.zh} ${content.licenceId}`,
      ...{ Producer: 'Zhengtong', Creator: 'Zhengtong', CreationDate: content.made },
    },
  })
  const chunks: Buffer[] = []
  const ended = new Promise<void>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('end', resolve)
    doc.on('error', reject)
  })
  const sheet: Sheet = { doc, pen: createPen(doc, fonts), content }
  beginPage(sheet)
  drawTitle(sheet)
  const y = drawRows(sheet)
  if (y > footTop(doc)) endAndBegin(sheet)
  drawFoot(sheet, drawing)
  drawWatermark(sheet)
  for (const enclosure of drawing.enclosures) attach(doc, enclosure)
  doc.end()
  await ended
  return Buffer.concat(chunks)
}

function beginPage({ doc, pen, content }: Sheet): void {
  doc.addPage()
  const { width, height } = doc.page
  doc.rect(0, 0, width, height).fill('#fffdf8')
  const border = (inset: number, line: number): void => {
    doc.lineWidth(line).rect(inset, inset, width - 2 * inset, height - 2 * inset)
    doc.stroke(colours.frame)
  }
  border(frame, 1.6)
  border(frame + 5, 0.5)
  drawStrip({ doc, pen, content })
}

function endAndBegin(sheet: Sheet): void {
  drawWatermark(sheet)
  beginPage(sheet)
}

function drawTitle({ doc, pen, content: { title } }: Sheet): void {
  const place = { x: side, width: doc.page.width - 2 * side, align: 'center' } as const
  // Characters of a title stand apart, as on paper.
  const zh = Array.from(title.zh).join(Array.from(title.zh).length > 8 ? '' : '\u2002')
  const size = Math.min(28, (28 * place.width) / pen.widthOf(zh, { size: 28, weight: 'bold' }))
  pen.write(zh, { ...place, y: 50 }, { size, weight: 'bold' })
  pen.write(title.en, { ...place, y: 86 }, { size: 9, colour: colours.label })
  const middle = doc.page.width / 2
  doc.lineWidth(0.8)
  doc.moveTo(middle - 60, 104).lineTo(middle - 8, 104)
  doc
    .moveTo(middle + 8, 104)
    .lineTo(middle + 60, 104)
    .stroke(colours.frame)
  doc.save().rotate(45, { origin: [middle, 104] })
  doc
    .rect(middle - 2.2, 101.8, 4.4, 4.4)
    .fill(colours.frame)
    .restore()
}

/** How large values are written: as large as one page allows, and at least the smallest. */
const valueSizes = [17, 15, 13, 12, 11, 10, 9] as const
const lineHeight = 1.4
const labelLine = 11.5
const rowGap = 5.5

interface Column {
  readonly entry: Entry
  readonly x: number
  readonly width: number
  readonly lines: readonly string[]
}

/** Answers where the last row ends. */
function drawRows(sheet: Sheet): number {
  const { doc } = sheet
  const fits = (size: number): boolean =>
    columnsAt(sheet, size).reduce((y, row) => y + heightOf(row, size), bodyTop) <= footTop(doc)
  const size = valueSizes.find(fits) ?? valueSizes[valueSizes.length - 1] ?? 0
  return columnsAt(sheet, size).reduce((y, row) => drawRow(sheet, row, { y, size }), bodyTop)
}

function columnsAt({ doc, pen, content }: Sheet, size: number): readonly (readonly Column[])[] {
  return content.rows.map((row) => {
    const width = (doc.page.width - 2 * side - gap * (row.length - 1)) / row.length
    return row.map((entry, i) => ({
      ...{ entry, width, x: side + i * (width + gap) },
      lines: pen.lines(entry.value, width, { size }),
    }))
  })
}

function heightOf(row: readonly Column[], size: number): number {
  return labelLine + linesOf(row) * size * lineHeight + rowGap
}

function linesOf(row: readonly Column[]): number {
  return Math.max(...row.map(({ lines }) => lines.length))
}

interface Line {
  readonly y: number
  readonly size: number
}

/** What has no room goes on over the page, under its label again. */
function drawRow(sheet: Sheet, row: readonly Column[], { y, size }: Line): number {
  const room = Math.floor((stripTop(sheet.doc) - gap - y - labelLine) / (size * lineHeight))
  if (room < 1) {
    endAndBegin(sheet)
    return drawRow(sheet, row, { y: frame + gap, size })
  }
  const here = row.map((column) => ({ ...column, lines: column.lines.slice(0, room) }))
  const bottom = y + heightOf(here, size)
  for (const column of here) drawColumn(sheet, column, { y, size, bottom })
  if (linesOf(row) <= room) return bottom
  const rest = row.map((column) => ({ ...column, lines: column.lines.slice(room) }))
  return drawRow(sheet, rest, { y: bottom, size })
}

function drawColumn(
  { doc, pen }: Sheet,
  { entry, x, width, lines }: Column,
  { y, size, bottom }: Line & { readonly bottom: number },
): void {
  drawLabel(pen, entry, { x, y, width })
  lines.forEach((line, i) => {
    pen.write(line, { x, y: y + labelLine + i * size * lineHeight, width }, { size })
  })
  const end = bottom - rowGap + 1.5
  doc
    .lineWidth(0.5)
    .moveTo(x, end)
    .lineTo(x + width, end)
    .stroke(colours.hairline)
}

/** Chinese, and English behind it where there is room. */
function drawLabel(
  pen: Pen,
  { label }: Entry,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): void {
  const [zh, en] = [
    { size: 8, colour: colours.label },
    { size: 6.2, colour: colours.faint },
  ] as const
  pen.write(label.zh, { x, y, width }, zh)
  const from = pen.widthOf(label.zh, zh) + 6
  if (from + pen.widthOf(label.en, en) > width) return
  pen.write(label.en, { x: x + from, y: y + 1.6, width: width - from }, en)
}

function stripTop(doc: PDFKit.PDFDocument): number {
  return doc.page.height - frame - 12 - stripHeight
}

function footTop(doc: PDFKit.PDFDocument): number {
  return stripTop(doc) - 10 - footHeight
}

/** What makes it a copy, on every page. */
function drawStrip({ doc, pen, content: { annotations, licenceId } }: Sheet): void {
  const [top, width] = [stripTop(doc), doc.page.width - 2 * (frame + 12)]
  const x = frame + 12
  doc.save().opacity(0.05).rect(x, top, width, stripHeight).fill(colours.seal).restore()
  doc.rect(x, top, 3, stripHeight).fill(colours.seal)
  const badge = { x: x + 14, width: 62 }
  pen.write(words.annotated.zh, { ...badge, y: top + 12 }, { ...strip, size: 15, weight: 'bold' })
  pen.write(words.annotated.en, { ...badge, y: top + 32 }, { ...strip, size: 6 })
  const column = (width - 96) / 3
  annotations.forEach((entry, i) => {
    const place = { x: x + 88 + (i % 3) * column, width: column - 8 }
    drawPair(pen, entry, { ...place, y: top + 7 + Math.floor(i / 3) * 15 })
  })
  const identifier = { label: words.identifier, value: licenceId }
  drawPair(pen, identifier, { x: x + 88, y: top + 38, width: width - 96 })
}

const strip = { size: 7.4, colour: colours.seal } as const

/** One line, as small as it must be to be whole. */
function drawPair(
  pen: Pen,
  { label, value: text }: Entry,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): void {
  pen.write(label.zh, { x, y, width }, { size: strip.size, colour: colours.label })
  const from = pen.widthOf(label.zh, strip) + 5
  const size = Math.min(strip.size, (strip.size * (width - from)) / pen.widthOf(text, strip))
  pen.write(text, { x: x + from, y, width: width - from }, { size })
}

function drawFoot(sheet: Sheet, { statusUrl, offlineCode }: Drawing): void {
  const { doc, pen, content } = sheet
  const [top, size] = [footTop(doc), 90]
  const codes = [
    { text: offlineCode, label: words.offline, x: side, size },
    { text: statusUrl, label: words.status, x: side + size + 18, size: 58 },
  ]
  for (const { text, label, x, size: width } of codes) {
    drawSymbol(doc, text, { x, y: top + size - width, size: width })
    const caption = `${label.zh} ${label.en}`
    const place = { x: x - 20, y: top + size + 4, width: width + 40, align: 'center' } as const
    pen.write(caption, place, { size: 6.4, colour: colours.label })
  }
  const right = { x: doc.page.width - side - 270, width: 270, align: 'right' } as const
  pen.write(content.issuer.zh, { ...right, y: top + 26 }, { size: 14, weight: 'bold' })
  pen.write(content.issuer.en, { ...right, y: top + 46 }, { size: 6.6, colour: colours.label })
  const dates = [content.issued, content.validity]
  dates.forEach(({ label, value: text }, i) => {
    const style = { size: 9.4, colour: colours.ink }
    pen.write(`${label.zh}  ${text}`, { ...right, y: top + 60 + i * 15 }, style)
  })
  drawSeal(doc, pen, {
    ...{ x: doc.page.width - side - 150, y: top + 42, radius: 50 },
    ...{ name: content.issuer.zh, caption: words.seal.zh },
  })
}

const watermarkDegrees = -24

/** Over everything, faintly: a copy cannot be cut out of its purpose. */
function drawWatermark({ doc, pen, content: { watermark } }: Sheet): void {
  const { width, height } = doc.page
  const style = { size: 12, colour: colours.seal }
  const step = pen.widthOf(watermark, style) + 60
  doc
    .save()
    .opacity(0.1)
    .rotate(watermarkDegrees, { origin: [width / 2, height / 2] })
  for (let y = -width / 3, line = 0; y < height + width / 3; y += 84, line += 1) {
    for (let x = -width / 3 - (line % 2) * (step / 2); x < width * 1.3; x += step) {
      pen.write(watermark, { x, y, width: step }, style)
    }
  }
  doc.restore()
}
