/** Base45 (RFC 9285): bytes in the 45 characters a QR code packs two into eleven bits. */
import { Problem } from './problem.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

export function toBase45(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    const [high = 0, low] = bytes.subarray(i, i + 2)
    text += low === undefined ? digits(high, 2) : digits(high * 256 + low, 3)
  }
  return text
}

/** The lowest digit first. */
function digits(value: number, count: number): string {
  const one = alphabet.charAt(value % 45)
  return count === 1 ? one : `${one}${digits(Math.floor(value / 45), count - 1)}`
}

/** @throws Problem invalid-encoding */
export function fromBase45(text: string): Uint8Array {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    const group = text.slice(i, i + 3)
    const value = Array.from(group).reduceRight((sum, digit) => sum * 45 + valueOf(digit), 0)
    if (group.length === 1 || value >= 256 ** (group.length - 1)) refuse()
    if (group.length === 3) bytes.push(value >> 8)
    bytes.push(value & 255)
  }
  return Uint8Array.from(bytes)
}

function valueOf(digit: string): number {
  const value = alphabet.indexOf(digit)
  return value === -1 ? refuse() : value
}

function refuse(): never {
  throw new Problem('invalid-encoding', { rule: 'base45' })
}
