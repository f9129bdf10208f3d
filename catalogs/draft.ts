/**
 * A catalogue whose files have the right shape, one by one, before anything is known about the whole.
 * Entries are keyed by the name of their file, which must be their code.
 */
import { divisionsFile, folders, stateCodesFile } from './files.ts'
import type { Files, Folder } from './files.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkShape } from './schemas.ts'
import type { Schemas, Shape } from './schemas.ts'
import type { StateCodes } from './types/state-codes.ts'
import type { Department, Division, Grant, Purpose, Resource, ServiceItem } from './types.ts'
import type { LicenceType } from './types/licence-type.ts'

export interface ServiceFile extends Pick<ServiceItem, 'code' | 'name'> {
  readonly versions: readonly Omit<ServiceItem, 'code' | 'name'>[]
}

export interface GrantFile {
  readonly department: string
  readonly grants: readonly Omit<Grant, 'department'>[]
}

export interface Draft {
  readonly departments: ReadonlyMap<string, Department>
  readonly types: ReadonlyMap<string, LicenceType>
  readonly resources: ReadonlyMap<string, Resource>
  readonly services: ReadonlyMap<string, ServiceFile>
  readonly purposes: ReadonlyMap<string, Purpose>
  readonly grants: ReadonlyMap<string, GrantFile>
  readonly divisions: readonly Division[]
  readonly stateCodes: StateCodes
  /** Names of all files, also the broken ones, so that one broken file yields no echo in others. */
  readonly named: ReadonlySet<string>
}

export function draftFrom(
  files: Files,
  schemas: Schemas,
): { readonly draft: Draft; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [...files.findings]
  const reading = { files, schemas, findings }
  const read = <T>(folder: Folder) => readFolder<T>(reading, folder)
  const divisions = schemas.shape<{ readonly divisions: readonly Division[] }>(divisionsFile)
  const stateCodes = schemas.shape<StateCodes>(stateCodesFile)
  const draft: Draft = {
    departments: read<Department>('departments'),
    types: read<LicenceType>('licence-types'),
    resources: read<Resource>('resources'),
    services: read<ServiceFile>('services'),
    purposes: read<Purpose>('purposes'),
    grants: read<GrantFile>('grants'),
    divisions: readSingle(reading, divisionsFile, divisions)?.divisions ?? [],
    stateCodes: readSingle(reading, stateCodesFile, stateCodes) ?? noStateCodes,
    named: new Set(files.paths.map((path) => path.replace(/\.json$/, ''))),
  }
  return { draft, findings }
}

interface Reading {
  readonly files: Files
  readonly schemas: Schemas
  readonly findings: Finding[]
}

function readFolder<T>(reading: Reading, folder: Folder): ReadonlyMap<string, T> {
  const { files, schemas, findings } = reading
  const entries = new Map<string, T>()
  const shape = schemas.shape<T>(folders[folder])
  for (const [file, content] of files.contents) {
    if (!file.startsWith(`${folder}/`)) continue
    const checked = checkShape({ file, content }, shape)
    if ('findings' in checked) findings.push(...checked.findings)
    else entries.set(file.slice(folder.length + 1, -'.json'.length), checked.value)
  }
  for (const [name, value] of entries) findings.push(...nameFindings(folder, name, value))
  return entries
}

function* nameFindings(folder: Folder, name: string, value: unknown): Generator<Finding> {
  const member = folder === 'grants' ? 'department' : 'code'
  const code = Object.entries(value ?? {}).find(([key]) => key === member)?.[1] as unknown
  if (code === name) return
  yield finding(`${folder}/${name}.json`, [member], {
    what: `${String(code)} is not the name of the file`,
    remedy: `write ${name}, or rename the file to ${String(code)}.json`,
  })
}

const noStateCodes: StateCodes = { sectors: [], states: [], acts: [], reasons: [] }

/** A file that stands alone; nothing when it is broken or missing, which is a finding already. */
function readSingle<T>({ files, findings }: Reading, file: string, shape: Shape<T>): T | undefined {
  const content = files.contents.get(file)
  if (content === undefined) return undefined
  const checked = checkShape({ file, content }, shape)
  if ('value' in checked) return checked.value
  findings.push(...checked.findings)
  return undefined
}
