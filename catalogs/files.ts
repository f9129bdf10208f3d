/**
 * Reads the files of a catalogue's folder, in an order that does not depend on the file system, as
 * JSON and no more. A file nobody would read is a finding: a grant in a misspelt folder must not
 * vanish in silence.
 */
import { lstatSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, parseJson } from '../sdk/json.ts'
import type { Json } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

const fileLimits = { files: 5_000, bytes: 1_048_576 } as const

/** The folders of the catalogue, and the schema that each file in them follows. */
export const folders = {
  departments: 'department.json',
  'licence-types': 'licence-type.json',
  resources: 'resource.json',
  services: 'service.json',
  purposes: 'purpose.json',
  grants: 'grants.json',
  'code-tables': 'code-table.json',
} as const

export type Folder = keyof typeof folders

export const divisionsFile = 'divisions.json'
export const elementsFile = 'elements.json'
export const stateCodesFile = 'state-codes.json'

/** Files that stand alone; the schema of each has its name. */
const singleFiles: readonly string[] = [divisionsFile, elementsFile, stateCodesFile]

const folderNames: readonly string[] = Object.keys(folders)
const notData: readonly string[] = ['schema', 'proof', 'types', 'difference']

/** The content of each file by its path within the folder; broken files are left out. */
export interface Files {
  readonly contents: ReadonlyMap<string, Json>
  /** Every path that was found, broken or not. */
  readonly paths: readonly string[]
  readonly findings: readonly Finding[]
}

export function readFiles(root: string): Files {
  const findings: Finding[] = []
  const paths = listFiles(root, findings)
  const contents = new Map<string, Json>()
  for (const path of paths) {
    const read = readOne(root, path)
    if ('what' in read) findings.push(read)
    else contents.set(path, read.content)
  }
  return { contents, paths, findings }
}

function listFiles(root: string, findings: Finding[]): string[] {
  const paths: string[] = []
  const missing = new Set([...folderNames, ...singleFiles])
  for (const name of namesIn(root)) {
    missing.delete(name)
    if (folderNames.includes(name)) paths.push(...filesOfFolder(root, name, findings))
    else if (singleFiles.includes(name)) paths.push(name)
    else if (isStranger(root, name)) findings.push(strange(name))
  }
  for (const name of missing) {
    findings.push(finding(name, [], { what: 'is missing', remedy: `create ${name}` }))
  }
  if (paths.length > fileLimits.files) {
    throw new Problem('invalid-catalogue', {
      findings: [`. $: more than ${fileLimits.files} files; split the catalogue`],
    })
  }
  return paths
}

function filesOfFolder(root: string, folder: string, findings: Finding[]): string[] {
  const paths: string[] = []
  for (const name of namesIn(join(root, folder))) {
    const path = `${folder}/${name}`
    const isNamed = /^[a-z][a-zA-Z0-9]{0,63}\.json$/.test(name)
    // A pipe would be waited for; a link that leads to a file is one.
    if (isNamed && statSync(join(root, path)).isFile()) paths.push(path)
    else findings.push(strange(path))
  }
  return paths
}

/** Names in code-unit order; hidden files belong to tools. */
function namesIn(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    throw new Problem(
      'invalid-catalogue',
      { findings: [`${folder} $: cannot be read; name a folder that holds a catalogue`] },
      { cause },
    )
  }
  return names.filter((name) => !name.startsWith('.')).sort()
}

function isStranger(root: string, name: string): boolean {
  if (notData.includes(name)) return false
  return name.endsWith('.json') || lstatSync(join(root, name)).isDirectory()
}

function strange(path: string): Finding {
  return finding(path, [], {
    what: 'is not a file of the catalogue',
    remedy: `move it into one of ${folderNames.join(', ')} as <code>.json, or remove it`,
  })
}

function readOne(root: string, path: string): { content: Json } | Finding {
  try {
    if (statSync(join(root, path)).size > fileLimits.bytes) {
      return finding(path, [], {
        what: `is larger than ${fileLimits.bytes} bytes`,
        remedy: 'split it',
      })
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(join(root, path)))
    if (text !== text.normalize('NFC')) {
      return finding(path, [], {
        what: 'holds characters that are not in Unicode normal form C',
        remedy: 'normalise it: what looks the same must be the same',
      })
    }
    return { content: withoutSchemaHint(parseJson(text)) }
  } catch (thrown) {
    const rule = thrown instanceof Problem ? String(thrown.detail.rule) : 'not readable as UTF-8'
    return finding(path, [], {
      what: `is not acceptable JSON (${rule})`,
      remedy: 'mend the text: UTF-8, one JSON object, no member twice, no trailing comma',
    })
  }
}

/** `$schema` helps editors to help people; it is no part of the content. */
function withoutSchemaHint(content: Json): Json {
  if (!isJsonObject(content)) return content
  return Object.fromEntries(Object.entries(content).filter(([name]) => name !== '$schema'))
}
