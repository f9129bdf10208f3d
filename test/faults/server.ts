/**
 * The sample world as a process of its own, so that it can be killed: from outside, or by itself at a
 * failpoint. Its intake of drafts is a private channel to the parent: `{ id, company }` is answered with
 * the licence, once it is durable, and `{ id, file }` with the import that was made of it.
 */
import { businessLicence, fictitiousCompany } from '../../demo/sample.ts'
import { openWorld } from '../../demo/world.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import { awaitBlow } from './blow.ts'
import { worldSettings } from './world-settings.ts'
import type { Place } from './world-settings.ts'

export type ToServer =
  | { readonly id: number; readonly company: number }
  | { readonly id: number; readonly file: string }
  | { readonly fault: string }

export type FromServer =
  | { readonly ready: string }
  | { readonly refused: string }
  | { readonly id: number; readonly made: string }
  | { readonly id: number; readonly why: string }

const place = JSON.parse(process.argv[2] ?? '') as Place // Written by server-process.ts.
const tell = (message: FromServer): void => void process.send?.(message)

try {
  const { exchange, serving } = await openWorld(worldSettings(place))
  const { vault } = exchange
  const make = async (message: Exclude<ToServer, { fault: string }>): Promise<string> => {
    if ('company' in message) {
      return (await vault.issue(businessLicence(fictitiousCompany(message.company)))).licenceId
    }
    return (await vault.importLicences({ path: message.file, type: 'businessLicence' })).runId
  }
  process.on('message', (message: ToServer) => {
    if ('fault' in message) {
      awaitBlow(message.fault)
      return
    }
    const { id } = message
    make(message).then(
      (made) => {
        tell({ id, made })
      },
      (thrown: unknown) => {
        tell({ id, why: problemFrom(thrown).code })
      },
    )
  })
  tell({ ready: serving.url })
} catch (thrown) {
  if (!(thrown instanceof Problem)) throw thrown
  tell({ refused: `${thrown.code} ${JSON.stringify(thrown.detail)}` })
  process.disconnect()
}
// Whoever started it is gone: nobody is left to kill it.
process.on('disconnect', () => process.exit())
