/**
 * SM3 (GB/T 32905-2016), for platforms that have none. Of public values only: nothing here hides how
 * long it takes.
 */
const initial = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
] as const
const blockBytes = 64
const rounds = 64
/** Up to this round, and not at it, words are combined bit by bit (§4.3). */
const simpleRounds = 16

type State = readonly [number, number, number, number, number, number, number, number]

export function sm3(message: Uint8Array): Uint8Array {
  const view = padded(message)
  let state: State = initial
  for (let at = 0; at < view.byteLength; at += blockBytes) state = compress(state, expand(view, at))
  const digest = new DataView(new ArrayBuffer(4 * state.length))
  state.forEach((word, i) => {
    digest.setInt32(4 * i, word)
  })
  return new Uint8Array(digest.buffer)
}

/** §5.2: a one, zeros, and the number of bits in eight bytes. */
function padded(message: Uint8Array): DataView {
  const blocks = Math.ceil((message.length + 9) / blockBytes)
  const bytes = new Uint8Array(blocks * blockBytes)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n)
  return view
}

/** §5.3.2: W, of which W′ is the difference of two. */
function expand(block: DataView, at: number): Uint32Array {
  const words = new Uint32Array(rounds + 4)
  const word = (i: number): number => words[i] ?? 0
  for (let i = 0; i < 16; i += 1) words[i] = block.getUint32(at + 4 * i)
  for (let i = 16; i < words.length; i += 1) {
    const sum = word(i - 16) ^ word(i - 9) ^ rotated(word(i - 3), 15)
    const spread = sum ^ rotated(sum, 15) ^ rotated(sum, 23)
    words[i] = spread ^ rotated(word(i - 13), 7) ^ word(i - 6)
  }
  return words
}

/** §5.3.3. */
function compress(before: State, words: Uint32Array): State {
  let after = before
  for (let j = 0; j < rounds; j += 1) after = mixed(after, j, words)
  const [a, b, c, d, e, f, g, h] = after
  const [i, k, l, m, n, o, p, q] = before
  return [a ^ i, b ^ k, c ^ l, d ^ m, e ^ n, f ^ o, g ^ p, h ^ q]
}

function mixed([a, b, c, d, e, f, g, h]: State, j: number, words: Uint32Array): State {
  const isSimple = j < simpleRounds
  const constant = rotated(isSimple ? 0x79cc4519 : 0x7a879d8a, j % 32)
  const ss1 = rotated((rotated(a, 12) + e + constant) | 0, 7)
  const ff = isSimple ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
  const gg = isSimple ? e ^ f ^ g : (e & f) | (~e & g)
  const [own, later] = [words[j] ?? 0, words[j + 4] ?? 0]
  const tt1 = (ff + d + (ss1 ^ rotated(a, 12)) + (own ^ later)) | 0
  const tt2 = (gg + h + ss1 + own) | 0
  return [tt1, a, rotated(b, 9), c, tt2 ^ rotated(tt2, 9) ^ rotated(tt2, 17), e, rotated(f, 19), g]
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
