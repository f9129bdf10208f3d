/** The sets of frozen documents, with what they are to be answered for ever. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../sdk/json.ts'
import { nothingAsked } from './kinds.ts'
import type { Asked, FileOf, Kind, Reading } from './kinds.ts'

export interface Vector extends Reading {
  /** With the folder of its set. */
  readonly name: string
  readonly kind: Kind
  readonly answer: Json
}

interface Line {
  readonly file: string
  readonly kind: Kind
  readonly asked: Partial<Asked>
  readonly answer: Json
}

const folder = import.meta.dirname

export const vectors: readonly Vector[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readSet(name))

function readSet(set: string): Vector[] {
  const fileOf: FileOf = (name) => readFileSync(join(folder, set, name))
  const lines = JSON.parse(Buffer.from(fileOf('answers.json')).toString()) as Line[] // Ours.
  return lines.map(({ file, asked, ...line }) => ({
    ...{ name: `${set}/${file}`, ...line, bytes: fileOf(file), fileOf },
    asked: { ...nothingAsked, ...asked },
  }))
}
