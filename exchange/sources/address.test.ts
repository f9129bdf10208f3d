/** Which addresses the configuration may give a source. */
import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { sourceAddress } from './address.ts'

const token = 'sixteen-letters!'

function outcome(url: string, secret: string | undefined): unknown {
  try {
    return sourceAddress('POLICE', { url, token: secret }).kind
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.detail['setting']
    throw thrown
  }
}

test.for([
  ['postgres://db.example/police', undefined, 'postgres'],
  ['postgresql://db.example/police', undefined, 'postgres'],
  ['https://police.example', token, 'http'],
  ['https://police.example:8443/api/', token, 'http'],
  ['http://127.0.0.1:8081', token, 'http'],
  ['http://[::1]:8081', token, 'http'],
  ['http://localhost', token, 'http'],
  ['postgres://db.example/police', token, 'SOURCE_POLICE_TOKEN'],
  ['https://police.example', undefined, 'SOURCE_POLICE_TOKEN'],
  ['https://police.example', '', 'SOURCE_POLICE_TOKEN'],
  ['https://police.example', 'short', 'SOURCE_POLICE_TOKEN'],
  ['https://police.example', 'with a blank in the middle', 'SOURCE_POLICE_TOKEN'],
  ['https://police.example', `${token}\r\nx: y`, 'SOURCE_POLICE_TOKEN'],
  ['http://police.example', token, 'SOURCE_POLICE_URL'],
  ['http://10.0.0.1', token, 'SOURCE_POLICE_URL'],
  ['http://169.254.169.254/', token, 'SOURCE_POLICE_URL'],
  ['http://127.0.0.1.police.example', token, 'SOURCE_POLICE_URL'],
  ['http://localhost.police.example', token, 'SOURCE_POLICE_URL'],
  ['https://user:secret@police.example', token, 'SOURCE_POLICE_URL'],
  ['https://police.example/?key=1', token, 'SOURCE_POLICE_URL'],
  ['https://police.example/#part', token, 'SOURCE_POLICE_URL'],
  ['file:///etc/passwd', token, 'SOURCE_POLICE_URL'],
  ['ftp://127.0.0.1/', token, 'SOURCE_POLICE_URL'],
  ['police.example', token, 'SOURCE_POLICE_URL'],
  ['', token, 'SOURCE_POLICE_URL'],
] as const)('%s with %s: %s', ([url, secret, expected]) => {
  expect(outcome(url, secret)).toBe(expected)
})
