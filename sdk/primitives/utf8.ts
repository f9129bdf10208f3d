/** UTF-8 read strictly (RFC 3629), which every platform does alike. */
import { Problem } from '../problem.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws Problem invalid-encoding when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new Problem('invalid-encoding', { rule: 'utf-8' }, { cause })
  }
}
