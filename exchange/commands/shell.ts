/** What a command gets from the program that runs it, and how a program may end. */
import type { Config } from '../config.ts'
import type { Terminal } from './terminal.ts'

/** The exit statuses of `zt`, for scripts to rely on. */
export const exit = {
  ok: 0,
  /** Something was looked at and is wrong, or was refused for what it is. */
  failed: 1,
  /** The command line, a setting or a file named in it is not acceptable. */
  usage: 2,
  /** Going on could have destroyed or betrayed something. */
  unsafe: 3,
  /** Try again later. */
  unavailable: 4,
  /** Not wrong, and not proven either; or done in part. */
  partial: 5,
  interrupted: 130,
} as const

export type ExitStatus = (typeof exit)[keyof typeof exit]

export interface Shell {
  /** Read when a command needs it, so that help works with a wrong setting. */
  readonly config: () => Config
  readonly clock: () => Date
  readonly terminal: Terminal
  /** Where a command reads a file that is called `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>
  /** What the program will end with unless something is thrown; `ok` when never called. */
  readonly end: (status: ExitStatus) => void
  /** Resolves when somebody wants the program to stop. */
  readonly interrupted: () => Promise<void>
}
