/**
 * PEM (RFC 7468) as a list of DER values of one label. Text between the blocks, other labels and
 * everything that is not plain base64 are refused: these files hold trust, not prose.
 */
import { fromBase64, toBase64 } from './base64url.ts'
import { Problem } from './problem.ts'

export const pemLimits = { length: 4_194_304, blocks: 64 }

export type PemLabel = 'CERTIFICATE' | 'X509 CRL' | 'OCSP RESPONSE' | 'PRIVATE KEY' | 'PUBLIC KEY'

/** @throws Problem invalid-encoding */
export function readPem(text: string, label: PemLabel): readonly Uint8Array[] {
  if (text.length > pemLimits.length) refuse('size')
  const blocks = text.split(`-----BEGIN ${label}-----`).map((block) => block.trim())
  const [before, ...rest] = blocks
  if (before !== '' || rest.length === 0 || rest.length > pemLimits.blocks) refuse('blocks')
  return rest.map((block) => {
    const end = `-----END ${label}-----`
    if (!block.endsWith(end)) refuse('end')
    const body = block.slice(0, -end.length).replace(/\r?\n/g, '')
    const bytes = fromBase64(body)
    return bytes && bytes.length > 0 ? bytes : refuse('base64')
  })
}

/**
 * DER as it is, in a copy that nobody else can change, or out of a text with one block.
 * @throws Problem invalid-encoding
 */
export function derOf(given: unknown, label: PemLabel): Uint8Array {
  if (given instanceof Uint8Array) return new Uint8Array(given)
  const [only, another] = typeof given === 'string' ? readPem(given, label) : refuse('bytes')
  return only && !another ? only : refuse('blocks')
}

export function writePem(blocks: readonly Uint8Array[], label: PemLabel): string {
  return blocks
    .map((der) => {
      const lines = toBase64(der).replace(/.{64}(?=.)/g, '$&\n')
      return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
    })
    .join('')
}

function refuse(rule: string): never {
  throw new Problem('invalid-encoding', { encoding: 'pem', rule })
}
