/** Divisions: a graph of parents and successors that always ends at a province. */
import type { Draft } from '../draft.ts'
import { divisionsFile } from '../files.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Division } from '../types.ts'
import { areUnique } from './reference.ts'

export function* proveDivisions({ divisions }: Draft): Generator<Finding> {
  const known = new Map(divisions.map((division): [string, Division] => [division.code, division]))
  yield* areUnique({ file: divisionsFile, steps: ['divisions'] }, divisions)
  for (const [index, division] of divisions.entries()) {
    const steps = ['divisions', index]
    for (const { path, code } of targets(division)) {
      if (known.has(code)) continue
      yield finding(divisionsFile, [...steps, ...path], {
        what: `${code} is not in this file`,
        remedy: 'add it or correct the code',
      })
    }
    if (division.parent === undefined && !division.code.endsWith('0000')) {
      yield finding(divisionsFile, steps, {
        what: `${division.code} is no province and has no parent`,
        remedy: 'name the division it belongs to; the province when nothing else is certain',
      })
    }
    const circle = circleFrom(known, division)
    if (circle) {
      yield finding(divisionsFile, [...steps, circle], {
        what: `following parents and successors leads back to ${division.code}`,
        remedy: 'break the circle',
      })
    }
  }
}

interface Target {
  readonly path: readonly (string | number)[]
  readonly code: string
}

function* targets({ parent, successor, formerly }: Division): Generator<Target> {
  if (parent !== undefined) yield { path: ['parent'], code: parent }
  if (successor !== undefined) yield { path: ['successor'], code: successor }
  for (const [index, former] of (formerly ?? []).entries()) {
    if (former.successor === undefined) continue
    yield { path: ['formerly', index, 'successor'], code: former.successor }
  }
}

/** The edge by which a division reaches itself again: what issuerFor walks must end. */
function circleFrom(
  known: ReadonlyMap<string, Division>,
  start: Division,
): 'parent' | 'successor' | undefined {
  for (const edge of ['parent', 'successor'] as const) {
    const pending = [start[edge]]
    const passed = new Set<string>()
    while (pending.length > 0) {
      const code = pending.pop()
      if (code === start.code) return edge
      const next = code === undefined || passed.has(code) ? undefined : known.get(code)
      if (!next) continue
      passed.add(next.code)
      pending.push(next.parent, next.successor)
    }
  }
  return undefined
}
