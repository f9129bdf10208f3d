/** The picture of a department's seal: ring, star and name. The seal itself is the signature. */
import { colours } from './pen.ts'
import type { Pen } from './pen.ts'

interface SealPlace {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** How much of the ring the name takes at most, and how much each character at most, in degrees. */
const nameDegreesMax = 250
const characterDegreesMax = 26

export function drawSeal(
  doc: PDFKit.PDFDocument,
  pen: Pen,
  { x, y, radius, name, caption }: SealPlace & { readonly name: string; readonly caption: string },
): void {
  doc
    .save()
    .opacity(0.8)
    .lineWidth(radius * 0.055)
    .circle(x, y, radius)
    .stroke(colours.seal)
  drawStar(doc, { x, y: y - radius * 0.05, radius: radius * 0.3 })
  const characters = Array.from(name)
  const step = Math.min(characterDegreesMax, nameDegreesMax / Math.max(1, characters.length - 1))
  const size = Math.min(radius * 0.27, (step * Math.PI * radius * 0.78) / 180)
  characters.forEach((character, i) => {
    const degrees = (i - (characters.length - 1) / 2) * step
    doc.save().rotate(degrees, { origin: [x, y] })
    pen.write(
      character,
      { x: x - size, y: y - radius * 0.9, width: size * 2, align: 'center' },
      { size, weight: 'bold', colour: colours.seal },
    )
    doc.restore()
  })
  pen.write(
    caption,
    { x: x - radius, y: y + radius * 0.48, width: radius * 2, align: 'center' },
    { size: radius * 0.19, weight: 'bold', colour: colours.seal },
  )
  doc.restore()
}

/** The points of a star, of which every second lies inside. */
const inner = 0.382

function drawStar(doc: PDFKit.PDFDocument, { x, y, radius }: SealPlace): void {
  Array.from({ length: 10 }, (_, i) => {
    const length = radius * (i % 2 === 0 ? 1 : inner)
    const angle = (i * Math.PI) / 5 - Math.PI / 2
    const point = [x + length * Math.cos(angle), y + length * Math.sin(angle)] as const
    return i === 0 ? doc.moveTo(...point) : doc.lineTo(...point)
  })
  doc.closePath().fill(colours.seal)
}
