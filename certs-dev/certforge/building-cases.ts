/** Cases 55 to 62: finding a path among what came along, at a bounded cost (RFC 5280 §6, RFC 4158). */
import { keyIds } from '../extension.ts'
import { both, ders } from './case.ts'
import type { Case, Presented } from './case.ts'
import { named } from './forge.ts'
import type { Forge, Issuer, Party } from './forge.ts'

export const buildingCases: readonly Case[] = [
  {
    ...{ id: '55', name: 'loop of two CAs', rule: '§6.1: no path', ...both('untrusted-root') },
    make: ({ ca, keys, sealOf }) => {
      const [a, b] = [named('a'), named('b')].map((name): Issuer => ({ name, keys: keys() }))
      const loop = a && b ? [ca({ ...a, issuer: b }), ca({ ...b, issuer: a })] : []
      return { leaf: sealOf({ ...(a && { issuer: a }) }).der, intermediates: ders(...loop) }
    },
  },
  {
    ...{ id: '56', name: 'cross-sign storm of 20 keys', rule: 'budget of signatures' },
    ...both('too-many-signatures'),
    make: storm,
  },
  {
    ...{ id: '57', name: '100 intermediates', rule: 'limit of depth', ...both('path-too-deep') },
    make: ({ ca, root, sealOf, keys: makeKeys }) => {
      const keys = makeKeys()
      const chain: Party[] = [root]
      for (let n = 1; n <= 100; n += 1) {
        const issuer = chain.at(-1)
        chain.push(ca({ name: named(`${n}`, 'platform'), keys, ...(issuer && { issuer }) }))
      }
      const issuer = chain.at(-1)
      return {
        leaf: sealOf({ ...(issuer && { issuer }) }).der,
        intermediates: ders(...chain.slice(1)),
      }
    },
  },
  {
    ...{ id: '58', name: 'wrong order', rule: '§6.1: a path is found, not given', ...both('ok') },
    make: ({ department, licensing }) => ({ intermediates: ders(licensing, department) }),
  },
  {
    ...{ id: '59', name: 'missing intermediate', rule: '§6.1', ...both('untrusted-root') },
    make: ({ department }) => ({ intermediates: ders(department) }),
  },
  {
    ...{ id: '60', name: 'two valid paths', rule: '§6.1', ...both('ok') },
    make: ({ ca, root, departmentCa, department, licensing }) => {
      const second = ca({ name: named('second', 'platform'), issuer: root }, 1)
      const { name, keys } = department
      const crossed = departmentCa({ name, keys, issuer: second })
      return { intermediates: ders(department, licensing, crossed, second) }
    },
  },
  {
    ...{ id: '61', name: 'root inside bundle', rule: '§6.1', ...both('ok') },
    make: ({ department, licensing, root }) => ({
      intermediates: ders(department, licensing, root),
    }),
  },
  {
    ...{ id: '62', name: 'untrusted look-alike root, same DN and key id', rule: '§6.1.3 (a)(1)' },
    ...both('signature-invalid'),
    make: lookAlike,
  },
]

/** Each of 20 keys of one name is certified by two others; all claim the same key identifier. */
function storm({ ca, keys, sealOf }: Forge): Presented {
  const name = named('storm', 'platform')
  const twenty = Array.from({ length: 20 }, () => keys())
  const [first = keys()] = twenty
  const roles = { keyIds: keyIds(first.publicKey, first.publicKey) }
  const certificates = twenty.flatMap((own, n) =>
    [1, 2].map((step) => {
      const issuer = { name, keys: twenty[(n + step) % 20] ?? own }
      return ca({ name, keys: own, issuer, roles })
    }),
  )
  return {
    leaf: sealOf({ issuer: { name, keys: first }, roles }).der,
    intermediates: ders(...certificates),
    anchors: ders(ca({ name, roles })),
  }
}

/** The chain of whoever made a root that looks like ours, and sends it along. */
function lookAlike({ ca, root, licensing, departmentCa, sealOf }: Forge): Presented {
  const claimed = keyIds(root.keys.publicKey, root.keys.publicKey)
  const impostor = ca({ name: root.name, roles: { keyIds: claimed } })
  const { name, keys } = licensing
  const ids = keyIds(keys.publicKey, root.keys.publicKey)
  const forged = ca({ name, keys, issuer: impostor, roles: { keyIds: ids } }, 1)
  const department = departmentCa({ issuer: forged })
  return {
    leaf: sealOf({ issuer: department }).der,
    intermediates: ders(department, forged, impostor),
    anchors: ders(root),
  }
}
