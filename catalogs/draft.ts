/**
 * A catalogue whose files have the right shape, one by one, before anything is known about the whole.
 * Entries are keyed by the name of their file, which must be their code.
 */
import { divisionsFile, folders } from './files.ts'
import type { Files, Folder } from './files.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkShape } from './schemas.ts'
import type { Schemas } from './schemas.ts'
import type {
  Department,
  Division,
  Grant,
  LicenceType,
  Purpose,
  Resource,
  ServiceItem,
} from './types.ts'

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
  /** Names of all files, also the broken ones, so that one broken file yields no echo in others. */
  readonly named: ReadonlySet<string>
}

export function draftFrom(
  files: Files,
  schemas: Schemas,
): { readonly draft: Draft; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [...files.findings]
  const read = <T>(folder: Folder) => readFolder<T>({ files, schemas, folder, findings })
  const draft: Draft = {
    departments: read<Department>('departments'),
    types: read<LicenceType>('licence-types'),
    resources: read<Resource>('resources'),
    services: read<ServiceFile>('services'),
    purposes: read<Purpose>('purposes'),
    grants: read<GrantFile>('grants'),
    divisions: readDivisions(files, schemas, findings),
    named: new Set(files.paths.map((path) => path.replace(/\.json$/, ''))),
  }
  return { draft, findings }
}

interface FolderRead {
  readonly files: Files
  readonly schemas: Schemas
  readonly folder: Folder
  readonly findings: Finding[]
}

function readFolder<T>({ files, schemas, folder, findings }: FolderRead): ReadonlyMap<string, T> {
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

function readDivisions(files: Files, schemas: Schemas, findings: Finding[]): readonly Division[] {
  const content = files.contents.get(divisionsFile)
  if (content === undefined) return []
  const shape = schemas.shape<{ readonly divisions: readonly Division[] }>('divisions.json')
  const checked = checkShape({ file: divisionsFile, content }, shape)
  if ('value' in checked) return checked.value.divisions
  findings.push(...checked.findings)
  return []
}
