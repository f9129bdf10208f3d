/**
 * Parts of certificates that occur again and again, such as the name and the key of an authority, and
 * are read once: what was read of these bytes before is given for the same bytes.
 */
import type { DerNode } from '../der.ts'
import { toText } from '../primitives.ts'

const rememberingLimits = { values: 256, bytes: 2_048 } as const

/**
 * As `read`, whose answer depends on nothing but the bytes; of long ones nothing is remembered.
 * @param read gets the bytes as a text too, and keeps nothing of the node, which would keep alive
 * whatever it came in
 */
export function remembering<Value>(
  read: (node: DerNode, encoded: string) => Value,
): (node: DerNode) => Value {
  let recent = new Map<string, Value>()
  let older = recent
  return (node) => {
    const { source, from, end } = node
    const encoded = toText(source, 'latin1', from, end)
    const known = recent.get(encoded)
    if (known !== undefined) return known
    const value = older.get(encoded) ?? read(node, encoded)
    if (end - from > rememberingLimits.bytes) return value
    if (recent.size === rememberingLimits.values / 2) {
      older = recent
      recent = new Map()
    }
    recent.set(encoded, value)
    return value
  }
}
