/** What the owner of a database can do to the record: switch the triggers off and edit a row. */
import { sql } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'

/** Puts another officer's name on the newest answer of a case; returns the id of the row. */
export function editOneEntry(db: Db, caseNumber: string): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`alter table log.entry disable trigger user`)
    const row = await tx.row<{ id: number }>(sql`
      update log.entry
         set body = convert_to(
               replace(convert_from(body, 'UTF8'), '"officer-017"', '"officer-018"'), 'UTF8')
       where id = (select max(id)
                     from log.entry
                    where case_number = ${caseNumber} and kind = 'answer')
      returning id`)
    await tx.execute(sql`alter table log.entry enable trigger user`)
    if (!row) throw new Error('the story failed: there is no entry to edit')
    return row.id
  })
}
