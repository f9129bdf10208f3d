import { expect, test } from 'vitest'
import { expressionFault } from './expression.ts'

test.for([
  '^[0-9]{18}$',
  '^JY[123][0-9]{13}$',
  '^琼\\(20[0-9]{2}\\)海口市不动产权第[0-9]{7}号$',
  '^[+*]{1,3}$',
  '^\\+86$',
  '^(A|B)[0-9]{1,4}$',
])('%s does bounded work', (source) => {
  expect(expressionFault(source)).toBeUndefined()
})

test.for([
  ['[0-9]{18}', 'does not begin with ^ and end with $'],
  ['^[0-9]{18}', 'does not begin with ^ and end with $'],
  ['^[$', 'is not a regular expression'],
  ['^[0-9]+$', 'repeats without a limit (*, + or {1,})'],
  ['^.*$', 'repeats without a limit (*, + or {1,})'],
  ['^a{2,}$', 'repeats without a limit (*, + or {1,})'],
  ['^(a{1,9}){1,9}$', 'repeats a group'],
  ['^(a|b)?$', 'repeats a group'],
  ['^([a-z])\\1$', 'refers back to a group'],
  ['^a|b$', 'offers alternatives outside a group'],
])('%s is refused: it %s', ([source, fault]) => {
  expect(expressionFault(source ?? '')).toBe(fault)
})
