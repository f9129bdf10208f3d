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
  const announced = countMembers(text, limits.depth)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Problem('invalid-json', { rule: 'syntax' }, { cause })
  }
  // JSON.parse keeps the last of two members of one name, so that fewer are left than the text has.
  if (inspect(value, limits, stringsOf(text, limits)) !== announced) {
    throw new Problem('invalid-json', { rule: 'duplicate-name' })
  }
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

const marks = {
  ...{ quote: 0x22, colon: 0x3a, backslash: 0x5c },
  ...{ openArray: 0x5b, closeArray: 0x5d, openObject: 0x7b, closeObject: 0x7d },
} as const

/**
 * In well-formed JSON each member is announced by one colon outside strings. One pass, before
 * JSON.parse, whose recursion an attacker must not be able to exhaust.
 */
function countMembers(text: string, depthMax: number): number {
  let [members, depth] = [0, 0]
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charCodeAt(at)
    if (mark === marks.quote) at = endOfString(text, at)
    else if (mark === marks.colon) members += 1
    else if (mark === marks.openArray || mark === marks.openObject) depth += 1
    else if (mark === marks.closeArray || mark === marks.closeObject) depth -= 1
    if (depth > depthMax) throw new Problem('invalid-json', { rule: 'depth', limit: depthMax })
  }
  return members
}

/** Where the string that begins at `start` has its closing quote; the end of a text without one. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

/** Whether an odd number of backslashes stands right before. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === marks.backslash) before -= 1
  return (at - before) % 2 === 0
}

type Strings = 'checked' | 'unchecked'

/** Without escapes each string is a part of the text, and no worse and no longer than that. */
function stringsOf(text: string, { stringLength }: JsonLimits): Strings {
  const isPlain = text.length <= stringLength && !text.includes('\\') && text.isWellFormed()
  return isPlain ? 'checked' : 'unchecked'
}

/** The number of members in all; recursion ends where `countMembers` has seen the text end. */
function inspect(value: unknown, limits: JsonLimits, strings: Strings): number {
  if (typeof value === 'string' && strings === 'unchecked') checkString(value, limits)
  if (typeof value === 'number') checkNumber(value)
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const element of value) members += inspect(element, limits, strings)
    return members
  }
  const names = Object.keys(value)
  checkNames(names, limits, strings)
  for (const name of names) members += inspect((value as JsonObject)[name], limits, strings)
  return members + names.length
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

function checkNames(names: readonly string[], limits: JsonLimits, strings: Strings): void {
  if (names.length > limits.membersPerObject) {
    throw new Problem('invalid-json', { rule: 'members', limit: limits.membersPerObject })
  }
  for (const name of names) {
    if (strings === 'unchecked') checkString(name, limits)
    if (name === '__proto__') throw new Problem('invalid-json', { rule: 'forbidden-name' })
  }
}
