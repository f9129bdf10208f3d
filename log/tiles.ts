/**
 * The arithmetic of C2SP tlog-tiles: a tree kept as tiles of up to 256 neighbouring hashes, eight
 * levels of the tree to one level of tiles. Which tiles hold a node, how tiles grow by leaves, and how
 * a tile is named in a URL. Knows no database; what is missing or of a wrong width is damage.
 */
import type { Node, Span } from '../sdk/merkle-coordinates.ts'
import { spanNodes } from '../sdk/merkle-coordinates.ts'
import { foldNodes, rootOf } from '../sdk/merkle.ts'
import { Problem } from '../sdk/problem.ts'

export const tileWidth = 256
const levelsPerTile = 8
const hashBytes = 32
/** Seven levels of tiles hold any tree whose size is a safe integer. */
export const tileLevelMax = 6

export interface TilePlace {
  readonly level: number
  readonly index: number
}

export interface Tile extends TilePlace {
  /** The concatenation of 1 to 256 hashes. */
  readonly hashes: Uint8Array
}

/** The hashes of tiles by place. */
export type Tiles = ReadonlyMap<string, Uint8Array>

/** Of two tiles at one place the later one counts. */
export function tilesByPlace(tiles: readonly Tile[]): Tiles {
  return new Map(tiles.map((tile) => [keyOf(tile), tile.hashes]))
}

/** The tiles that hold everything the hashes of these ranges are computed from, each once. */
export function tilesOver(spans: readonly Span[]): TilePlace[] {
  const places = new Map<string, TilePlace>()
  for (const node of spans.flatMap(spanNodes)) {
    const { place } = placeOf(node)
    places.set(keyOf(place), place)
  }
  return [...places.values()]
}

/**
 * The hash of a range of leaves.
 * @throws Problem log-damaged
 */
export function hashOfSpan(tiles: Tiles, span: Span): Uint8Array {
  return foldNodes(spanNodes(span).map((node) => hashOfNode(tiles, node)))
}

/** The tiles a tree of this size has begun and not filled: what the next leaf needs. */
export function edgeOf(size: number): TilePlace[] {
  const places: TilePlace[] = []
  let width = size
  for (let level = 0; width > 0; level += 1) {
    if (width % tileWidth > 0) places.push({ level, index: Math.floor(width / tileWidth) })
    width = Math.floor(width / tileWidth)
  }
  return places
}

/**
 * The tiles that change when leaves are added to a tree of this size, whose edge is given.
 * @throws Problem log-damaged
 */
export function extendTiles(edge: Tiles, size: number, leaves: readonly Uint8Array[]): Tile[] {
  const changed: Tile[] = []
  let start = size
  let added = leaves
  for (let level = 0; added.length > 0; level += 1) {
    const tiles = extendLevel(edge, { level, start }, added)
    changed.push(...tiles)
    added = tiles.filter(isFull).map(({ hashes }) => rootOf(splitHashes(hashes)))
    start = Math.floor(start / tileWidth)
  }
  return changed
}

/** Cuts a tile into its hashes. */
export function splitHashes(hashes: Uint8Array): Uint8Array[] {
  const count = Math.floor(hashes.length / hashBytes)
  return Array.from({ length: count }, (_, i) =>
    hashes.subarray(i * hashBytes, (i + 1) * hashBytes),
  )
}

/** A tile or a bundle of entries as it is asked for over HTTP; `width` is 256 for a full one. */
export interface TileName {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** Reads the part of a path after `/tile/` in its one spelling; anything else is undefined. */
export function parseTilePath(path: string): TileName | undefined {
  const parts = /^(entries|\d)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!parts) return undefined
  const [, level = '', groups = '', width] = parts
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  }
  return isPlace(name) && tilePath(name) === path ? name : undefined
}

/** Numbers that a tree whose size is a safe integer can have. */
function isPlace({ level, index, width }: TileName): boolean {
  if (level !== 'entries' && level > tileLevelMax) return false
  return Number.isSafeInteger((index + 1) * tileWidth) && isWidth(width)
}

/** Level, index in groups of three digits, partial width. */
function tilePath({ level, index, width }: TileName): string {
  const groups: string[] = []
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1_000)) {
    groups.unshift(String(rest % 1_000).padStart(3, '0'))
  }
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`
}

function isWidth(width: number): boolean {
  return width >= 1 && width <= tileWidth
}

function isFull({ hashes }: Tile): boolean {
  return hashes.length === tileWidth * hashBytes
}

function keyOf({ level, index }: TilePlace): string {
  return `${level}/${index}`
}

function extendLevel(
  edge: Tiles,
  { level, start }: { readonly level: number; readonly start: number },
  added: readonly Uint8Array[],
): Tile[] {
  const tiles: Tile[] = []
  for (let taken = 0; taken < added.length;) {
    const index = Math.floor((start + taken) / tileWidth)
    const offset = (start + taken) % tileWidth
    const part = added.slice(taken, taken + tileWidth - offset)
    const held = offset === 0 ? new Uint8Array(0) : edge.get(keyOf({ level, index }))
    if (held?.length !== offset * hashBytes) throw damaged({ level, index })
    tiles.push({ level, index, hashes: Buffer.concat([held, ...part]) })
    taken += part.length
  }
  return tiles
}

/** A node lies in one tile: as one of its hashes, or as the root of 2, 4, … 128 of them. */
function placeOf(node: Node): { place: TilePlace; offset: number; count: number } {
  const count = 2 ** (node.level % levelsPerTile)
  const first = node.index * count
  const level = Math.floor(node.level / levelsPerTile)
  return {
    place: { level, index: Math.floor(first / tileWidth) },
    offset: first % tileWidth,
    count,
  }
}

function hashOfNode(tiles: Tiles, node: Node): Uint8Array {
  const { place, offset, count } = placeOf(node)
  const hashes = tiles.get(keyOf(place))
  const end = (offset + count) * hashBytes
  if (hashes === undefined || hashes.length < end) throw damaged(place)
  return rootOf(splitHashes(hashes.subarray(offset * hashBytes, end)))
}

function damaged(place: TilePlace): Problem {
  return new Problem('log-damaged', { tile: keyOf(place) })
}
