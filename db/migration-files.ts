/**
 * The numbered files in `db/migrations`, and what a name says about versions that run side by side:
 *
 *   0004-more.expand.sql     adds only: the version before goes on reading and writing as if it were not
 *                            there; this version needs it
 *   0005-less.contract.sql   takes away what the version before needs and this one does not
 *   0006-other.sql           both: the versions cannot run side by side
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly text: string
  readonly checksum: Uint8Array
}

interface Rule {
  /** Whether a program that brings the file must find it applied. */
  readonly isNeeded: boolean
  /** Whether a program that does not know the file goes on serving. */
  readonly isBearable: boolean
}

const rules: Readonly<Record<string, Rule>> = {
  expand: { isNeeded: true, isBearable: true },
  contract: { isNeeded: false, isBearable: false },
}
const strictest: Rule = { isNeeded: true, isBearable: false }

/** The name is enough, so a program can judge a migration whose file it does not have. */
export function ruleOf(name: string): Rule {
  return rules[name.split('.')[1] ?? ''] ?? strictest
}

/** @throws Problem invalid-migration */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    const number = Number(/^(\d{4})-[a-z0-9-]+(\.expand|\.contract)?\.sql$/.exec(file)?.[1])
    if (Number.isNaN(number)) throw new Problem('invalid-migration', { file, rule: 'name' })
    if (migrations.at(-1)?.number === number) {
      throw new Problem('invalid-migration', { file, rule: 'number' })
    }
    const bytes = await readFile(join(folder, file))
    const name = file.slice(0, -'.sql'.length)
    migrations.push({ number, name, text: bytes.toString('utf8'), checksum: sha256(bytes) })
  }
  return migrations
}
