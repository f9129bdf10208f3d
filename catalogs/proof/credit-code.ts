/** Stands in for sdk/identifier.ts until it is there. */
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'

export function usccIsValid(text: string): boolean {
  if (!/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(text)) return false
  const sum = Array.from(text.slice(0, 17)).reduce(
    (total, letter, index) => total + alphabet.indexOf(letter) * (3 ** index % 31),
    0,
  )
  return alphabet[(31 - (sum % 31)) % 31] === text[17]
}
