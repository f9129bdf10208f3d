/**
 * `npm run sbom`: what the exchange consists of in production, as CycloneDX JSON, from the lock file
 * alone. The same lock file gives the same bytes: what npm adds of time and chance is taken out.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const file = join(root, 'sbom.cdx.json')
const bytesMax = 64 * 1024 * 1024

interface Component {
  readonly 'bom-ref': string
}

interface Bom {
  readonly metadata: object
  readonly components: readonly Component[]
}

const written = execFileSync(
  'npm',
  ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--omit', 'dev'],
  { cwd: root, encoding: 'utf8', maxBuffer: bytesMax },
)
const bom = JSON.parse(written) as Bom // By npm's contract.
const passing = new Set(['serialNumber', 'timestamp', 'tools'])
const lasting = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !passing.has(name)))
const metadata = lasting(bom.metadata)
const components = bom.components.toSorted((one, other) =>
  one['bom-ref'] < other['bom-ref'] ? -1 : 1,
)
writeFileSync(file, `${JSON.stringify({ ...lasting(bom), metadata, components }, null, 2)}\n`)
process.stdout.write(`${file}\n`)
