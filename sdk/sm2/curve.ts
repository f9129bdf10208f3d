/**
 * The curve of SM2 (GB/T 32918.5-2017, sm2p256v1), as far as verifying needs it: points, and the sum
 * s·G + t·P by tables of multiples. All of it works on public values, so its time may tell what it
 * likes; nothing here may ever be given a private key.
 *
 * Between operations a coordinate is any number above −p and below p that stands for it: zero has then
 * one spelling only, and comparing with it is enough. `mod` gives the usual one.
 */
export const p = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn
/** How many points there are; it is prime, so every point but infinity has this order. */
export const n = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
export const a = p - 3n
export const b = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n

export interface Point {
  readonly x: bigint
  readonly y: bigint
}

export const generator: Point = {
  x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
}

/** The point X/Z², Y/Z³; infinity when Z is 0. */
interface Jacobian {
  readonly X: bigint
  readonly Y: bigint
  readonly Z: bigint
}

const infinity: Jacobian = { X: 1n, Y: 1n, Z: 0n }

/** Bits of a scalar that one look into a table takes. */
const width = 6
const windows = Math.ceil(256 / width)
const perWindow = (1 << width) - 1
const mask = BigInt(perWindow)

/** Of a point P: the points d·2^(width·w)·P at [w][d − 1]. */
export type Table = readonly (readonly Point[])[]

export function tableOf(point: Point): Table {
  const multiples: Jacobian[] = []
  let base = point
  for (let w = 0; w < windows; w += 1) {
    let multiple: Jacobian = { X: base.x, Y: base.y, Z: 1n }
    multiples.push(multiple)
    for (let d = 2; d <= perWindow; d += 1) {
      multiple = addAffine(multiple, base)
      multiples.push(multiple)
    }
    const [next] = toAffine([addAffine(multiple, base)])
    if (next) base = next
  }
  const points = toAffine(multiples)
  return Array.from({ length: windows }, (_, w) => points.slice(w * perWindow, (w + 1) * perWindow))
}

/** Made when the first signature is verified: most programs that use the sdk meet none. */
let tableOfGenerator: Table | undefined

/** The x coordinate of s·G + t·P, undefined at infinity. @param of P, or its table */
export function xOfSum(s: bigint, t: bigint, of: Point | Table): bigint | undefined {
  tableOfGenerator ??= tableOf(generator)
  const multiple = 'x' in of ? multiply(of, t) : addMultiple(infinity, t, of)
  const { X, Z } = addMultiple(multiple, s, tableOfGenerator)
  if (Z === 0n) return undefined
  const inverse = invert(Z)
  return mod(X * ((inverse * inverse) % p))
}

/** Four bits at a time from the left, for a point that is met seldom. */
function multiply(point: Point, scalar: bigint): Jacobian {
  const multiples = [{ X: point.x, Y: point.y, Z: 1n }]
  for (let d = 2; d < 16; d += 1) multiples.push(addAffine(multiples[d - 2] ?? infinity, point))
  const affine = toAffine(multiples)
  let result = infinity
  for (const digit of scalar.toString(16)) {
    for (let bit = 0; bit < 4; bit += 1) result = double(result)
    const multiple = affine[parseInt(digit, 16) - 1]
    if (multiple) result = addAffine(result, multiple)
  }
  return result
}

function addMultiple(sum: Jacobian, scalar: bigint, table: Table): Jacobian {
  let rest = scalar
  let result = sum
  for (const window of table) {
    const point = window[Number(rest & mask) - 1]
    if (point) result = addAffine(result, point)
    rest >>= BigInt(width)
  }
  return result
}

/** With a = −3: M = 3(X − Z²)(X + Z²). The order is odd, so Y is zero nowhere. */
function double({ X, Y, Z }: Jacobian): Jacobian {
  const zz = (Z * Z) % p
  const yy = (Y * Y) % p
  const s = (4n * X * yy) % p
  const m = (3n * (X - zz) * (X + zz)) % p
  const x = (m * m - 2n * s) % p
  return { X: x, Y: (m * (s - x) - 8n * yy * yy) % p, Z: (2n * Y * Z) % p }
}

function addAffine(left: Jacobian, { x, y }: Point): Jacobian {
  if (left.Z === 0n) return { X: x, Y: y, Z: 1n }
  const { X, Y, Z } = left
  const zz = (Z * Z) % p
  const h = (x * zz - X) % p
  const r = (y * ((zz * Z) % p) - Y) % p
  if (h === 0n) return r === 0n ? double(left) : infinity
  const hh = (h * h) % p
  const hhh = (hh * h) % p
  const v = (X * hh) % p
  const sum = (r * r - hhh - 2n * v) % p
  return { X: sum, Y: (r * (v - sum) - Y * hhh) % p, Z: (Z * h) % p }
}

/** With one inversion for all (Montgomery's trick). None of the points is at infinity. */
function toAffine(points: readonly Jacobian[]): Point[] {
  const products: bigint[] = []
  let product = 1n
  for (const { Z } of points) {
    products.push(product)
    product = (product * Z) % p
  }
  let inverse = invert(product)
  const affine: Point[] = []
  for (let i = points.length - 1; i >= 0; i -= 1) {
    const { X, Y, Z } = points[i] ?? infinity
    const own = (inverse * (products[i] ?? 1n)) % p
    inverse = (inverse * Z) % p
    const square = (own * own) % p
    affine.push({ x: mod(X * square), y: mod(Y * ((square * own) % p)) })
  }
  return affine.reverse()
}

/** The number from 0 below the modulus that stands for this one. */
export function mod(value: bigint, modulus = p): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

/** By the extended Euclidean algorithm; the modulus is prime, the value no multiple of it. */
export function invert(value: bigint, modulus = p): bigint {
  let [low, high] = [mod(value, modulus), modulus]
  let [x, y] = [1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[low, high] = [high - quotient * low, low]
    ;[x, y] = [y - quotient * x, x]
  }
  return mod(x, modulus)
}
