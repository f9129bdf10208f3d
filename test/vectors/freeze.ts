/**
 * Writes a set of frozen documents, of every form and age, into a folder that is not there yet:
 *
 *     node test/vectors/freeze.ts test/vectors/3
 *
 * or, with the names of forms behind it, of those only.
 *
 * A set is written once and committed; a new form gets a new set. All keys are made for it and thrown
 * away, nobody in it exists, and the answers beside it are read by a human before they are believed.
 */
import { freezeAnswers, freezeCertificates } from './freeze-certificates.ts'
import { freezeEnvelopes } from './freeze-envelopes.ts'
import { freezeLicences } from './freeze-licences.ts'
import { createSet } from './freeze-set.ts'
import type { FrozenSet } from './freeze-set.ts'
import { freezeTokens } from './freeze-tokens.ts'

const forms: Readonly<Record<string, (set: FrozenSet) => void | Promise<void>>> = {
  licences: freezeLicences,
  envelopes: freezeEnvelopes,
  certificates: freezeCertificates,
  answers: freezeAnswers,
  tokens: freezeTokens,
}

const [folder, ...names] = process.argv.slice(2)
if (folder === undefined) throw new Error('say into which folder')
const set = createSet()
for (const [name, freeze] of Object.entries(forms)) {
  if (names.length === 0 || names.includes(name)) await freeze(set)
}
set.write(folder)
