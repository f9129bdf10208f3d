import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { turnLimits } from './parts.ts'
import { createTurns } from './turns.ts'

const { atOnce, waiting } = turnLimits
const patient = new AbortController().signal

/** A flood that goes on until it is told to end, and in what order its requests began. */
function flood(turns: ReturnType<typeof createTurns>, department: string, count: number) {
  const began: number[] = []
  const end = Promise.withResolvers<undefined>()
  const all = Array.from({ length: count }, (_, i) =>
    turns.take({ department, signal: patient }, async () => {
      began.push(i)
      await end.promise
      return i
    }),
  )
  const settled = Promise.allSettled(all)
  return { began, settled, end: () => (end.resolve(undefined), settled) }
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    return String(await work)
  } catch (thrown) {
    return thrown instanceof Problem ? thrown.code : 'a defect'
  }
}

test('as many as are worked on at once begin, the rest waits', async () => {
  const turns = createTurns()
  const { began, end } = flood(turns, 'market', atOnce + 1)
  expect(began).toHaveLength(atOnce)
  await end()
  expect(began).toEqual(Array.from({ length: atOnce + 1 }, (_, i) => i))
})

test.for([
  [atOnce + waiting - 1, 'done'],
  [atOnce + waiting, 'too-many-requests'],
] as const)('with %i before it a request is %s', async ([before, outcome]) => {
  const turns = createTurns()
  const { end } = flood(turns, 'market', before)
  const work = () => Promise.resolve('done')
  const one = codeOf(turns.take({ department: 'market', signal: patient }, work))
  const results = await end()
  expect(await one).toBe(outcome)
  expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
})

test('a department that floods keeps no other one waiting', async () => {
  const turns = createTurns()
  const { end } = flood(turns, 'market', atOnce + waiting)
  const work = () => Promise.resolve('done')
  expect(await turns.take({ department: 'police', signal: patient }, work)).toBe('done')
  await end()
})

test('work that fails gives its turn on', async () => {
  const turns = createTurns()
  const turn = { department: 'market', signal: patient }
  const fail = () => Promise.reject(new Problem('source-fault'))
  for (let i = 0; i <= atOnce; i += 1)
    expect(await codeOf(turns.take(turn, fail))).toBe('source-fault')
})

test('whoever gives up waiting leaves the place to others, and its work is never begun', async () => {
  const turns = createTurns()
  const { end } = flood(turns, 'market', atOnce + waiting - 1)
  const impatient = new AbortController()
  let begun = false
  const gone = codeOf(
    turns.take({ department: 'market', signal: impatient.signal }, () => {
      begun = true
      return Promise.resolve('done')
    }),
  )
  impatient.abort()
  const work = () => Promise.resolve('done')
  const next = codeOf(turns.take({ department: 'market', signal: patient }, work))
  await end()
  expect([await gone, await next, begun]).toEqual(['took-too-long', 'done', false])
})
