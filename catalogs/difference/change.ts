/** Every kind of change that is told apart, whether it breaks what was promised, and its words. */
import type { Label } from '../types/words.ts'

interface Kind extends Label {
  readonly breaks: boolean
}

const breaking = (zh: string, en: string): Kind => ({ breaks: true, zh, en })
const compatible = (zh: string, en: string): Kind => ({ breaks: false, zh, en })

export const kinds = {
  added: compatible('新增', 'added'),
  removed: breaking('删除', 'removed'),
  'version-added': compatible('新增版本', 'version added'),
  'version-removed': breaking('删除版本', 'version removed'),
  'field-added': compatible('新增选填信息项', 'optional field added'),
  'required-field-added': breaking('新增必填信息项', 'required field added'),
  'field-removed': breaking('删除信息项', 'field removed'),
  'field-required': breaking('信息项改为必填', 'field made required'),
  'field-optional': compatible('信息项改为选填', 'field made optional'),
  'type-changed': breaking('信息项类型改变', 'type of the field changed'),
  'length-shortened': breaking('信息项长度缩短', 'length of the field shortened'),
  'length-raised': compatible('信息项长度增加', 'length of the field raised'),
  'pattern-changed': breaking('信息项格式改变', 'pattern of the field changed'),
  'pattern-removed': compatible('信息项格式取消', 'pattern of the field removed'),
  'code-removed': breaking('代码表删除代码', 'code removed from the table'),
  'code-added': compatible('代码表新增代码', 'code added to the table'),
  'level-raised': breaking('数据级别提高', 'data level raised'),
  'level-lowered': compatible('数据级别降低', 'data level lowered'),
  'personal-set': breaking('改为个人信息', 'made personal data'),
  'personal-cleared': compatible('改为非个人信息', 'no longer personal data'),
  'group-changed': compatible('信息项分组改变', 'group of the field changed'),
  'field-name-changed': compatible('信息项名称改变', 'name of the field changed'),
  'name-changed': compatible('名称改变', 'name changed'),
  'type-code-changed': breaking('证照类型代码改变', 'type code changed'),
  'definer-changed': breaking('证照定义机构改变', 'defining authority changed'),
  'class-changed': compatible('目录类别改变', 'class of the document changed'),
  'words-changed': compatible('要求或依据改变', 'requirements or basis changed'),
  'numbering-changed': breaking('编号规则改变', 'numbering changed'),
  'identifier-changed': breaking('标识规则改变', 'identifier rule changed'),
  'validity-shortened': breaking('有效期规则收紧', 'validity shortened'),
  'validity-lengthened': compatible('有效期规则放宽', 'validity lengthened'),
  'holder-category-changed': breaking('持证主体类别改变', 'category of holders changed'),
  'holder-count-narrowed': breaking('持证主体数量收紧', 'number of holders narrowed'),
  'holder-count-widened': compatible('持证主体数量放宽', 'number of holders widened'),
  'holder-code-type-removed': breaking('删除持证主体代码类型', 'kind of holder code removed'),
  'holder-code-type-added': compatible('新增持证主体代码类型', 'kind of holder code added'),
  'issuer-removed': breaking('删除颁发机构', 'issuer removed'),
  'issuer-added': compatible('新增颁发机构', 'issuer added'),
  'issuer-level-removed': breaking('删除颁发机构级别', 'level of issuers removed'),
  'issuer-level-added': compatible('新增颁发机构级别', 'level of issuers added'),
  'act-removed': breaking('不再允许的操作', 'act no longer allowed'),
  'act-added': compatible('新允许的操作', 'act now allowed'),
  'changeable-removed': breaking('信息项不再可变更', 'field can no longer be changed'),
  'changeable-added': compatible('信息项可变更', 'field can now be changed'),
  'verification-narrowed': breaking('核验范围收窄', 'fewer may verify'),
  'verification-widened': compatible('核验范围放宽', 'more may verify'),
  'share-narrowed': breaking('共享属性收紧', 'share type narrowed'),
  'share-widened': compatible('共享属性放宽', 'share type widened'),
  'condition-changed': compatible('共享条件改变', 'share condition changed'),
  'face-changed': compatible('样式改变', 'face changed'),
  'ends-earlier': breaking('提前终止', 'ends earlier'),
  'ends-later': compatible('终止推迟', 'ends later'),
  'begins-later': breaking('起始推迟', 'begins later'),
  'begins-earlier': compatible('起始提前', 'begins earlier'),
  'key-removed': breaking('删除查询键', 'key removed'),
  'key-added': breaking('新增查询键', 'key added'),
  'predicate-removed': breaking('删除是否判断', 'yes-or-no question removed'),
  'predicate-added': compatible('新增是否判断', 'yes-or-no question added'),
  'predicate-changed': breaking('是否判断改变', 'yes-or-no question changed'),
  'subject-changed': breaking('数据主体改变', 'subject changed'),
  'owner-changed': breaking('提供部门改变', 'owner changed'),
  'freshness-loosened': breaking('时效放宽', 'data may be older'),
  'freshness-tightened': compatible('时效收紧', 'data is fresher'),
  'grant-lost': breaking('授权失去', 'grant lost'),
  'grant-gained': compatible('授权增加', 'grant gained'),
  'grant-shortened': breaking('授权缩短', 'grant shortened'),
} as const satisfies Readonly<Record<string, Kind>>

export type ChangeKind = keyof typeof kinds

export interface Change {
  readonly kind: ChangeKind
  /** Which field, issuer or other part; absent when it is the whole. */
  readonly of?: string
}

/** How a change is written in a declaration: the kind, and what of. */
export function textOf({ kind, of }: Change): string {
  return of === undefined ? kind : `${kind} ${of}`
}

/** One thing to compare: the change when what was and what is stand so to each other. */
export interface Rule<T> {
  readonly kind: ChangeKind
  readonly holds: (before: T, after: T) => boolean
}

/** Several things by name: the change for each that went, and for each that came. */
export interface ListRule<T> {
  readonly removed: ChangeKind
  readonly added: ChangeKind
  readonly list: (thing: T) => readonly string[]
}

export function changesByRules<T>(rules: readonly Rule<T>[], before: T, after: T): Change[] {
  return rules.filter(({ holds }) => holds(before, after)).map(({ kind }) => ({ kind }))
}

export function changesByLists<T>(rules: readonly ListRule<T>[], before: T, after: T): Change[] {
  return rules.flatMap(({ removed, added, list }) => [
    ...without(list(before), list(after)).map((of): Change => ({ kind: removed, of })),
    ...without(list(after), list(before)).map((of): Change => ({ kind: added, of })),
  ])
}

function without(some: readonly string[], others: readonly string[]): string[] {
  return some.filter((one) => !others.includes(one))
}
