/**
 * Files attached in a PDF (ISO 32000-2 §7.11.4, §14.13), uncompressed, so that `sdk/face.ts` finds them
 * without reading the PDF.
 */
export interface Enclosure {
  readonly name: string
  readonly type: string
  /** Source: what the face was made from. Data: what is said of it. */
  readonly relationship: 'Source' | 'Data'
  readonly content: string
}

type Reference = Omit<PDFKit.PDFKitReference, 'end'> & {
  readonly end: (content?: Uint8Array) => void
}

/** What the types of pdfkit leave out and its documentation has. */
interface Objects {
  compress: boolean
  readonly ref: (data: object) => Reference
  readonly addNamedEmbeddedFile: (name: string, file: Reference) => void
  readonly _root: { readonly data: { AF?: Reference[] } }
}

export function attach(doc: PDFKit.PDFDocument, enclosure: Enclosure): void {
  const { name, type, relationship, content } = enclosure
  const objects = doc as unknown as Objects // As above.
  const before = objects.compress
  objects.compress = false
  const file = objects.ref({
    Type: 'EmbeddedFile',
    Subtype: type.replaceAll('/', '#2F').replaceAll('+', '#2B'),
    Params: { Size: content.length },
  })
  file.end(Buffer.from(content, 'latin1'))
  objects.compress = before
  // A string that is an object is written as a string, and not as a name.
  const text: unknown = Object(name)
  const specification = objects.ref({
    ...{ Type: 'Filespec', AFRelationship: relationship, F: text, UF: text, EF: { F: file } },
  })
  specification.end()
  objects.addNamedEmbeddedFile(name, specification)
  ;(objects._root.data.AF ??= []).push(specification)
}
