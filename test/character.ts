/** Any character of Unicode, for properties of text; fast-check's own list takes a second to make. */
import fc from 'fast-check'

export const character = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
