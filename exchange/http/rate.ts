/**
 * How often one address may ask what anybody may ask. Counted in windows of a minute, in memory, by
 * the address of the connection: what a header says about it is the sender's own word. A proxy in
 * front is one address; it keeps its own count, and `VERIFY_PER_MINUTE` is raised for it.
 */
import { isIPv6 } from 'node:net'

export const rateLimits = {
  /** Verifications an address may ask for, unless it is set otherwise. */
  perMinute: 300,
  windowMs: 60_000,
  /** Addresses remembered at once; beyond them the longest known is forgotten. */
  addresses: 10_000,
} as const

export interface Allowance {
  readonly perMinute: number
  /** Whether this question was one too many. */
  readonly isSpent: boolean
  readonly remaining: number
  /** Until the count begins anew. */
  readonly resetSeconds: number
}

/** Counts one question of an address. */
export type Rate = (address: string, at: Date) => Allowance

interface Window {
  readonly from: number
  asked: number
}

export function createRate(perMinute: number): Rate {
  const windows = new Map<string, Window>()
  return (address, at) => {
    const now = at.getTime()
    const window = currentWindow(windows, networkOf(address), now)
    window.asked += 1
    return {
      perMinute,
      isSpent: window.asked > perMinute,
      remaining: Math.max(0, perMinute - window.asked),
      resetSeconds: Math.ceil((window.from + rateLimits.windowMs - now) / 1_000),
    }
  }
}

function currentWindow(windows: Map<string, Window>, key: string, now: number): Window {
  const known = windows.get(key)
  // A clock that was set back must not make a window last longer.
  if (known && now >= known.from && now < known.from + rateLimits.windowMs) return known
  windows.delete(key)
  if (windows.size >= rateLimits.addresses) {
    const [oldest] = windows.keys() // A map keeps the order in which windows began.
    if (oldest !== undefined) windows.delete(oldest)
  }
  const window = { from: now, asked: 0 }
  windows.set(key, window)
  return window
}

/** Whoever has one IPv6 address has 2^64 of them, so those are counted by network (/64). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [before = [], after = []] = address.split('::').map(groupsOf)
  const zeros = Array.from({ length: groupsMax - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].slice(0, groupsMax / 2).join(':')
}

const groupsMax = 8

/** Without a zone; nothing between the colons is no group. */
function groupsOf(part: string): string[] {
  return part
    .replace(/%.*$/, '')
    .split(':')
    .filter((group) => group !== '')
}
