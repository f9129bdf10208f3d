/** Setting one seal: what is to stand under it is drafted, linted, signed and encrypted. */
import { fromBase64url } from '../../sdk/base64url.ts'
import { documentDigest, sealLicence } from '../../sdk/licence/document.ts'
import type { Seal } from '../../sdk/licence/document.ts'
import { utf8 } from '../../sdk/primitives.ts'
import { encrypt } from '../keys/cipher.ts'
import { draftOf } from './intent.ts'
import type { Begun } from './intent.ts'
import type { Sealed } from './keep.ts'
import type { Lint } from './lint.ts'

export type SealedDocument = Pick<Sealed, 'sealed' | 'documentDigest'>

interface Setting {
  readonly lint: Lint
  readonly seal: Seal
  readonly at: Date
}

/** @throws Problem seal-unavailable, document-not-sound */
export async function sealOne(
  { lint, seal, at }: Setting,
  { licenceId, dataKey, content }: Pick<Begun, 'licenceId' | 'dataKey' | 'content'>,
): Promise<SealedDocument> {
  const draft = draftOf(content)
  const document = await sealLicence(draft, lint(draft, seal), at)
  return {
    sealed: encrypt(dataKey, utf8(document), `licence:${licenceId}`),
    documentDigest: fromBase64url(documentDigest(document)),
  }
}
