/** A set of documents while it is frozen. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../../sdk/primitives.ts'
import { issuingAt } from '../issuing.ts'
import { answerOf, nothingAsked } from './kinds.ts'
import type { Asked, Kind } from './kinds.ts'

type Content = string | Uint8Array

export interface FrozenSet {
  /** A file that others ask for; its name. */
  readonly keep: (file: string, content: Content) => string
  /** Documents of one kind, by the names of their files. */
  readonly freeze: (
    kind: Kind,
    asked: Partial<Asked>,
    documents: Readonly<Record<string, Content>>,
  ) => void
  /** Into a folder that is not there yet, with the answers of today. */
  readonly write: (folder: string) => void
}

export const curves = ['P-256', 'SM2'] as const
export const frozenAt = issuingAt.toISOString()

export function createSet(): FrozenSet {
  const files = new Map<string, Uint8Array>()
  const lines: { file: string; kind: Kind; asked: Partial<Asked> }[] = []
  const keep = (file: string, content: Content): string => {
    files.set(file, typeof content === 'string' ? utf8(content) : content)
    return file
  }
  return {
    keep,
    freeze: (kind, asked, documents) => {
      for (const [file, content] of Object.entries(documents)) {
        lines.push({ file: keep(file, content), kind, asked })
      }
    },
    write: (folder) => {
      mkdirSync(folder)
      for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes)
      const fileOf = (name: string): Uint8Array => files.get(name) ?? utf8('')
      const answered = lines.map(({ file, kind, asked }) => {
        const reading = { bytes: fileOf(file), asked: { ...nothingAsked, ...asked }, fileOf }
        return { file, kind, asked, answer: answerOf(kind, reading) }
      })
      writeFileSync(join(folder, 'answers.json'), `${JSON.stringify(answered, undefined, 2)}\n`)
    },
  }
}
