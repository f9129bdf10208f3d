/** One rotation at a time, on whatever machine it was begun; a crash gives the turn back. */
import { connect } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import { keepLock, takeRotationLock } from './store.ts'

export interface Turn {
  /** To be called now and then by work that takes long. @throws Problem when the turn was lost */
  readonly keep: () => Promise<void>
}

/** @throws Problem rotation-running when somebody else is at it */
export async function withTurn<T>(url: string, work: (turn: Turn) => Promise<T>): Promise<T> {
  const db = connect({ url, name: 'zhengtong rotation', max: 1, pace: 'batch' })
  try {
    return await db.transaction(async (tx) => {
      if (!(await takeRotationLock(tx))) throw new Problem('rotation-running')
      return work({ keep: () => keepLock(tx) })
    }, 'read committed')
  } finally {
    await db.close()
  }
}
