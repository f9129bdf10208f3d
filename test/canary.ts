/**
 * The canaries: what the product knows of the people and companies of the sample world, in every
 * spelling in which it could get out. Whatever the product says to others than those who may hear it
 * is looked through for them.
 */
import { people } from '../demo/sample.ts'

/** The beginnings that all companies of the sample have in common stand for each of them. */
const canaries: readonly string[] = [
  ...Object.values(people).flatMap(({ name, idNumber, address }) => [name, idNumber, address]),
  ...['椰风海韵餐饮管理', '91460108MA5T', '0898-00000000'],
]

/** Which of the canaries are in there, and in which spelling; more may be named beside them. */
export function canariesIn(said: string | Uint8Array, others: readonly string[] = []): string[] {
  const bytes = Buffer.from(said)
  return [...canaries, ...others].flatMap((secret) =>
    spellingsOf(secret).flatMap(([spelling, form]) =>
      bytes.includes(form) ? [`${secret} in ${spelling}`] : [],
    ),
  )
}

type Spelling = readonly [name: string, form: Buffer]

export function spellingsOf(secret: string): Spelling[] {
  const plain = Buffer.from(secret)
  const wide = Buffer.from(secret, 'utf16le')
  const hex = plain.toString('hex')
  const percent = hex.replaceAll(/../g, '%$&')
  const escaped = Array.from({ length: secret.length }, (_, i) => {
    return `\\u${secret.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
  const texts: readonly (readonly [string, string])[] = [
    ['UTF-8', secret],
    ['percent-encoding', encodeURIComponent(secret)],
    ...bothCases('percent-encoding of every byte', percent),
    ...bothCases('JSON escapes', escaped),
    ...bothCases('hex', hex),
    ...bothCases('hex of UTF-16', wide.toString('hex')),
    ...inBase64(plain, 'UTF-8'),
    ...inBase64(wide, 'UTF-16'),
  ]
  return [
    ...texts.map(([name, text]): Spelling => [name, Buffer.from(text)]),
    ['UTF-16 little-endian', wide],
    ['UTF-16 big-endian', Buffer.from(wide).swap16()],
  ]
}

function bothCases(name: string, text: string): [string, string][] {
  return [
    [name, text],
    // The letter of an escape stays small.
    [name, text.toUpperCase().replaceAll('\\U', '\\u')],
  ]
}

/** Where in a group of three bytes it begins is chance; what its neighbours decide too is cut off. */
function inBase64(bytes: Uint8Array, what: string): [string, string][] {
  return [0, 1, 2].flatMap((before): [string, string][] => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const from = Math.ceil((before * 8) / 6)
    const sure = text.slice(from, Math.floor(((before + bytes.length) * 8) / 6))
    const url = sure.replaceAll('+', '-').replaceAll('/', '_')
    return [
      [`base64 of ${what}`, sure],
      [`base64url of ${what}`, url],
    ]
  })
}
