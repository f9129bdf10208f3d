/**
 * Looks at a face with a program that is not ours: its text, its attachments, its pages as pictures.
 *
 *     node test/render-face.ts FILE.pdf [FOLDER]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import * as mupdf from 'mupdf'

/** The text of each page, in the order in which it was drawn. */
export function textOf(pdf: Uint8Array): string[] {
  const document = mupdf.Document.openDocument(pdf, 'application/pdf')
  return Array.from({ length: document.countPages() }, (_, i) =>
    document.loadPage(i).toStructuredText('preserve-whitespace').asText(),
  )
}

/** Each page as PNG. */
function picturesOf(pdf: Uint8Array, scale: number): Uint8Array[] {
  const document = mupdf.Document.openDocument(pdf, 'application/pdf')
  return Array.from({ length: document.countPages() }, (_, i) =>
    document
      .loadPage(i)
      .toPixmap(mupdf.Matrix.scale(scale, scale), mupdf.ColorSpace.DeviceRGB)
      .asPNG(),
  )
}

if (import.meta.main) {
  const [, , file = '', folder = '.'] = argv
  const pdf = readFileSync(file)
  picturesOf(pdf, 2).forEach((picture, i) => {
    writeFileSync(join(folder, `page-${i + 1}.png`), picture)
  })
  process.stdout.write(`${textOf(pdf).join('\n\n')}\n`)
}
