/**
 * What ends or stops this process at a failpoint: `name@k` at the k-th pass from now, by SIGKILL, or by
 * SIGSTOP with `name@k:stop`. Only processes of the tests listen; the product refuses to start with FAULT.
 */
import { subscribe } from 'node:diagnostics_channel'
import { failpointChannel, failpoints } from '../../db/failpoint.ts'
import type { Failpoint } from '../../db/failpoint.ts'

/** Struck by tests of their own, because no client of the exchange ever passes them. */
const passedByOperators: readonly Failpoint[] = ['mid-rotation']

export const passedByClients = failpoints.filter((name) => !passedByOperators.includes(name))

const form = /^([a-z-]+)@([1-9]\d{0,5})(:stop)?$/

export function awaitBlow(fault: string): void {
  if (process.env['NODE_ENV'] !== 'test') throw new Error('faults are for tests')
  const [, name, passes, stop] = form.exec(fault) ?? []
  if (name === undefined) throw new Error(`${fault}: name@k or name@k:stop was expected`)
  let left = Number(passes)
  subscribe(failpointChannel, (passed) => {
    if (passed !== name) return
    left -= 1
    if (left === 0) process.kill(process.pid, stop === undefined ? 'SIGKILL' : 'SIGSTOP')
  })
}
