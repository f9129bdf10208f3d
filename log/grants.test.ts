import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestLog } from '../test/log.ts'
import type { TestLog } from '../test/log.ts'

let world: TestLog

beforeAll(async () => {
  world = await createTestLog()
  await world.log.append(world.app, [world.entry('one'), world.entry('two')])
  await world.log.sequence()
  await world.log.append(world.app, [world.entry('three')])
})

afterAll(() => world.close())

describe('who may do what', () => {
  test.for<[string, 'app' | 'sequencer', string]>([
    ['edit an entry', 'app', `update log.entry set body = body`],
    ['delete an entry', 'app', `delete from log.entry`],
    [
      'say what an entry is about',
      'app',
      `insert into log.entry (leaf, body, kind) values ('', '', '')`,
    ],
    ['drop a promise', 'app', `delete from log.pending`],
    ['give a position', 'app', `insert into log.leaf_position values (2026, 0, 1)`],
    ['write a tile', 'app', `insert into log.tile values (2026, 0, 0, '')`],
    ['write a head', 'app', `insert into log.checkpoint values (2026, 1, '', '', now())`],
    ['empty the log', 'app', `truncate log.entry cascade`],
    ['invent an entry', 'sequencer', `insert into log.entry (leaf, body) values ('', '')`],
    ['edit an entry', 'sequencer', `update log.entry set body = body`],
    ['move a leaf', 'sequencer', `update log.leaf_position set index = 7`],
    ['take back a head', 'sequencer', `delete from log.checkpoint`],
    ['rename a tile', 'sequencer', `update log.tile set index = 7`],
    ['remove a tile', 'sequencer', `delete from log.tile`],
  ])('nobody may %s as %s', async ([, role, text]) => {
    await expect(world[role].execute({ text, values: [] })).rejects.toThrow(/42501/)
  })

  test.for([
    `update log.entry set kind = 'answer'`,
    `delete from log.entry`,
    `truncate log.entry cascade`,
    `update log.leaf_position set index = 7`,
    `delete from log.leaf_position`,
    `update log.checkpoint set note = ''`,
    `delete from log.checkpoint`,
    `delete from log.tile`,
    `update log.tile set hashes = substring(hashes for 32)`,
    `update log.pending set entry_id = 7`,
    `truncate log.pending`,
  ])('the triggers stop even the owner: %s', async (text) => {
    await expect(world.intruder.execute({ text, values: [] })).rejects.toThrow(/42501/)
  })
})
