/** Departments: their numbers, their places, and that somebody is in charge. */
import { usccIsValid } from '../../sdk/identifier.ts'
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Department } from '../types.ts'
import { resolves } from './reference.ts'

export function* proveDepartments(draft: Draft): Generator<Finding> {
  const holders = new Map<string, string>()
  for (const [code, department] of draft.departments) {
    const file = `departments/${code}.json`
    yield* proveNumber(file, department, holders)
    yield* provePlace(draft, file, department)
    if (department.parent !== undefined) {
      const { parent } = department
      yield* resolves(draft, { file, steps: ['parent'] }, { folder: 'departments', code: parent })
    }
    if (isOwnAncestor(draft, code)) {
      yield finding(file, ['parent'], {
        what: 'the department is above itself',
        remedy: 'name the department that is really above it',
      })
    }
  }
  yield* proveAuthority(draft)
}

function* proveNumber(
  file: string,
  { code, uscc }: Department,
  holders: Map<string, string>,
): Generator<Finding> {
  const holder = holders.get(uscc)
  holders.set(uscc, code)
  if (!usccIsValid(uscc)) {
    yield finding(file, ['uscc'], {
      what: 'a check digit of the credit code is wrong (GB 32100, GB 11714)',
      remedy: 'copy the code again from the certificate of the department',
    })
  }
  if (holder !== undefined) {
    yield finding(file, ['uscc'], {
      what: `has the same credit code as ${holder}`,
      remedy: 'give each department its own',
    })
  }
}

function* provePlace(draft: Draft, file: string, department: Department): Generator<Finding> {
  const { division } = department
  const place = draft.divisions.find(({ code }) => code === division)
  if (!place) {
    yield finding(file, ['division'], {
      what: `${division} is not in divisions.json`,
      remedy: 'add the division or correct the code',
    })
  } else if (place.successor !== undefined || place.until !== undefined) {
    yield finding(file, ['division'], {
      what: `${division} is a historic code`,
      remedy: `write its successor${place.successor ? `, ${place.successor}` : ''}`,
    })
  }
}

function isOwnAncestor(draft: Draft, code: string): boolean {
  const passed = new Set<string>()
  let next = draft.departments.get(code)?.parent
  while (next !== undefined && !passed.has(next)) {
    if (next === code) return true
    passed.add(next)
    next = draft.departments.get(next)?.parent
  }
  return false
}

function* proveAuthority(draft: Draft): Generator<Finding> {
  const everyone = [...draft.departments.values()]
  if (everyone.some(({ roles }) => roles.includes('competentAuthority'))) return
  yield finding('departments', [], {
    what: 'no department is the competent authority for data sharing (Order 809, art. 8)',
    remedy: 'give one department the role competentAuthority',
  })
}
