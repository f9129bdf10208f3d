/**
 * Identifiers of organisations, citizens and catalogue entries: whether their form and check
 * character are right. That someone bears an identifier is not said here. The standards are GB
 * 32100-2015 (unified social credit code), GB 11714-1997 (organisation code), GB 11643-1999
 * (citizen number).
 */
import { startOfDay } from './instant.ts'

const creditAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const creditForm = /^[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}$/
const organisationAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The weights 3^0, 3^1, … modulo 31. */
const creditWeights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2]
/** The weights 2^17, 2^16, … modulo 11 (ISO 7064 MOD 11-2). */
const citizenWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** 18 characters whose own check and whose inner organisation code are both right. */
export function usccIsValid(text: string): boolean {
  return (
    creditForm.test(text) &&
    text.charAt(17) === usccCheckCharacter(text.slice(0, 17)) &&
    text.charAt(16) === organisationCodeCheckCharacter(text.slice(8, 16))
  )
}

/** The 18th character after the first 17 of a unified social credit code. */
export function usccCheckCharacter(first17: string): string {
  const sum = weightedSum(first17, creditAlphabet, creditWeights)
  return creditAlphabet.charAt((31 - (sum % 31)) % 31)
}

/** The 9th character after the first 8 of an organisation code. */
export function organisationCodeCheckCharacter(first8: string): string {
  const check = 11 - (weightedSum(first8, organisationAlphabet, organisationWeights) % 11)
  return '0123456789X0'.charAt(check)
}

/**
 * 18 characters, a birthday that exists and has come in China, a right check character. Division codes
 * are not looked up: numbers keep the codes of divisions that were abolished long ago.
 */
export function citizenNumberIsValid(text: string, at: Date): boolean {
  return (
    /^[1-9]\d{16}[\dX]$/.test(text) &&
    text.charAt(17) === citizenNumberCheckCharacter(text.slice(0, 17)) &&
    dayHasCome(text.slice(6, 14), at)
  )
}

/** The 18th character after the first 17 of a citizen number. */
export function citizenNumberCheckCharacter(first17: string): string {
  const sum = weightedSum(first17, '0123456789', citizenWeights)
  return '10X98765432'.charAt(sum % 11)
}

/** Codes of departments, types, fields and the like: what an API can use as a name. */
export function fieldCodeIsValid(text: string): boolean {
  return /^[a-z][a-zA-Z0-9]{0,63}$/.test(text)
}

/** For screens that must show which one but not who: at most the first six and the last four. */
export function maskIdentifier(text: string): string {
  const characters = Array.from(text)
  const head = characters.length >= 15 ? 6 : Math.min(3, Math.floor(characters.length / 4))
  const tail = characters.length >= 11 ? 4 : Math.floor(characters.length / 4)
  const hidden = characters.length - head - tail
  return [
    ...characters.slice(0, head),
    '*'.repeat(hidden),
    ...characters.slice(characters.length - tail),
  ].join('')
}

/** A character outside the alphabet counts as -1: callers check the form, nothing is hidden by it. */
function weightedSum(text: string, alphabet: string, weights: readonly number[]): number {
  return weights.reduce(
    (sum, weight, i) => sum + weight * alphabet.indexOf(text.charAt(i) || '-'),
    0,
  )
}

/** China has one time zone and no summer time since 1991. */
function dayHasCome(digits: string, at: Date): boolean {
  const day = digits.replace(/^(....)(..)(..)$/, '$1-$2-$3')
  const begin = startOfDay(day)
  if (begin === undefined) return false
  return digits >= '1800' && begin - 8 * 3_600_000 <= at.getTime()
}
