/** States, acts and reasons: nothing listed twice, and every sector and act that is named exists. */
import type { Draft } from '../draft.ts'
import { stateCodesFile } from '../files.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { areUnique } from './reference.ts'

const lists = ['states', 'acts', 'reasons'] as const

export function* proveStateCodes({ stateCodes }: Draft): Generator<Finding> {
  const file = stateCodesFile
  for (const list of ['sectors', 'states', 'acts'] as const) {
    yield* areUnique({ file, steps: [list] }, stateCodes[list])
  }
  const sectors = new Set(stateCodes.sectors.map(({ code }) => code))
  const named = lists.flatMap((list) =>
    stateCodes[list].flatMap((row, index) =>
      Object.keys(row.sectors ?? {}).map((sector) => ({ steps: [list, index], sector })),
    ),
  )
  for (const { steps, sector } of named) {
    if (sectors.has(sector)) continue
    yield finding(file, [...steps, 'sectors', sector], {
      what: `${sector} is not among the sectors`,
      remedy: 'add the sector or correct its code',
    })
  }
  yield* proveStatesAreTold(stateCodes)
  yield* proveReasons(stateCodes)
}

/** A state that is read from another system must mean one thing. Several acts may share a code. */
function* proveStatesAreTold({ states }: Draft['stateCodes']): Generator<Finding> {
  const seen = new Map<string, string>()
  for (const [index, { code, sectors = {} }] of states.entries()) {
    for (const [sector, written] of Object.entries(sectors)) {
      const twin = seen.get(`${sector} ${written}`)
      seen.set(`${sector} ${written}`, code)
      if (twin === undefined) continue
      yield finding(stateCodesFile, ['states', index, 'sectors', sector], {
        what: `${written} means ${twin} already`,
        remedy: 'give each state its own code in a sector',
      })
    }
  }
}

function* proveReasons({ acts, reasons }: Draft['stateCodes']): Generator<Finding> {
  const known = new Set(acts.map(({ code }) => code))
  const seen = new Set<string>()
  for (const [index, { act, code }] of reasons.entries()) {
    if (!known.has(act)) {
      yield finding(stateCodesFile, ['reasons', index, 'act'], {
        what: `${act} is not among the acts`,
        remedy: 'add the act or correct its code',
      })
    }
    if (seen.has(`${act} ${code}`)) {
      yield finding(stateCodesFile, ['reasons', index, 'code'], {
        what: `${code} is listed twice for ${act}`,
        remedy: 'remove one',
      })
    }
    seen.add(`${act} ${code}`)
  }
}
