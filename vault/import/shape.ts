/**
 * What a value looks like, without what it says: `44010119900230123X` is `99999999999999999A`. Enough
 * to see a rounded number, wide digits or an invisible character, and nothing about anybody.
 */

const lengthMax = 80

const shapes: readonly { readonly of: RegExp; readonly is: string }[] = [
  { of: /[0-9]/g, is: '9' },
  { of: /[A-Z]/g, is: 'A' },
  { of: /[a-z]/g, is: 'a' },
  { of: /[０-９]/g, is: '９' },
  { of: /[Ａ-Ｚａ-ｚ]/g, is: 'Ａ' },
  { of: /(?![0-9A-Za-z０-９Ａ-Ｚａ-ｚ])[\p{L}\p{N}\p{M}]/gu, is: '字' },
]

export function shapeOf(text: string): string {
  const masked = shapes.reduce((shape, { of, is }) => shape.replace(of, is), text)
  const visible = masked.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu,
    (hidden) => `<${(hidden.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}>`,
  )
  return visible.length > lengthMax ? `${visible.slice(0, lengthMax)}…` : visible
}
