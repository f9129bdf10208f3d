/** Days: a rule must not end before it begins. */
import type { Draft } from '../draft.ts'
import { divisionsFile } from '../files.ts'
import { finding } from '../finding.ts'
import type { Finding, Steps } from '../finding.ts'
import type { Place } from './reference.ts'

interface Range {
  readonly from?: string
  readonly until?: string
}

export function* proveDates(draft: Draft): Generator<Finding> {
  for (const [code, resource] of draft.resources) {
    yield* runsForward(`resources/${code}.json`, [], resource)
  }
  for (const [code, { versions }] of draft.services) {
    yield* proveVersions(`services/${code}.json`, versions)
  }
  for (const [department, { grants }] of draft.grants) {
    const file = `grants/${department}.json`
    for (const [index, grant] of grants.entries())
      yield* runsForward(file, ['grants', index], grant)
  }
  for (const [index, division] of draft.divisions.entries()) {
    yield* runsForward(divisionsFile, ['divisions', index], division)
  }
}

export function* runsForward(
  file: string,
  steps: Steps,
  { from, until }: Range,
): Generator<Finding> {
  if (from === undefined || until === undefined || from <= until) return
  yield finding(file, [...steps, 'until'], {
    what: `ends on ${until}, before it begins on ${from}`,
    remedy: 'write the last day in force, not earlier than from',
  })
}

/** Versions stand in order and never two at once, so that a day has at most one. */
function* proveVersions(file: string, versions: readonly Range[]): Generator<Finding> {
  for (const [index, version] of versions.entries()) {
    const place = { file, steps: ['versions', index] }
    yield* followsInTime(place, versions[index - 1], version)
  }
}

export function* followsInTime(
  { file, steps }: Place,
  before: Range | undefined,
  version: Range,
): Generator<Finding> {
  yield* runsForward(file, steps, version)
  if (!before || (before.until !== undefined && before.until < (version.from ?? ''))) return
  yield finding(file, [...steps, 'from'], {
    what: 'begins while the version before it is in force',
    remedy: 'let the earlier version end on the day before, and order them by date',
  })
}
