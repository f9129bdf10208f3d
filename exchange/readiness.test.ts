import { expect, test } from 'vitest'
import { reasonsAgainst } from './readiness.ts'
import type { Condition, Reason } from './readiness.ts'

const sound: Condition = {
  ...{ databaseIsSafe: true, migrationsWrong: 0, signerIsValid: true },
  ...{ headAgeSeconds: 0, skewSeconds: 0 },
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
  { changed: away, against: ['migrations', 'log-head-age', 'clock'] },
]

test.for(cases)('$changed: $against', ({ changed, against }) => {
  expect(reasonsAgainst({ ...sound, ...changed })).toEqual(against)
})
