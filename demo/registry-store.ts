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
export async function grantReader(
  url: string,
  { role, password }: { readonly role: string; readonly password: string },
): Promise<void> {
  // Neither can be a parameter of these statements; both are names and digits we made ourselves.
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(role)) throw new Error('not a role we made')
  if (!/^[0-9a-f]{32}$/.test(password)) throw new Error('not a password we made')
  const statements = [
    `do $$ begin create role ${role} login; exception when duplicate_object then null; end $$`,
    `alter role ${role} password '${password}'`,
    `alter role ${role} set default_transaction_read_only = on`,
    `grant usage on schema registry to ${role}`,
    `grant select on registry.person to ${role}`,
  ]
  const db = connect({ url, name: 'zhengtong sample registry', max: 1 })
  try {
    for (const text of statements) await db.execute({ text, values: [] })
  } finally {
    await db.close()
  }
}
