/** The police's own database in the sample world: one table, and a login that may only read it. */
import { connect, sql } from '../db/postgres.ts'
import type { Person } from './sample.ts'

/** Makes the table anew and fills it; `url` is of a login that owns the database. */
export async function fillRegistry(url: string, people: readonly Person[]): Promise<void> {
  const db = connect({ url, name: 'zhengtong sample registry', max: 1 })
  try {
    await db.transaction(async (tx) => {
      await tx.execute(sql`create schema if not exists registry`)
      await tx.execute(sql`
        create table if not exists registry.person (
          id_number text primary key,
          name text not null,
          sex text not null,
          birth_date date not null,
          address text not null,
          marital_status text
        )`)
      await tx.execute(sql`truncate registry.person`)
      for (const person of people) {
        await tx.execute(sql`
          insert into registry.person (id_number, name, sex, birth_date, address, marital_status)
          values (${person.idNumber}, ${person.name}, ${person.sex}, ${person.birthDate},
                  ${person.address}, ${person.maritalStatus})`)
      }
    })
  } finally {
    await db.close()
  }
}

/** A login of its own with a new password at each start; it can read the table and do nothing else. */
export async function grantReader(url: string, password: string): Promise<void> {
  const db = connect({ url, name: 'zhengtong sample registry', max: 1 })
  try {
    await db.execute(sql`
      do $$
      begin
        create role police_reader login;
      exception when duplicate_object then null;
      end
      $$`)
    // A password cannot be a parameter of ALTER ROLE; these are hexadecimal digits we made ourselves.
    if (!/^[0-9a-f]{32}$/.test(password)) throw new Error('not a password we made')
    await db.execute({ text: `alter role police_reader password '${password}'`, values: [] })
    await db.execute(sql`alter role police_reader set default_transaction_read_only = on`)
    await db.execute(sql`grant usage on schema registry to police_reader`)
    await db.execute(sql`grant select on registry.person to police_reader`)
  } finally {
    await db.close()
  }
}
