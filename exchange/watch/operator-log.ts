/**
 * The log of the operator: the only way to a log line. Every event and every member is written down
 * here with the shape its value must have; anything else is left out and counted in the line itself. No
 * shape has room for a name, a number of a person or a sentence, so a line cannot tell about anybody.
 * The audit log is something else.
 */
import { METHODS } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import { fieldCodeIsValid } from '../../sdk/identifier.ts'
import { problems } from '../../sdk/problem.ts'
import { authenticationReasons } from '../identity/authenticate.ts'

type Shape = (value: unknown) => boolean

const matches =
  (form: RegExp): Shape =>
  (value) =>
    typeof value === 'string' && form.test(value)
const oneOf =
  (words: readonly string[]): Shape =>
  (value) =>
    typeof value === 'string' && words.includes(value)
const isCount: Shape = (value) => Number.isSafeInteger(value)

/** Deeper than this a stack names libraries only. */
const framesMax = 12

const shapes = {
  /** Ours, never the client's: that one may say anything. */
  requestId: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  /** Node lets no other method in. */
  method: oneOf(METHODS),
  /** The pattern as it was declared; an address holds identifiers. */
  route: matches(/^[A-Za-z/:.*-]{1,80}$/),
  status: (value) => isCount(value) && String(value).length === 3,
  elapsedMs: (value) => typeof value === 'number' && value >= 0 && Number.isFinite(value),
  department: (value) => typeof value === 'string' && fieldCodeIsValid(value),
  code: oneOf(Object.keys(problems)),
  reason: oneOf(authenticationReasons),
  count: isCount,
  /** A place in our own tables: `log.entry 12`. */
  row: matches(/^[a-z]+\.[a-z_]+ \d{1,18}$/),
  error: matches(/^[A-Za-z]{1,60}$/),
  errorCode: matches(/^[A-Z][A-Z0-9_]{1,60}$/),
  sqlstate: matches(/^[0-9A-Z]{5}$/),
  at: (value) =>
    Array.isArray(value) &&
    value.length <= framesMax &&
    value.every(matches(/^[\w./@-]+\.[cm]?[jt]s:\d+$/)),
} satisfies Record<string, Shape>

type Member = keyof typeof shapes
export type Members = Readonly<Partial<Record<Member, unknown>>>

interface Kind {
  readonly level: 'info' | 'warn' | 'error'
  readonly members: readonly Member[]
}

const thrownMembers = ['code', 'error', 'errorCode', 'sqlstate', 'at'] as const

/** Every line there is. */
const events = {
  request: {
    level: 'info',
    members: ['requestId', 'method', 'route', 'status', 'elapsedMs', 'department', 'code'],
  },
  defect: { level: 'error', members: ['requestId', ...thrownMembers] },
  framework: { level: 'warn', members: thrownMembers },
  sequencer: { level: 'error', members: [...thrownMembers, 'row'] },
  'licences not finished': { level: 'error', members: thrownMembers },
  'events not settled': { level: 'error', members: thrownMembers },
  'not ready': { level: 'warn', members: ['code'] },
  'certificate not renewed': { level: 'error', members: ['code'] },
  'not authenticated': { level: 'warn', members: ['reason', 'count'] },
  'keys not read again': { level: 'error', members: ['code'] },
  'not sequenced before the end': { level: 'error', members: ['code'] },
} as const satisfies Record<string, Kind>

export type LogEvent = keyof typeof events

export interface OperatorLog {
  readonly say: (event: LogEvent, members: Members) => void
}

export function createOperatorLog(level: string, to: DestinationStream): OperatorLog {
  const logger = pino({ level, base: { pid: process.pid } }, to)
  return {
    say: (event, members) => {
      const allowed: readonly string[] = events[event].members
      const given = Object.entries(members).filter(([, value]) => value !== undefined)
      const fitting = given.filter(
        ([name, value]) => allowed.includes(name) && shapes[name as Member](value), // It is allowed.
      )
      const dropped = given.length - fitting.length
      const line = { ...Object.fromEntries(fitting), ...(dropped > 0 ? { dropped } : {}) }
      logger[events[event].level](line, event)
    },
  }
}

/** What may be told of a thrown value: its kind and where it was thrown, never its message. */
export function thrownMembersOf(thrown: unknown): Members {
  if (!(thrown instanceof Error)) return { error: typeof thrown }
  const { name, message, stack = '', cause } = thrown
  const code = 'code' in thrown ? thrown.code : undefined
  const isOurs = typeof code === 'string' && Object.hasOwn(problems, code)
  return {
    error: name,
    ...(code === undefined ? {} : isOurs ? { code } : { errorCode: code }),
    sqlstate: cause instanceof Object && 'sqlstate' in cause ? cause.sqlstate : undefined,
    at: framesIn(stack.replace(message, '')),
  }
}

/** `exchange/http/app.ts:51` of each frame; the message above the frames stays out. */
function framesIn(stack: string): string[] {
  const frames = stack.matchAll(
    /^ {4}at .*?((?:[\w.@-]+\/){0,3}[\w.@-]+\.[cm]?[jt]s):(\d+):\d+\)?$/gm,
  )
  return [...frames].slice(0, framesMax).map(([, file = '', line = '']) => `${file}:${line}`)
}

/** What the framework wants to say for itself: that it did, and about which kind of error. */
export function frameworkLog({ say }: OperatorLog): FastifyBaseLogger {
  const quiet = (): undefined => undefined
  const loud = (first: unknown): void => {
    const { err = first } = first instanceof Object ? (first as { err?: unknown }) : {}
    say('framework', thrownMembersOf(err))
  }
  const log: FastifyBaseLogger = {
    ...{ level: 'warn', silent: quiet, trace: quiet, debug: quiet, info: quiet },
    ...{ warn: loud, error: loud, fatal: loud, child: () => log },
  }
  return log
}
