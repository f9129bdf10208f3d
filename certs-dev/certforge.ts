/**
 * certforge: makes good and bad certificate chains for whoever wants to try a verifier on them.
 * `node certs-dev/certforge.ts OUT` writes all cases of both trees (docs/certforge.md).
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exportCases } from './certforge/export.ts'
import { trees } from './certforge/forge.ts'
import type { TreeName } from './certforge/forge.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const [folder] = positionals
if (folder === undefined) throw new Error('where to? node certs-dev/certforge.ts OUT')
const out = resolve(folder)
for (const tree of Object.keys(trees) as TreeName[]) await exportCases(tree, join(out, tree))
process.stdout.write(`${out}\n`)
