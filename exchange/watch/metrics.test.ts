import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const known = {
  reason: new Set(['expired']),
  route: new Set(['/verify']),
  status: new Set(['200']),
}

const samples = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('a value nobody declared is other, whatever a stranger writes into it', () => {
  const metrics = createMetrics(known)
  for (const reason of ['expired', 'x"} 1\nevil 2', '']) {
    metrics.count('zhengtong_not_authenticated_total', { reason })
  }
  expect(samples(metrics.text())).toEqual([
    'zhengtong_not_authenticated_total{reason="expired"} 1',
    'zhengtong_not_authenticated_total{reason="other"} 2',
  ])
})

test('a histogram counts upwards, and all of it is in the last bucket', () => {
  const metrics = createMetrics(known)
  for (const seconds of [0.002, 0.003, 100])
    metrics.observe('zhengtong_log_append_seconds', seconds)
  const lines = samples(metrics.text()).map((line) => line.replace('zhengtong_log_append_', ''))
  expect(lines.slice(0, 2)).toEqual([
    'seconds_bucket{le="0.002"} 1',
    'seconds_bucket{le="0.005"} 2',
  ])
  expect(lines.slice(-3)).toEqual([
    'seconds_bucket{le="+Inf"} 3',
    'seconds_sum 100.005',
    'seconds_count 3',
  ])
})

test('what is not known any more is not told', () => {
  const metrics = createMetrics(known)
  metrics.set('zhengtong_log_head_age_seconds', {}, 3)
  expect(samples(metrics.text())).toEqual(['zhengtong_log_head_age_seconds 3'])
  metrics.forget('zhengtong_log_head_age_seconds')
  expect(samples(metrics.text())).toEqual([])
})
