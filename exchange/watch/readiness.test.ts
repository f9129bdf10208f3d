import { expect, test } from 'vitest'
import { readDisk } from './disk.ts'
import { readinessLimits, readinessOf } from './readiness.ts'
import type { Condition, Reason, Warning } from './readiness.ts'

const day = 86_400
const sound: Condition = {
  ...{ databaseIsSafe: true, migrationsWrong: 0, signerIsValid: true },
  ...{ headAgeSeconds: 0, skewSeconds: 0, sealSeconds: [31 * day, 400 * day] },
  disk: { freeBytes: 2e9, isRoomy: true },
}
const away = { headAgeSeconds: undefined, skewSeconds: undefined, migrationsWrong: undefined }

const cases: readonly { changed: Partial<Condition>; against: Reason[] }[] = [
  { changed: {}, against: [] },
  { changed: { headAgeSeconds: 60, skewSeconds: 30 }, against: [] },
  { changed: { skewSeconds: -30 }, against: [] },
  { changed: { headAgeSeconds: 60.001 }, against: ['log-head-age'] },
  { changed: { skewSeconds: 30.001 }, against: ['clock'] },
  { changed: { skewSeconds: -30.001 }, against: ['clock'] },
  { changed: { migrationsWrong: 1 }, against: ['migrations'] },
  { changed: { signerIsValid: false }, against: ['signer'] },
  { changed: { databaseIsSafe: false, ...away }, against: ['database'] },
  { changed: { sealSeconds: [-1, 0] }, against: [] },
  { changed: { sealSeconds: [-1, -400 * day] }, against: ['seal'] },
  { changed: { sealSeconds: [] }, against: [] },
  { changed: { disk: { freeBytes: readinessLimits.freeBytes, isRoomy: false } }, against: [] },
  {
    changed: { disk: { freeBytes: readinessLimits.freeBytes - 1, isRoomy: false } },
    against: ['disk'],
  },
  { changed: { disk: undefined }, against: ['disk'] },
  { changed: { disk: null }, against: [] },
  { changed: away, against: ['migrations', 'log-head-age', 'clock'] },
]

test.for(cases)('$changed: $against', ({ changed, against }) => {
  expect(readinessOf({ ...sound, ...changed }).failing).toEqual(against)
})

test.for<{ changed: Partial<Condition>; warnings: Warning[] }>([
  { changed: {}, warnings: [] },
  { changed: { sealSeconds: [30 * day, 400 * day] }, warnings: [] },
  { changed: { sealSeconds: [30 * day - 1, 400 * day] }, warnings: ['seal'] },
  { changed: { sealSeconds: [-1, 400 * day] }, warnings: ['seal'] },
  { changed: { disk: { freeBytes: 2e9, isRoomy: false } }, warnings: ['disk'] },
  { changed: { disk: undefined }, warnings: ['disk'] },
  { changed: { disk: null }, warnings: [] },
])('$changed: warns of $warnings', ({ changed, warnings }) => {
  expect(readinessOf({ ...sound, ...changed }).warnings).toEqual(warnings)
})

test('a disk is judged by what is free of it', async () => {
  const disk = await readDisk('.')
  expect(disk.freeBytes).toBeGreaterThan(0)
  expect(await readDisk('.', { freeBytes: 1, freeShare: 0 })).toMatchObject({ isRoomy: true })
  const absurd = [
    { freeBytes: Infinity, freeShare: 0 },
    { freeBytes: 1, freeShare: 1.1 },
  ]
  for (const least of absurd) expect(await readDisk('.', least)).toMatchObject({ isRoomy: false })
})
