import { expect, test } from 'vitest'
import { problemFrom } from '../../sdk/problem.ts'
import { after, isAct, reasons, statusOf } from './lifecycle.ts'
import type { Act, State } from './lifecycle.ts'

const acts: readonly Act[] = ['suspend', 'restore', 'cancel', 'revoke', 'withdraw']
const table: Readonly<Record<State, string>> = {
  valid: 'suspended - cancelled revoked withdrawn',
  suspended: '- valid cancelled revoked withdrawn',
  cancelled: '- - - - -',
  revoked: '- - - - -',
  withdrawn: '- - - - -',
}

test.for(Object.entries(table) as [State, string][])(
  'what may follow when a licence is %s',
  ([state, expected]) => {
    const outcome = acts.map((act) => {
      try {
        return after(state, act)
      } catch (thrown) {
        expect(problemFrom(thrown).code).toBe('wrong-state')
        return '-'
      }
    })
    expect(outcome.join(' ')).toBe(expected)
  },
)

test('the public list says no more of a licence than whether it may be relied on', () => {
  expect(statusOf).toEqual({
    ...{ valid: 'valid', suspended: 'suspended' },
    ...{ cancelled: 'invalid', revoked: 'invalid', withdrawn: 'invalid' },
  })
})

test('every act has reasons, and nothing else is an act', () => {
  for (const act of acts) expect(reasons[act].length).toBeGreaterThan(0)
  expect(acts.every(isAct)).toBe(true)
  for (const text of ['issue', 'Revoke', '', 'constructor', 'toString', '__proto__']) {
    expect(isAct(text)).toBe(false)
  }
})
