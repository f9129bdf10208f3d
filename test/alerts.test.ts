/** Alert rules, their runbooks and the metrics they speak of: none without the others. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '../exchange/watch/metrics.ts'

const docs = join(import.meta.dirname, '../docs')
const read = (path: string): string => readFileSync(join(docs, path), 'utf8')

const rules = read('alerts.yml')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({
    name: /^\w+/.exec(text)?.[0] ?? '',
    expression: /^ {8}expr: (.*)$/m.exec(text)?.[1] ?? '',
    severity: /severity: (\w+)/.exec(text)?.[1],
    runbook: /^ {10}runbook: (\S+)$/m.exec(text)?.[1] ?? '',
  }))
const runbooks = readdirSync(join(docs, 'runbooks')).map((name) => `runbooks/${name}`)

/** Every metric that is exported, with its kind. */
const kinds = new Map(
  [
    ...createMetrics({})
      .text()
      .matchAll(/^# TYPE (\w+) (\w+)$/gm),
  ].map(([, name = '', kind = '']) => [name, kind]),
)

function unknownMetrics(text: string): string[] {
  const named = text.match(/zhengtong_\w+/g) ?? []
  return named.filter((name) => {
    const whole = name.replace(/_(bucket|sum|count)$/, '')
    return !kinds.has(name) && kinds.get(whole) !== 'histogram'
  })
}

test('what is not exported is found', () => {
  expect(unknownMetrics('rate(zhengtong_no_such_total[5m]) > zhengtong_database_up_sum')).toEqual([
    ...['zhengtong_no_such_total', 'zhengtong_database_up_sum'],
  ])
})

test('there are rules, and each is told once', () => {
  expect(rules.length).toBeGreaterThanOrEqual(12)
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
})

describe.each(rules)('$name', ({ name, expression, severity, runbook }) => {
  test('names metrics that exist, and how urgent it is', () => {
    expect(expression).toContain('zhengtong_')
    expect(unknownMetrics(expression)).toEqual([])
    expect(['page', 'ticket']).toContain(severity)
  })

  test('has a runbook of its own, which says what it means, what to look at and what to do', () => {
    const text = read(runbook)
    expect(text).toMatch(new RegExp(`^# ${name}: `))
    expect(text.match(/^## .*$/gm)?.slice(0, 3)).toEqual([
      ...['## 含义 · What it means', '## 先看 · Look at', '## 处置 · Do'],
    ])
    expect(rules.filter((rule) => rule.runbook === runbook)).toHaveLength(1)
  })
})

test.each(runbooks)('%s names metrics that exist, and somebody leads to it', (runbook) => {
  expect(unknownMetrics(read(runbook))).toEqual([])
  const isLedTo =
    rules.some((rule) => rule.runbook === runbook) || read('operating.md').includes(`(${runbook})`)
  expect(isLedTo).toBe(true)
})

test('the page of operating names metrics that exist', () => {
  expect(unknownMetrics(read('operating.md'))).toEqual([])
})
