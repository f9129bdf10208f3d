/** What can be wrong where the product runs: database, keys, settings, catalogue, imports. */
import type { ProblemTitle } from './title.ts'

export const operationProblems = {
  'backup-damaged': {
    zh: '备份已损坏或不可信',
    en: 'The backup is not what was written, or was written under another key',
    remedy:
      'Use another backup, or the KEYS_FOLDER it was made with; the detail names what does not fit.',
  },
  'backup-target': {
    zh: '备份的目标不可用',
    en: 'The target of the backup is not acceptable',
    remedy:
      'Write to a folder that is not there yet, on a disk with room; restore into an empty database that zt migrate of the same version made.',
  },
  'changed-migration': {
    zh: '已执行的数据库迁移文件被改动',
    en: 'A migration was changed after it had been applied',
    remedy: 'Restore the file named in the detail and put the change into a new migration.',
  },
  'database-not-migrated': {
    zh: '数据库尚未迁移到本版本',
    en: 'The database lacks tables or changes that this version needs',
    remedy: 'Run zt migrate with the same DATABASE_URL, or check that it names the right database.',
  },
  'database-start-failed': {
    zh: '本地数据库启动失败',
    en: 'The local PostgreSQL did not start',
    remedy: 'Read the log named in the detail, or set DATABASE_URL to a PostgreSQL 15 or later.',
  },
  'database-unavailable': {
    zh: '数据库暂不可用',
    en: 'The database cannot answer now',
    remedy: 'Try again with the same request id. The reason is in the detail.',
  },
  'development-keys': {
    zh: '开发用密钥不得对外服务',
    en: 'Keys of a development PKI must not serve other machines',
    remedy:
      'Set KEYS_FOLDER to keys of a real authority, or HOST to 127.0.0.1; in a closed test network say --insecure-development-keys.',
  },
  'file-changed': {
    zh: '文件或列映射在导入期间被改动',
    en: 'The file or its map was changed while or since rows were taken from it',
    remedy:
      'Put back what the run began with and let nobody write to it, then run it again: it goes on where it was. With --anew the old run is given up; rows already taken are found again.',
  },
  'foreign-log': {
    zh: '该数据库的日志由其他密钥签名',
    en: 'The log of this database is signed by another key, or was altered',
    remedy:
      'Use the KEYS_FOLDER and EXCHANGE_ID this database was written with, or another database; if they are right, run zt audit verify.',
  },
  internal: {
    zh: '系统内部错误',
    en: 'Internal error',
    remedy: 'Report the request id to the operator.',
  },
  'invalid-config': {
    zh: '配置项有误',
    en: 'A setting is wrong',
    remedy: 'Correct the setting named in the detail and start again.',
  },
  'invalid-draft': {
    zh: '证照草稿不符合类型要求',
    en: 'The draft does not fit its licence type',
    remedy: 'Correct every finding in the detail.',
  },
  'invalid-catalogue': {
    zh: '目录数据不合规',
    en: 'The catalogue is not sound',
    remedy: 'Mend each finding: it names the file, the place, what is wrong and what to write.',
  },
  'invalid-import-file': {
    zh: '导入文件不符合要求',
    en: 'The file cannot be imported as it is',
    remedy:
      'Correct what the detail names; no row was taken. The file must be CSV with one header line that fits the map.',
  },
  'import-not-csv': {
    zh: '不是 CSV 文件',
    en: 'The file is an archive, a spreadsheet or a document, and not CSV',
    remedy: 'Export the table as CSV; a file of this kind is not opened.',
  },
  'import-too-large': {
    zh: '导入文件过大',
    en: 'The file has more bytes or rows than one import takes',
    remedy:
      'Split the file before the line that the detail names, each part with the header; no row was taken.',
  },
  'import-under-way': {
    zh: '该文件正在导入',
    en: 'Another process is importing the same file',
    remedy: 'Wait for it to end. If there is none, run the file again: it goes on where it was.',
  },
  'invalid-import-map': {
    zh: '列映射不合规',
    en: 'The map of the columns is not sound',
    remedy: 'Correct the member that the detail names; docs/importing.md describes all of them.',
  },
  'invalid-migration': {
    zh: '数据库迁移文件不合规',
    en: 'A migration file is not acceptable',
    remedy:
      'Name it NNNN-name.sql, NNNN-name.expand.sql or NNNN-name.contract.sql with a number of its own, higher than any applied one.',
  },
  'licence-id-exists': {
    zh: '证照标识已被使用',
    en: 'This licence identifier belongs to another licence',
    remedy: 'Use another serial, or none to have one made up.',
  },
  'log-damaged': {
    zh: '日志数据不一致',
    en: 'The stored log contradicts what was signed',
    remedy: 'Stop, keep the database as evidence, and run zt audit verify: it names the rows.',
  },
  'not-importable': {
    zh: '没有该类证照，或缺少导入所需的列映射',
    en: 'There is no such licence type, or it needs a map of the columns to be imported',
    remedy: 'Use one of the types in the detail; with a map of the columns every type is imported.',
  },
  'older-program': {
    zh: '仍有旧版本程序在使用该数据库',
    en: 'Programs that do not know this migration are still working in the database',
    remedy: 'Replace the programs named in the detail by this version, then run zt migrate again.',
  },
  'seal-unavailable': {
    zh: '没有可用的电子印章',
    en: 'No seal of this department is held here',
    remedy: 'Install the seal of the department or let it seal on its own premises.',
  },
  'stored-data-damaged': {
    zh: '存储的数据已损坏',
    en: 'Stored data does not open with its key',
    remedy: 'Restore the row from a backup and run the audit verification.',
  },
  'key-in-use': {
    zh: '密钥仍在使用，不能停用',
    en: 'The key still protects something and cannot be retired',
    remedy: 'Run zt keys rotate --kind wrapping to its end, then retire the key.',
  },
  'rotation-running': {
    zh: '密钥更换正在进行',
    en: 'A rotation of keys is going on',
    remedy: 'Wait for it; if it was interrupted, give the same zt keys rotate again first.',
  },
  'unknown-import-run': {
    zh: '没有该导入批次',
    en: 'There is no such import run',
    remedy: 'Use a run id that an import printed.',
  },
  'unknown-key': {
    zh: '没有登记该密钥',
    en: 'No key of this id is registered',
    remedy: 'Use an id that zt keys list prints.',
  },
  'unknown-migration': {
    zh: '数据库含有未知的迁移',
    en: 'The database has a migration that this program does not know',
    remedy: 'Run a version of the program at least as new as the one that migrated the database.',
  },
  'unknown-wrapping-key': {
    zh: '缺少加密数据所用的密钥加密密钥',
    en: 'The key-encryption key that wrapped this is not in the keys folder',
    remedy:
      'Put the key with the id in the detail back into KEYS_FOLDER; a retired one lies in its folder retired.',
  },
  'unreadable-file': {
    zh: '文件无法读写',
    en: 'A file cannot be read or written',
    remedy: 'Check the path in the detail, the rights on it and the room on its disk.',
  },
  'unsafe-database': {
    zh: '数据库设置不安全',
    en: 'The settings of the database can lose or distort records',
    remedy: 'Change the setting named in the detail and restart PostgreSQL.',
  },
  'unsafe-folder': {
    zh: '目录归他人所有',
    en: 'A folder we need belongs to somebody else',
    remedy: 'Remove the folder named in the detail, or choose another one.',
  },
  'unusable-file': {
    zh: '文件不可用',
    en: 'The file does not hold what is asked for',
    remedy:
      'Name one text file as it was handed over: a licence, a proof, a status list or a trust file; the detail says what is wrong.',
  },
} as const satisfies Record<string, ProblemTitle>
