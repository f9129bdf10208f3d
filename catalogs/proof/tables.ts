/** Code tables and elements: nothing listed twice, and days that run forward. */
import type { Draft } from '../draft.ts'
import { divisionsFile, elementsFile } from '../files.ts'
import type { Finding } from '../finding.ts'
import { runsForward } from './dates.ts'
import { areUnique } from './reference.ts'

export function* proveTables(draft: Draft): Generator<Finding> {
  yield* areUnique({ file: elementsFile, steps: ['elements'] }, draft.elements)
  for (const [code, { values }] of draft.codeTables) {
    if (`${code}.json` === divisionsFile) continue // Proven where the divisions are.
    const file = `code-tables/${code}.json`
    yield* areUnique({ file, steps: ['values'] }, values)
    for (const [index, value] of values.entries()) {
      yield* runsForward(file, ['values', index], value)
    }
  }
}
