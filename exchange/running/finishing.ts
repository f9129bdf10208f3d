/**
 * What an earlier run began, at every start. What cannot be sealed now, because a signing server is away
 * or a seal has ended, keeps nobody from being served: it is finished when it is asked for again, or at
 * the next start.
 */
import { problemFrom } from '../../sdk/problem.ts'
import type { ExchangeParts } from '../exchange.ts'
import { thrownMembersOf } from '../watch/operator-log.ts'

/** @throws Problem database-unavailable */
export async function finishBegun({
  vault,
  logger,
}: Pick<ExchangeParts, 'vault' | 'logger'>): Promise<void> {
  try {
    await vault.finishIntents()
  } catch (thrown) {
    const { code } = problemFrom(thrown)
    if (code === 'database-unavailable') throw thrown
    logger.say('licences not finished', { ...thrownMembersOf(thrown), code })
  }
}
