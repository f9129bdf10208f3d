/** Versions of a licence type: in order, never two at once, and what breaks is declared with its reason. */
import { breaksBetween } from '../difference/licence-type.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { LicenceType } from '../types/licence-type.ts'
import { followsInTime } from './dates.ts'

export function* proveVersions(file: string, versions: readonly LicenceType[]): Generator<Finding> {
  for (const [index, version] of versions.entries()) {
    const isNewest = index === versions.length - 1
    const steps = isNewest ? [] : ['earlier', index]
    const before = versions[index - 1]
    yield* followsInTime({ file, steps }, before, version)
    if (before && version.version <= before.version) {
      yield finding(file, [...steps, 'version'], {
        what: `${version.version} does not follow ${before.version}`,
        remedy: 'give each version a higher number than the one before',
      })
    }
    const broken = before ? breaksBetween(before, version) : []
    for (const change of broken) {
      if (version.breaks.some((declared) => declared.change === change)) continue
      yield finding(file, [...steps, 'breaks'], {
        what: `version ${version.version} breaks what was promised and does not declare it: ${change}`,
        remedy: 'declare it with its reason, or take it back',
      })
    }
    for (const [at, { change }] of version.breaks.entries()) {
      if (broken.includes(change)) continue
      yield finding(file, [...steps, 'breaks', at, 'change'], {
        what: `declares ${change}, which does not happen in version ${version.version}`,
        remedy: 'remove the declaration',
      })
    }
  }
}
