/**
 * The departments' own databases in the sample world: the police's persons and civil affairs'
 * marriages, each one table, and for each a login that may only read it.
 */
import { connect, sql } from '../db/postgres.ts'
import type { Tx } from '../db/postgres.ts'
import type { Person } from './sample.ts'

/** One table made anew: `url` is of a login that owns the database. */
export interface Register {
  readonly table: string
  readonly fill: (url: string, people: readonly Person[]) => Promise<void>
}

export const population: Register = {
  table: 'registry.person',
  fill: (url, people) =>
    inTransaction(url, async (tx) => {
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
    }),
}

export const marriages: Register = {
  table: 'marriage.person',
  fill: (url, people) =>
    inTransaction(url, async (tx) => {
      await tx.execute(sql`create schema if not exists marriage`)
      await tx.execute(sql`
        create table if not exists marriage.person (
          id_number text primary key,
          name text not null,
          marital_status text not null,
          certificate_no text,
          registered_on date,
          registry text,
          spouse_name text,
          spouse_id_number text
        )`)
      await tx.execute(sql`truncate marriage.person`)
      for (const { idNumber, name, maritalStatus } of people) {
        await tx.execute(sql`
          insert into marriage.person (id_number, name, marital_status)
          values (${idNumber}, ${name}, ${maritalStatus})`)
      }
    }),
}

/** The fields of the population registry, by the codes its service is asked for. */
export async function findPerson(
  db: Tx,
  idNumber: string,
): Promise<Readonly<Record<string, string | null>> | undefined> {
  return db.row<Readonly<Record<string, string | null>>>(sql`
    select name, sex, birth_date::text as "birthDate", address, marital_status as "maritalStatus"
      from registry.person
     where id_number = ${idNumber}`)
}

/** A login of its own with a new password at each start; it can read the table and do nothing else. */
export async function grantReader(
  url: string,
  table: string,
  { role, password }: { readonly role: string; readonly password: string },
): Promise<void> {
  // None can be a parameter of these statements; all are names and digits we made ourselves.
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(role)) throw new Error('not a role we made')
  if (!/^[0-9a-f]{32}$/.test(password)) throw new Error('not a password we made')
  const [, schema] = /^([a-z]+)\.[a-z]+$/.exec(table) ?? []
  if (schema === undefined) throw new Error('not a table we made')
  const statements = [
    `do $$ begin create role ${role} login; exception when duplicate_object then null; end $$`,
    `alter role ${role} password '${password}'`,
    `alter role ${role} set default_transaction_read_only = on`,
    `grant usage on schema ${schema} to ${role}`,
    `grant select on ${table} to ${role}`,
  ]
  const db = connect({ url, name: 'zhengtong sample registry', max: 1 })
  try {
    for (const text of statements) await db.execute({ text, values: [] })
  } finally {
    await db.close()
  }
}

async function inTransaction(url: string, work: (tx: Tx) => Promise<void>): Promise<void> {
  const db = connect({ url, name: 'zhengtong sample registry', max: 1 })
  try {
    await db.transaction(work)
  } finally {
    await db.close()
  }
}
