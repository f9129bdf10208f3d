import { expect, test } from 'vitest'
import { textOf } from '../../test/render-face.ts'
import type { FaceContent } from './content.ts'
import { createDraw } from './draw.ts'

const label = { zh: '备注', en: 'Remarks' }
const content: FaceContent = {
  paper: 'portrait',
  title: { zh: '虚构证', en: 'Fictitious' },
  issuer: { zh: '虚构局', en: 'Nobody' },
  rows: [[{ label, value: '长'.repeat(3_000) }], [{ label, value: '一\n二' }]],
  validity: { label, value: '长期' },
  issued: { label, value: '今日' },
  licenceId: '1.2.3',
  annotations: [],
  watermark: '仅用于测试',
  made: new Date('2026-11-22T00:00:00Z'),
}
const drawing = { content, statusUrl: 'https://exchange.test/c/', offlineCode: 'ZT1:' }

test('the same words make the same bytes, and a long value goes on over as many pages as it needs', async () => {
  const draw = createDraw()
  // What is drawn before leaves nothing in the fonts that are shared.
  await draw({ ...drawing, content: { ...content, watermark: '别的' }, enclosures: [] })
  const [one, other] = [
    await createDraw()({ ...drawing, enclosures: [] }),
    await draw({ ...drawing, enclosures: [] }),
  ]
  expect(Buffer.compare(one, other)).toBe(0)
  const pages = textOf(one)
  expect(pages.length).toBeGreaterThan(1)
  expect(pages.join('').match(/长/g)).toHaveLength(3_001)
})

test('what the font lacks, and what breaks nowhere, is drawn as fast as anything of its length', async () => {
  const values = ['\u{1F004}'.repeat(4_000), '，'.repeat(4_000), 'W'.repeat(4_000)]
  const rows = values.map((value) => [{ label, value }])
  const pages = textOf(
    await createDraw()({ ...drawing, content: { ...content, rows }, enclosures: [] }),
  )
  const text = pages.join('').replaceAll('\n', '')
  expect(text.match(/U\+1F004/g)?.length).toBeGreaterThan(3_500) // Some are on two lines.
  expect([text.match(/，/g)?.length, text.match(/W/g)?.length]).toEqual([4_000, 4_000])
})
