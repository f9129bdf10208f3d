import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { interruption } from './signals.ts'

test.for([
  { first: 'SIGTERM', second: 'SIGTERM' },
  { first: 'SIGINT', second: 'SIGTERM' },
  { first: 'SIGTERM', second: 'SIGINT' },
])('$first is a wish, $second after it an order', async ({ first, second }) => {
  const program = new EventEmitter()
  const exits: number[] = []
  const wish = interruption({
    once: (signal, heard) => program.once(signal, heard),
    exit: (status) => void exits.push(status),
  })
  program.emit(first)
  await wish
  expect(exits).toEqual([])
  program.emit(second)
  expect(exits).toEqual([1])
})
