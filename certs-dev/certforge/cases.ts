/** All forgeries, in the order of our list. */
import { authorityCases } from './authority-cases.ts'
import { buildingCases } from './building-cases.ts'
import type { Case } from './case.ts'
import { nameCases } from './name-cases.ts'
import { revocationCases } from './revocation-cases.ts'
import { structureCases } from './structure-cases.ts'
import { timeCases } from './time-cases.ts'
import { usageCases } from './usage-cases.ts'

export const cases: readonly Case[] = [
  ...[timeCases, authorityCases, usageCases, nameCases],
  ...[structureCases, buildingCases, revocationCases],
].flat()
