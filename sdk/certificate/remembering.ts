/**
 * Parts of certificates that occur again and again, such as the name and the key of an authority, and
 * are read once: what was read of these bytes before is given for the same bytes.
 */
import { readDer } from '../der.ts'
import type { DerNode } from '../der.ts'
import { toText } from '../primitives.ts'

const rememberingLimits = { values: 256, bytes: 2_048 } as const

/** As `read`, whose answer depends on nothing but the bytes; of long ones nothing is remembered. */
export function remembering<Value>(read: (node: DerNode) => Value): (node: DerNode) => Value {
  const values = new Map<string, Value>()
  return (node) => {
    const { source, from, end } = node
    if (end - from > rememberingLimits.bytes) return read(node)
    const bytes = toText(source, 'latin1', from, end)
    const known = values.get(bytes)
    if (known !== undefined) return known
    // Of a copy, or it would keep alive whatever it came in.
    const value = read(readDer(new Uint8Array(node.bytes)))
    const [oldest] = values.keys()
    if (values.size >= rememberingLimits.values && oldest !== undefined) values.delete(oldest)
    values.set(bytes, value)
    return value
  }
}
