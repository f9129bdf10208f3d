/**
 * The identifier of an electronic licence (GB/T 36904-2018): root code, type code, issuer, serial,
 * version and a check character by ISO/IEC 7064 MOD 37,36. We write the standard only. We also read
 * what some vaults have issued with letters counted one too high, and say so.
 */
import { Problem } from './problem.ts'

export const licenceIdRoot = '1.2.156.3005.2'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const form =
  /^1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{18}|\d{6})\.([0-9A-Z]{1,32})\.(\d{3})\.([0-9A-Z])$/

export interface LicenceIdParts {
  /** 证照类型代码: the USCC of the authority that defined the type, and three digits. */
  readonly typeCode: string
  /** The USCC of the issuer; a division code of six digits in some older identifiers. */
  readonly issuer: string
  readonly serial: string
  /** Three digits: `001` for the first, one more with every change. */
  readonly version: string
}

export interface LicenceId extends LicenceIdParts {
  readonly check: string
  /** `legacy-offset`: right by the older rule of one vendor, not by the standard. */
  readonly variant: 'standard' | 'legacy-offset'
}

/** @throws Problem invalid-licence-id when a part does not fit its field */
export function formatLicenceId({ typeCode, issuer, serial, version }: LicenceIdParts): string {
  const check = licenceIdCheckCharacter(`${typeCode}${issuer}${serial}${version}`)
  const id = [licenceIdRoot, typeCode, issuer, serial, version, check].join('.')
  if (!form.test(id)) throw new Problem('invalid-licence-id', { rule: 'form' })
  return id
}

/** @throws Problem invalid-licence-id */
export function parseLicenceId(text: string): LicenceId {
  const [, typeCode, issuer, serial, version, check] = form.exec(text) ?? []
  if (!typeCode || !issuer || !serial || !version || !check) {
    throw new Problem('invalid-licence-id', { rule: 'form' })
  }
  const body = `${typeCode}${issuer}${serial}${version}`
  const variant = variantOf(body, check)
  if (!variant) throw new Problem('invalid-licence-id', { rule: 'check-character' })
  return { typeCode, issuer, serial, version, check, variant }
}

function variantOf(body: string, check: string): LicenceId['variant'] | undefined {
  if (licenceIdCheckCharacter(body) === check) return 'standard'
  return legacyCheckCharacter(body) === check ? 'legacy-offset' : undefined
}

/** ISO/IEC 7064 §8, hybrid system MOD 37,36; the body is without root and dots. */
export function licenceIdCheckCharacter(body: string): string {
  let product = 36
  for (let i = 0; i < body.length; i += 1) {
    const sum = (product + valueAt(body, i)) % 36
    product = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return alphabet.charAt((37 - product) % 36)
}

/** Its place in the alphabet. */
function valueAt(body: string, i: number): number {
  return alphabet.indexOf(body.charAt(i))
}

/** Letters count 11 to 36 instead of 10 to 35, and sums beyond 37 are taken modulo 37 first. */
function legacyCheckCharacter(body: string): string {
  let product = 36
  for (let i = 0; i < body.length; i += 1) {
    const value = valueAt(body, i)
    const isLetter = value >= 10
    let sum = product + value + (isLetter ? 1 : 0)
    if (isLetter && sum > 37) sum %= 37
    sum %= 36
    product = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return alphabet.charAt(36 - product)
}
