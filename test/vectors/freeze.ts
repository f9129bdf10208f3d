/**
 * Writes a set of frozen documents, of every form and age, into a folder that is not there yet:
 *
 *     node test/vectors/freeze.ts test/vectors/2
 *
 * A set is written once and committed; a new form gets a new set. All keys are made for it and thrown
 * away, nobody in it exists, and the answers beside it are read by a human before they are believed.
 */
import { freezeCertificates } from './freeze-certificates.ts'
import { freezeEnvelopes } from './freeze-envelopes.ts'
import { freezeLicences } from './freeze-licences.ts'
import { createSet } from './freeze-set.ts'
import { freezeTokens } from './freeze-tokens.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('say into which folder')
const set = createSet()
await freezeLicences(set)
await freezeEnvelopes(set)
await freezeCertificates(set)
freezeTokens(set)
set.write(folder)
