/**
 * Threads that answer one task after the other, each whenever it has time: what computes for long goes
 * there in portions. A thread that waits keeps no process alive.
 */
import { Worker } from 'node:worker_threads'
import { Problem, problemFrom } from './problem.ts'

export interface Threads<Task, Told> {
  /** @throws Problem internal when the thread dies that has it */
  readonly run: (task: Task) => Promise<Told>
  /** Once all that was asked is answered. */
  readonly close: () => Promise<void>
}

interface Program {
  readonly program: URL
  /** What each thread is given when it begins. */
  readonly data: unknown
  readonly threads: number
}

/** So that the next one lies ready when a thread has answered one. */
const tasksAtOnce = 2

/** Of the items of a task, unless it is said otherwise: a message costs as much as some of them. */
const fewestAtOnce = 8

/** @typeParam Told what the program posts for each task, in their order */
export function openThreads<Task, Told>({ program, data, threads }: Program): Threads<Task, Told> {
  const waiting: Waiting<Task, Told>[] = []
  const started = Array.from({ length: threads }, () =>
    startThread(new Worker(program, { workerData: data }), waiting),
  )
  const asked = new Set<Promise<Told>>()
  return {
    run: (task) => {
      const { promise, resolve, reject } = Promise.withResolvers<Told>()
      asked.add(promise)
      waiting.push({ task, resolve, reject })
      for (const most of [1, tasksAtOnce]) for (const thread of started) thread.feed(most)
      return promise.finally(() => asked.delete(promise))
    },
    close: async () => {
      await Promise.allSettled(asked)
      await Promise.all(started.map(({ worker }) => worker.terminate()))
    },
  }
}

interface Portions {
  readonly threads: number
  readonly most: number
  readonly fewest?: number
}

/** Large ones cost fewer messages; the last ones are smaller, so that all threads end together. */
export function portionsOf<Item>(
  items: readonly Item[],
  { threads, most, fewest = fewestAtOnce }: Portions,
): readonly (readonly Item[])[] {
  const portions: (readonly Item[])[] = []
  for (let from = 0, size; from < items.length; from += size) {
    const share = Math.ceil((items.length - from) / (threads * tasksAtOnce))
    size = Math.min(Math.max(share, fewest), most)
    portions.push(items.slice(from, from + size))
  }
  return portions
}

interface Waiting<Task, Told> {
  readonly task: Task
  readonly resolve: (told: Told) => void
  readonly reject: (problem: Problem) => void
}

interface Thread {
  readonly worker: Worker
  /** Has it take what waits, until it has so many. */
  readonly feed: (most: number) => void
}

function startThread<Task, Told>(worker: Worker, waiting: Waiting<Task, Told>[]): Thread {
  const taken: Waiting<Task, Told>[] = []
  let death: Problem | undefined
  const feed = (most: number): void => {
    while (taken.length < most) {
      const one = waiting.shift()
      if (!one) break
      if (death) one.reject(death)
      else hand(one)
    }
    if (taken.length === 0) worker.unref()
    else worker.ref()
  }
  const hand = (one: Waiting<Task, Told>): void => {
    try {
      worker.postMessage(one.task)
      taken.push(one)
    } catch (thrown) {
      one.reject(problemFrom(thrown))
    }
  }
  const die = (problem: Problem): void => {
    death ??= problem
    for (const one of taken.splice(0)) one.reject(death)
    feed(tasksAtOnce)
  }
  worker.on('message', (told: Told) => {
    taken.shift()?.resolve(told)
    feed(tasksAtOnce)
  })
  worker.on('error', (thrown) => {
    die(problemFrom(thrown))
  })
  worker.on('exit', (code) => {
    die(new Problem('internal', {}, { cause: new Error(`a thread ended with ${code}`) }))
  })
  worker.unref()
  return { worker, feed }
}
