/**
 * The sample world as a process of its own, so that it can be killed. Its intake of drafts is a
 * private channel to the parent: `{ id, company }` is answered with the licence, once it is durable.
 */
import { businessLicence, fictitiousCompany } from '../../demo/sample.ts'
import { openWorld } from '../../demo/world.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import { worldSettings } from './world-settings.ts'

export interface Draft {
  readonly id: number
  readonly company: number
}

export type FromServer =
  | { readonly ready: string }
  | { readonly refused: string }
  | { readonly id: number; readonly licenceId: string }
  | { readonly id: number; readonly why: string }

const [databaseUrl = ''] = process.argv.slice(2)
const tell = (message: FromServer): void => void process.send?.(message)

try {
  const { exchange, serving } = await openWorld(worldSettings(databaseUrl))
  process.on('message', ({ id, company }: Draft) => {
    exchange.vault.issue(businessLicence(fictitiousCompany(company))).then(
      ({ licenceId }) => {
        tell({ id, licenceId })
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
