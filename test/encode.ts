/** Text in the encodings of old registers, which Node reads and does not write. */

type Encoding = 'gb18030' | 'big5'

const tables = new Map<Encoding, ReadonlyMap<string, Buffer>>()

/** @throws when a character has no bytes in the encoding */
export function encode(text: string, encoding: Encoding): Buffer {
  const table = tables.get(encoding) ?? tableOf(encoding)
  tables.set(encoding, table)
  return Buffer.concat(
    Array.from(text, (character) => {
      const point = character.codePointAt(0) ?? 0
      if (point < 0x80) return Buffer.of(point)
      const bytes = table.get(character)
      if (bytes) return bytes
      if (encoding === 'gb18030' && point >= 0x10000) return fourBytes(point - 0x10000)
      throw new Error(`no bytes for ${character} in ${encoding}`)
    }),
  )
}

/** What two bytes of the encoding stand for, the other way round. */
function tableOf(encoding: Encoding): ReadonlyMap<string, Buffer> {
  const pairs: Buffer[] = []
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) pairs.push(Buffer.of(lead, trail))
  }
  const lines = pairs.flatMap((pair) => [pair, Buffer.of(0x0a)])
  const characters = new TextDecoder(encoding).decode(Buffer.concat(lines)).split('\n')
  const known = pairs.flatMap((pair, i): [string, Buffer][] => {
    const character = characters[i] ?? ''
    return Array.from(character).length === 1 && character !== '\ufffd' ? [[character, pair]] : []
  })
  return new Map(known.toReversed())
}

/** GB 18030-2005: the supplementary planes follow one another from 90 30 81 30. */
function fourBytes(place: number): Buffer {
  return Buffer.of(
    0x90 + Math.floor(place / 12_600),
    0x30 + (Math.floor(place / 1_260) % 10),
    0x81 + (Math.floor(place / 10) % 126),
    0x30 + (place % 10),
  )
}
