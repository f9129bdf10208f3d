/**
 * Named places where a run with faults may end the process, between two steps that must survive it.
 * Passing one only says so on a channel of the process. Nobody in the product listens there, so it
 * does nothing; the fault tests' own server does (test/faults/blow.ts).
 */
import { channel } from 'node:diagnostics_channel'

/** Each stands in the code exactly once; test/faults/failpoint.test.ts holds it to that. */
export const failpoints = [
  'before-decide',
  'after-fetch',
  'before-audit',
  'after-commit-before-send',
  'mid-send',
  'before-sign',
  'after-sign-before-store',
  'before-head-sign',
  'after-head-sign-before-publish',
  'mid-import-chunk',
  'mid-rotation',
] as const

export type Failpoint = (typeof failpoints)[number]

export const failpointChannel = 'zhengtong:failpoint'

const passed = channel(failpointChannel)

export function failpoint(name: Failpoint): void {
  passed.publish(name)
}
