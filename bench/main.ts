/** `npm run bench -- NAME…`: runs the programs named, one after the other, or all of them. */
import { circumstances } from './measure.ts'

const programs: Readonly<Record<string, () => Promise<void>>> = {
  verify: async () => (await import('./verify.ts')).measureVerification(),
  path: async () => (await import('./path.ts')).measurePaths(),
  batch: async () => (await import('./batch.ts')).measureBatches(),
  signature: async () => (await import('./signature.ts')).measureSignatures(),
  merkle: async () => (await import('./merkle.ts')).measureMerkle(),
  append: async () => (await import('./append.ts')).measureAppending(),
  issue: async () => (await import('./issue.ts')).measureIssuing(),
  import: async () => (await import('./import.ts')).measureImport(),
  stock: async () => (await import('./import.ts')).measureStock(),
  find: async () => (await import('./find.ts')).measureFinding(),
  status: async () => (await import('./status-list.ts')).measureStatusLists(),
  query: async () => (await import('./query.ts')).measureQuery(),
}

const given = process.argv.slice(2)
const unknown = given.filter((name) => !Object.hasOwn(programs, name))
if (unknown.length > 0) {
  process.stderr.write(
    `unknown: ${unknown.join(', ')}; there are ${Object.keys(programs).join(', ')}\n`,
  )
  process.exitCode = 1
} else {
  process.stdout.write(`${circumstances()}\n`)
  for (const [name, measure] of Object.entries(programs)) {
    if (given.length === 0 || given.includes(name)) await measure()
  }
}
