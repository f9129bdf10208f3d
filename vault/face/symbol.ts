/** A QR symbol (ISO/IEC 18004) as filled squares. */
import { encode } from 'uqr'
import { colours } from './pen.ts'

/** What phones still read from paper at the sizes we print. */
const symbolVersionMax = 20

export function drawSymbol(
  doc: PDFKit.PDFDocument,
  text: string,
  { x, y, size }: { readonly x: number; readonly y: number; readonly size: number },
): void {
  const { data, size: modules } = encode(text, {
    ...{ ecc: 'M', border: 0, maxVersion: symbolVersionMax },
  })
  const side = size / modules
  doc.save().rect(x, y, size, size).fill('#ffffff')
  // One path for the whole symbol; squares of a row that touch are one rectangle, without seams.
  data.forEach((row, line) => {
    for (const { from, length } of runsOf(row)) {
      doc.rect(x + from * side, y + line * side, length * side, side + seam)
    }
  })
  doc.fill(colours.ink).restore()
}

/** Rows overlap by a hair, or a printer would show the paper between them. */
const seam = 0.02

function runsOf(row: readonly boolean[]): { from: number; length: number }[] {
  const runs: { from: number; length: number }[] = []
  row.forEach((isDark, i) => {
    if (!isDark) return
    const last = runs.at(-1)
    if (last && last.from + last.length === i) last.length += 1
    else runs.push({ from: i, length: 1 })
  })
  return runs
}
