/**
 * The two forms of an ECDSA signature: r‖s, as tokens carry it (RFC 7518 §3.4), and SEQUENCE { r, s }
 * (RFC 3279 §2.2.3), as OpenSSL wants and gives it. Asking Node for r‖s costs as much as the signature.
 */
import { fieldsOf, scalarOf } from '../der-value.ts'
import { readDer, tags } from '../der.ts'
import { concatBytes } from '../primitives.ts'
import { Problem } from '../problem.ts'

/**
 * SEQUENCE { r, s } of r‖s; undefined where one of them is zero, which none of a signature is (FIPS 186-5
 * §6.4.2): then nobody need ask OpenSSL.
 */
export function derOfPlainSignature(signature: Uint8Array): Uint8Array | undefined {
  const { length } = signature
  const r = numberIn(signature, { from: 0, to: length / 2 })
  const s = numberIn(signature, { from: length / 2, to: length })
  if (signature[r.from] === 0 || signature[s.from] === 0) return undefined
  const content = 4 + r.length + s.length
  const head = content < 0x80 ? 2 : 3
  const der = new Uint8Array(head + content)
  der[0] = tags.sequence
  if (head === 3) der[1] = 0x81
  der[head - 1] = content
  writeInteger(der, head, r, signature)
  writeInteger(der, head + 2 + r.length, s, signature)
  return der
}

interface Digits {
  readonly from: number
  readonly to: number
  /** With the zero before a number above zero that would read as one below. */
  readonly length: number
}

function numberIn(bytes: Uint8Array, { from, to }: Omit<Digits, 'length'>): Digits {
  let start = from
  while (start < to - 1 && bytes[start] === 0) start += 1
  const padding = (bytes[start] ?? 0) < 0x80 ? 0 : 1
  return { from: start, to, length: padding + to - start }
}

/** Byte by byte: views and copies of so few cost more than the bytes. */
function writeInteger(
  der: Uint8Array,
  at: number,
  { from, to, length }: Digits,
  bytes: Uint8Array,
): void {
  der[at] = tags.integer
  der[at + 1] = length
  const end = at + 2 + length
  for (let i = from; i < to; i += 1) der[end - to + i] = bytes[i] ?? 0
}

/** r‖s of what OpenSSL has signed, each number in half of the length. */
export function plainSignatureOfDer(der: Uint8Array, length: number): Uint8Array {
  const plain = new Uint8Array(length)
  const head = (der[1] ?? 0) < 0x80 ? 2 : 3
  const next = copyInteger(der, head, { plain, end: length / 2 })
  copyInteger(der, next, { plain, end: length })
  return plain
}

/** To the right of its half, without the zero in front that only DER needs; answers where the next begins. */
function copyInteger(
  der: Uint8Array,
  at: number,
  { plain, end }: { readonly plain: Uint8Array; readonly end: number },
): number {
  const next = at + 2 + (der[at + 1] ?? 0)
  const digits = Math.min(next - at - 2, plain.length / 2)
  for (let i = 1; i <= digits; i += 1) plain[end - i] = der[next - i] ?? 0
  return next
}

/** r‖s of what somebody else calls SEQUENCE { r, s }; undefined when that is not what it is. */
export function readPlainSignature(der: Uint8Array, length: number): Uint8Array | undefined {
  try {
    const fields = fieldsOf(readDer(der))
    const parts = [scalarOf(fields.next(), length / 2), scalarOf(fields.next(), length / 2)]
    fields.end()
    return concatBytes(...parts)
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}
