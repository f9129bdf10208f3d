/** IP addresses as text (RFC 791, RFC 4291 §2.2) turned into the bytes that certificates carry. */

/** 4 or 16 bytes; undefined when the text is no address. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  const areNumbers = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return parts.length === 4 && areNumbers ? Uint8Array.from(parts, Number) : undefined
}

/** `::` stands once for at least one group of zeros. */
function parseV6(text: string): Uint8Array | undefined {
  const [head = '', tail, another] = text.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  if (!before || !after || another !== undefined) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => 0), ...after]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

function groupsOf(text: string): readonly number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const v4 = parseV4(parts.at(-1) ?? '')
  if (v4) parts.splice(-1, 1, hexOf(v4, 0), hexOf(v4, 2))
  const areGroups = parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))
  return areGroups ? parts.map((part) => Number.parseInt(part, 16)) : undefined
}

function hexOf(bytes: Uint8Array, from: number): string {
  return (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)).toString(16)
}
