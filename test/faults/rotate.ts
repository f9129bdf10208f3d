/** A rotation of the wrapping key as a process of its own, so that it can be killed in the middle. */
import { connect } from '../../db/postgres.ts'
import { rotateWrappingKey } from '../../exchange/rotation/wrapping-key.ts'
import { awaitBlow } from './blow.ts'

const [url = '', folder = '', fault = ''] = process.argv.slice(2)
awaitBlow(fault)
const db = connect({ url, role: 'zt_keeper', name: 'test keeper', max: 1 })
const nothing = (): Promise<void> => Promise.resolve()
await rotateWrappingKey({ folder, db, settled: nothing, done: nothing })
await db.close()
