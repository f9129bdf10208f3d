/** The routes of the server as it is built, for tests that have to leave none out. */
import { createApp } from '../exchange/http/app.ts'
import type { AppParts } from '../exchange/http/parts.ts'
import type { OperatorLog } from '../exchange/watch/operator-log.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Each as `METHOD /path/:parameter`; nothing is asked of the server that is built for it. */
export async function routesOf(logger: OperatorLog): Promise<string[]> {
  const declared: string[] = []
  const parts: Partial<AppParts> = {
    ...{ logger, tls: undefined, verifyPerMinute: 1 },
    declared: (route) => declared.push(route),
  }
  const never = (): never => {
    throw new Error('nothing is asked of this server')
  }
  const get = (_: object, name: string | symbol): unknown =>
    name in parts ? parts[name as keyof AppParts] : never
  const app = createApp(new Proxy({}, { get }) as AppParts) // What it lacks, no route is built with.
  await app.ready()
  return [...new Set(declared)].flatMap((url) =>
    methods.filter((method) => app.hasRoute({ method, url })).map((method) => `${method} ${url}`),
  )
}
