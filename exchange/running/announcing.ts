/**
 * What goes on beside the requests: events are put in order and counted, every second or so, and once a
 * day (in Beijing, and at every start) it is announced which licences are about to end, and what is older
 * than it is kept goes.
 */
import { dayInChina } from '../../catalogs/catalog.ts'
import { runSequencer } from '../../log/index.ts'
import type { Sequencing } from '../../log/index.ts'
import type { ExchangeParts } from '../exchange.ts'
import { thrownMembersOf } from '../watch/operator-log.ts'

export function runAnnouncing({
  vault,
  events,
  settings,
  logger,
}: Pick<ExchangeParts, 'vault' | 'events' | 'settings' | 'logger'>): Sequencing {
  let remindedOn = ''
  const announce = async (): Promise<number> => {
    const today = dayInChina(settings.clock())
    if (today !== remindedOn) {
      await vault.remind()
      await events.dropOld()
      remindedOn = today
    }
    return events.settle()
  }
  return runSequencer(announce, ({ code, cause }) => {
    logger.say('events not settled', { ...thrownMembersOf(cause), code })
  })
}
