/**
 * A catalogue whose files have the right shape, one by one, before anything is known about the whole.
 * Entries are keyed by the name of their file, which must be their code.
 */
import type { JsonObject } from '../sdk/json.ts'
import { expandFields, tablesOf, withValues } from './expand.ts'
import type { CodeTableFile, Elements } from './expand.ts'
import { divisionsFile, elementsFile, folders, stateCodesFile } from './files.ts'
import type { Files, Folder } from './files.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkShape } from './schemas.ts'
import type { Schemas, Shape } from './schemas.ts'
import { newestOf, versionsOf } from './type-versions.ts'
import type { LicenceTypeFile, Versions } from './type-versions.ts'
import type { Department, Division, Grant, Purpose, Resource, ServiceItem } from './types.ts'
import type { Break, CodeTable, LicenceType } from './types/licence-type.ts'
import type { StateCodes } from './types/state-codes.ts'

export interface ServiceFile extends Pick<ServiceItem, 'code' | 'name'> {
  readonly versions: readonly Omit<ServiceItem, 'code' | 'name'>[]
}

export interface GrantFile {
  readonly department: string
  readonly breaks?: readonly Break[]
  readonly grants: readonly Omit<Grant, 'department'>[]
}

export interface Draft {
  readonly departments: ReadonlyMap<string, Department>
  /** The newest version of each licence type. */
  readonly types: ReadonlyMap<string, LicenceType>
  readonly typeVersions: ReadonlyMap<string, Versions>
  readonly codeTables: ReadonlyMap<string, CodeTable>
  readonly resources: ReadonlyMap<string, Resource>
  readonly services: ReadonlyMap<string, ServiceFile>
  readonly purposes: ReadonlyMap<string, Purpose>
  readonly grants: ReadonlyMap<string, GrantFile>
  readonly divisions: readonly Division[]
  readonly elements: readonly { readonly code: string }[]
  readonly stateCodes: StateCodes
  /** Names of all files, also the broken ones, so that one broken file yields no echo in others. */
  readonly named: ReadonlySet<string>
}

export function draftFrom(
  files: Files,
  schemas: Schemas,
): { readonly draft: Draft; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [...files.findings]
  const { divisions, elements, stateCodes } = readSingles(files, schemas, findings)
  const byCode = elements && new Map(elements.map((element) => [element.code, element]))
  const reading = { files, schemas, findings, elements: byCode }
  const read = <T>(folder: Folder) => readFolder<T>(reading, folder)
  const codeTables = tablesOf(read<CodeTableFile>('code-tables'), divisions ?? [])
  const typeVersions = mapped(read<LicenceTypeFile>('licence-types'), (file): Versions => {
    const [first, ...rest] = versionsOf(file)
    return [withValues(first, codeTables), ...rest.map((one) => withValues(one, codeTables))]
  })
  const draft: Draft = {
    departments: read<Department>('departments'),
    types: mapped(typeVersions, newestOf),
    ...{ typeVersions, codeTables },
    resources: mapped(read<Resource>('resources'), (one) => withValues(one, codeTables)),
    services: read<ServiceFile>('services'),
    purposes: read<Purpose>('purposes'),
    grants: read<GrantFile>('grants'),
    ...{ divisions: divisions ?? [], elements: elements ?? [] },
    stateCodes: stateCodes ?? { sectors: [], states: [], acts: [], reasons: [] },
    named: new Set(files.paths.map((path) => path.replace(/\.json$/, ''))),
  }
  return { draft, findings }
}

interface DivisionsFile {
  readonly divisions: readonly Division[]
}

interface ElementsFile {
  readonly elements: readonly (JsonObject & { readonly code: string })[]
}

function mapped<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): Map<string, U> {
  return new Map([...map].map(([code, value]) => [code, change(value)]))
}

interface Reading {
  readonly files: Files
  readonly schemas: Schemas
  readonly findings: Finding[]
  /** None when their file is broken. */
  readonly elements: Elements | undefined
}

function readFolder<T>(reading: Reading, folder: Folder): ReadonlyMap<string, T> {
  const { files, schemas, findings, elements } = reading
  const entries = new Map<string, T>()
  const shape = schemas.shape<T>(folders[folder])
  for (const [file, written] of files.contents) {
    if (!file.startsWith(`${folder}/`)) continue
    const { content, findings: unknown } = expandFields({ file, content: written }, elements)
    findings.push(...unknown)
    if (content === undefined) continue
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

function readSingles(files: Files, schemas: Schemas, findings: Finding[]) {
  const read = <T>(file: string, shape: Shape<T>) => readSingle({ files, findings }, file, shape)
  return {
    divisions: read(divisionsFile, schemas.shape<DivisionsFile>(divisionsFile))?.divisions,
    elements: read(elementsFile, schemas.shape<ElementsFile>(elementsFile))?.elements,
    stateCodes: read(stateCodesFile, schemas.shape<StateCodes>(stateCodesFile)),
  }
}

/** A file that stands alone; nothing when it is broken or missing, which is a finding already. */
function readSingle<T>(
  { files, findings }: Pick<Reading, 'files' | 'findings'>,
  file: string,
  shape: Shape<T>,
): T | undefined {
  const content = files.contents.get(file)
  if (content === undefined) return undefined
  const checked = checkShape({ file, content }, shape)
  if ('value' in checked) return checked.value
  findings.push(...checked.findings)
  return undefined
}
