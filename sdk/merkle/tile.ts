/**
 * The arithmetic of C2SP tlog-tiles, numbers and names only: a tree is kept as tiles of up to 256
 * neighbouring hashes, eight levels of the tree to one level of tiles, and its entries as bundles of
 * up to 256. Which tiles hold a range of leaves, how wide they are in a tree of a size, and how they
 * are named in a URL. The hashes in them are `tile-hash.ts`.
 */
import { consistencySpans, inclusionSpans, spanNodes } from './coordinates.ts'
import type { Node, Span } from './coordinates.ts'
import { Problem } from '../problem.ts'

export const tileWidth = 256
const levelsPerTile = 8
/** Seven levels of tiles hold any tree whose size is a safe integer; the standard has names for more. */
export const tileLevelMax = 6
const namedLevelMax = 63

export interface TilePlace {
  readonly level: number
  readonly index: number
}

/** A tile or a bundle of entries as it is asked for over HTTP; `width` is 256 for a full one. */
export interface TileName {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** A node lies in one tile: as one of its hashes, or as the root of 2, 4, … 128 of them. */
export interface TileSlice {
  readonly place: TilePlace
  readonly offset: number
  readonly count: number
}

export function tileKey({ level, index }: TilePlace): string {
  return `${level}/${index}`
}

export function sliceOf(node: Node): TileSlice {
  const count = 2 ** (node.level % levelsPerTile)
  const first = node.index * count
  const level = Math.floor(node.level / levelsPerTile)
  const place = { level, index: Math.floor(first / tileWidth) }
  return { place, offset: first % tileWidth, count }
}

/** The tiles that hold everything the hashes of these ranges are computed from, each once. */
export function tilesOver(spans: readonly Span[]): TilePlace[] {
  const places = spans.flatMap(spanNodes).map((node) => sliceOf(node).place)
  return [...new Map(places.map((place) => [tileKey(place), place])).values()]
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

/** How many hashes a tile, or entries a bundle, has in a tree of this size; 0 when it is not there. */
export function tileWidthAt({ level, index }: Omit<TileName, 'width'>, size: number): number {
  const leavesPerHash = tileWidth ** (level === 'entries' ? 0 : level)
  const hashes = Math.floor(size / leavesPerHash)
  return Math.max(0, Math.min(tileWidth, hashes - index * tileWidth))
}

/**
 * The tiles to fetch for proving the leaf `index` against the head of a tree of `size` leaves, the
 * bundle with its entry first.
 * @throws Problem invalid-tile
 */
export function tilesProvingLeaf(index: number, size: number): TileName[] {
  refuseUnless(isCount(index) && isCount(size) && index < size, 'index')
  const bundle = { level: 'entries', index: Math.floor(index / tileWidth) } as const
  const hashes = tilesOver([{ from: index, to: index + 1 }, ...inclusionSpans(index, size)])
  return [bundle, ...hashes].map((place) => nameIn(size, place))
}

/**
 * The tiles to fetch for proving that the tree of `newSize` leaves extends that of `oldSize`.
 * @throws Problem invalid-tile
 */
export function tilesProvingGrowth(oldSize: number, newSize: number): TileName[] {
  refuseUnless(isCount(oldSize) && isCount(newSize) && oldSize <= newSize, 'size')
  return tilesOver(consistencySpans(oldSize, newSize)).map((place) => nameIn(newSize, place))
}

/**
 * The part of a path after `/tile/`: level, index in groups of three digits, partial width.
 * @throws Problem invalid-tile
 */
export function tilePath(name: TileName): string {
  refuseUnless(isTile(name), 'name')
  return writePath(name)
}

/** Reads the part of a path after `/tile/` in its one spelling; anything else is undefined. */
export function parseTilePath(path: string): TileName | undefined {
  const parts = /^(entries|\d|[1-6]\d)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!parts) return undefined
  const [, level = '', groups = '', width] = parts
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  }
  return isTile(name) && writePath(name) === path ? name : undefined
}

function nameIn(size: number, place: Omit<TileName, 'width'>): TileName {
  return { ...place, width: tileWidthAt(place, size) }
}

/** Numbers that the standard has names for, of hashes no further than a safe integer. */
function isTile({ level, index, width }: TileName): boolean {
  const isLevel = level === 'entries' || (isCount(level) && level <= namedLevelMax)
  const isWidth = isCount(width) && width >= 1 && width <= tileWidth
  return isLevel && isWidth && isCount(index) && isCount((index + 1) * tileWidth)
}

function writePath({ level, index, width }: TileName): string {
  const groups: string[] = []
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1_000)) {
    groups.unshift(String(rest % 1_000).padStart(3, '0'))
  }
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function refuseUnless(condition: boolean, rule: string): void {
  if (!condition) throw new Problem('invalid-tile', { rule })
}
