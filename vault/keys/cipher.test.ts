import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBlindIndex } from './blind.ts'
import { decrypt, encrypt, newDataKey } from './cipher.ts'
import { localKeyWrapper } from './key-wrapper.ts'
import { createRecordCipher } from './record-cipher.ts'

const damaged = /^stored-data-damaged/
const key = newDataKey()

test('what was encrypted opens with the same key at the same place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plain, place) => {
      const sealed = encrypt(key, plain, place)
      expect(sealed).toHaveLength(plain.length + 12 + 16)
      expect(decrypt(key, sealed, place)).toEqual(Buffer.from(plain))
    }),
  )
})

test('any other byte, length, key or place does not open it, and says nothing more', () => {
  const sealed = encrypt(key, Buffer.from('plain'), 'licence:1')
  for (let at = 0; at < sealed.length; at += 1) {
    const edited = Uint8Array.from(sealed)
    edited[at] = (edited[at] ?? 0) ^ 1
    expect(() => decrypt(key, edited, 'licence:1')).toThrow(damaged)
    expect(() => decrypt(key, sealed.subarray(0, at), 'licence:1')).toThrow(damaged)
  }
  expect(() => decrypt(newDataKey(), sealed, 'licence:1')).toThrow(damaged)
  expect(() => decrypt(key, sealed, 'licence:2')).toThrow(damaged)
  expect(() => decrypt(key.subarray(1), sealed, 'licence:1')).toThrow(damaged)
})

test('the same text is never the same ciphertext', () => {
  const many = Array.from({ length: 50 }, () =>
    Buffer.from(encrypt(key, Buffer.from('plain'), 'here')).toString('hex'),
  )
  expect(new Set(many).size).toBe(50)
})

test('a wrapped key and a record open only where they were put', async () => {
  const keys = { active: { id: '', key: newDataKey() }, others: [] }
  const wrapper = localKeyWrapper(() => keys)
  const wrapped = await wrapper.wrap(key, 'a')
  expect(await wrapper.unwrap(wrapped, 'a')).toEqual(key)
  await expect(wrapper.unwrap(wrapped, 'b')).rejects.toThrow(damaged)
  const records = createRecordCipher(wrapper)
  const record = await records.seal(Buffer.from('row'), 'quarantine:1:2')
  expect(await records.open(record, 'quarantine:1:2')).toEqual(Buffer.from('row'))
  await expect(records.open(record, 'quarantine:1:3')).rejects.toThrow(damaged)
})

test('a blind index is 32 bytes that need the key, and separates kinds, types and parts', () => {
  const blind = createBlindIndex(key)
  const all = [
    blind.party({ codeType: '001', code: '12' }),
    blind.party({ codeType: '0011', code: '2' }),
    blind.party({ codeType: '111', code: '12' }),
    blind.licenceNumber('001', '12'),
    blind.licenceNumber('0011', '2'),
    createBlindIndex(newDataKey()).party({ codeType: '001', code: '12' }),
  ].map((index) => Buffer.from(index).toString('hex'))
  expect(new Set(all).size).toBe(all.length)
  expect(all.every((index) => index.length === 64)).toBe(true)
  expect(blind.party({ codeType: '001', code: '12' })).toEqual(
    createBlindIndex(key).party({ codeType: '001', code: '12' }),
  )
})
