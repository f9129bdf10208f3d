import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { after, isOpen, isStateAct, isVersionAct, statusOf } from './lifecycle.ts'
import type { Act, State } from './lifecycle.ts'
import { checkReason } from './rules.ts'

const stateActs = [
  ...(['suspend', 'restore', 'expire', 'cancel', 'revoke', 'withdraw'] as const),
  ...(['transfer', 'archive'] as const),
]
const versionActs = ['renew', 'change', 'supersede'] as const
const acts: readonly Act[] = ['issue', ...stateActs, ...versionActs]

/** What each act leads to; a dot where it is refused. */
const table: Readonly<Record<State, string>> = {
  valid: 'suspended . . cancelled revoked withdrawn transferred . superseded superseded superseded',
  suspended: '. valid . cancelled revoked withdrawn . . . . superseded',
  expired: '. . expired cancelled revoked . . archived superseded . superseded',
  cancelled: '. . . . . . . archived . . .',
  revoked: '. . . . . . . archived . . .',
  withdrawn: '. . . . . . . archived . . .',
  transferred: '. . . . . . . archived . . superseded',
  superseded: '. . . . . . . archived . . .',
  archived: '. . . . . . . . . . .',
}

test.for(Object.entries(table) as [State, string][])(
  'what may follow when a licence is %s',
  ([state, expected]) => {
    const outcome = acts.map((act) => {
      try {
        return after(state, act)
      } catch (thrown) {
        expect(problemFrom(thrown).code).toBe('wrong-state')
        return '.'
      }
    })
    // Nothing is issued that is there.
    expect(outcome.join(' ')).toBe(`. ${expected}`)
  },
)

test('the public list says no more of a licence than whether it may be relied on', () => {
  const { valid, suspended, ...others } = statusOf
  expect([valid, suspended]).toEqual(['valid', 'suspended'])
  expect(new Set(Object.values(others))).toEqual(new Set(['invalid']))
  expect(Object.keys(others)).toEqual(Object.keys(table).filter((state) => !isOpen(state as State)))
})

test('every act either leaves the document or makes a version, and nothing else is an act', () => {
  expect(acts.filter(isStateAct)).toEqual(stateActs)
  expect(acts.filter(isVersionAct)).toEqual(versionActs)
  for (const text of ['Revoke', '', 'constructor', 'toString', '__proto__']) {
    expect([isStateAct(text), isVersionAct(text)]).toEqual([false, false])
  }
})

test('every act that can be asked for has reasons in the catalogue, and only those', () => {
  const catalogue = loadCatalogue()
  const listed = new Set(catalogue.stateCodes.reasons.map(({ act }) => act))
  expect([...stateActs, ...versionActs].filter((act) => !listed.has(act))).toEqual([])
  expect(() => {
    checkReason(catalogue, 'revoke', 'obtained-by-fraud')
  }).not.toThrow()
  for (const [act, reason] of [
    ['revoke', 'on-application'],
    ['issue', 'lost'],
    ['suspend', ''],
  ] as const) {
    expect(() => {
      checkReason(catalogue, act, reason)
    }).toThrow(/^unknown-reason/)
  }
})
