import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { spreadsheetFiles } from '../test/dirty-spreadsheets.ts'
import { dirtyFiles } from '../test/dirty-stock.ts'
import { wordsOf } from './finding-words.ts'

const sources = ['import/row', 'import/cell', 'import/steps', 'import/part', 'issue/draft-checks']

test('every rule that a row can break has words in Chinese', async () => {
  const texts = await Promise.all(
    sources.map((name) => readFile(new URL(`../vault/${name}.ts`, import.meta.url), 'utf8')),
  )
  const written = texts.flatMap((text) =>
    Array.from(text.matchAll(/rule: '([a-z0-9-]+)'/g), ([, rule = '']) => rule),
  )
  const found = [...dirtyFiles, ...spreadsheetFiles].flatMap(({ gives }) =>
    'issued' in gives ? Object.keys(gives.finds ?? {}).map((name) => name.split(' ')[1] ?? '') : [],
  )
  expect(written).toContain('rounded')
  expect(found).toContain('column-count')
  // What only warns is in no error file.
  const rules = new Set([...written, ...found].filter((rule) => rule !== 'historic-code'))
  expect([...rules].filter((rule) => !/\p{Script=Han}/u.test(wordsOf(rule)))).toEqual([])
})
