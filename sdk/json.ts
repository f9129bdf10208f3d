/**
 * JSON as evidence needs it: a strict reader that knows no two readings of one text, and the
 * canonical writer of RFC 8785.
 */
import { Problem } from './problem.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json | undefined
}

export const jsonLimits = { depth: 32, membersPerObject: 1_000, stringLength: 65_536 }
export type JsonLimits = Readonly<typeof jsonLimits>

/**
 * Parses one JSON text. Refuses what JSON.parse lets pass and others read differently: duplicate
 * member names, `__proto__`, lone surrogates, numbers that are not finite.
 * @throws Problem invalid-json
 */
export function parseJson(text: string, limits: JsonLimits = jsonLimits): Json {
  refuseDeepNesting(text, limits.depth)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Problem('invalid-json', { rule: 'syntax' }, { cause })
  }
  const read = inspect(value, limits)
  if (read.members !== countMembers(text))
    throw new Problem('invalid-json', { rule: 'duplicate-name' })
  return value as Json // JSON.parse yields nothing else.
}

export function parseJsonObject(text: string, limits?: JsonLimits): JsonObject {
  const value = parseJson(text, limits)
  if (!isJsonObject(value)) throw new Problem('invalid-json', { rule: 'object-expected' })
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * RFC 8785 (JCS): members sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * @throws Problem invalid-json for what JSON cannot carry: lone surrogates, infinity, NaN
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number') checkNumber(value)
  if (typeof value === 'string') checkWellFormed(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members: string[] = []
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member !== undefined) members.push(`${canonicalJson(name)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}

function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** Runs before JSON.parse, whose recursion an attacker must not be able to exhaust. */
function refuseDeepNesting(text: string, depthMax: number): void {
  let depth = 0
  for (const token of structure(text)) {
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    if (depth > depthMax) throw new Problem('invalid-json', { rule: 'depth', limit: depthMax })
  }
}

/** In well-formed JSON each member is announced by one colon outside strings. */
function countMembers(text: string): number {
  let members = 0
  for (const token of structure(text)) if (token === ':') members += 1
  return members
}

/** The marks outside strings, in one pass: a regular expression would try each quote of a bad text. */
function* structure(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charAt(at)
    if (mark === '"') at = endOfString(text, at)
    else if ('{}[]:'.includes(mark)) yield mark
  }
}

/** Where the string that begins at `start` has its closing quote; the end of a text without one. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
  return at
}

function inspect(value: unknown, limits: JsonLimits): { members: number } {
  let members = 0
  const pending = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next === 'string') checkString(next, limits)
    if (typeof next === 'number') checkNumber(next)
    if (isJsonObject(next)) {
      const names = Object.keys(next)
      checkNames(names, limits)
      members += names.length
    }
    if (typeof next === 'object' && next !== null) {
      for (const inner of Object.values(next)) pending.push(inner)
    }
  }
  return { members }
}

function checkString(text: string, limits: JsonLimits): void {
  if (text.length > limits.stringLength) {
    throw new Problem('invalid-json', { rule: 'string-length', limit: limits.stringLength })
  }
  checkWellFormed(text)
}

function checkWellFormed(text: string): void {
  if (!text.isWellFormed()) throw new Problem('invalid-json', { rule: 'lone-surrogate' })
}

function checkNumber(value: number): void {
  if (!Number.isFinite(value)) throw new Problem('invalid-json', { rule: 'number' })
}

function checkNames(names: readonly string[], limits: JsonLimits): void {
  if (names.length > limits.membersPerObject) {
    throw new Problem('invalid-json', { rule: 'members', limit: limits.membersPerObject })
  }
  for (const name of names) {
    checkString(name, limits)
    if (name === '__proto__') throw new Problem('invalid-json', { rule: 'forbidden-name' })
  }
}
