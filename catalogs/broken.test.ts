/** Every way to break the catalogue that we know of, and the words that say so. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { divisionsFile, folders } from './files.ts'
import { loadFrom } from './load.ts'
import { createSchemas } from './schemas.ts'

const schemas = createSchemas()
let copy: string

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'catalogue-'))
  for (const name of [...Object.keys(folders), divisionsFile]) {
    cpSync(join(import.meta.dirname, name), join(copy, name), { recursive: true })
  }
})

afterEach(() => {
  rmSync(copy, { recursive: true })
})

function findings(): readonly string[] {
  try {
    loadFrom(copy, schemas)
    return []
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'invalid-catalogue') throw thrown
    return thrown.detail.findings as readonly string[]
  }
}

type Step = string | number
interface Parent {
  [step: Step]: Json | undefined
}

/** Writes a value at a place of one file; `undefined` removes it. */
function write(file: string, steps: readonly Step[], value: Json | undefined): void {
  const path = join(copy, file)
  const root = JSON.parse(readFileSync(path, 'utf8')) as Parent
  let parent = root
  for (const step of steps.slice(0, -1)) parent = parent[step] as unknown as Parent
  const last = steps.at(-1) ?? ''
  if (value === undefined) Reflect.deleteProperty(parent, last)
  else parent[last] = value
  writeFileSync(path, JSON.stringify(root))
}

interface Broken {
  readonly name: string
  readonly file: string
  readonly steps: readonly Step[]
  readonly value: Json | undefined
  readonly found: readonly string[]
}

const cases: readonly Broken[] = [
  {
    name: 'a member the schema does not know',
    file: 'departments/meilanMarket.json',
    steps: ['nickname'],
    value: 'x',
    found: [
      'departments/meilanMarket.json $: must NOT have additional properties (nickname); correct the spelling or remove it',
    ],
  },
  {
    name: 'a department without a name',
    file: 'departments/meilanMarket.json',
    steps: ['name'],
    value: undefined,
    found: ["departments/meilanMarket.json $: must have required property 'name'; add it"],
  },
  {
    name: 'a level that does not exist',
    file: 'licence-types/businessLicence.json',
    steps: ['fields', 2, 'level'],
    value: 5,
    found: [
      'licence-types/businessLicence.json $.fields[2].level: must be <= 4; write a number within the limit',
    ],
  },
  {
    name: 'a code with a foreign letter',
    file: 'licence-types/businessLicence.json',
    steps: ['fields', 2, 'code'],
    value: 'lеgalRep',
    found: [
      'licence-types/businessLicence.json $.fields[2].code: must match pattern "^[a-z][a-zA-Z0-9]{0,63}$"; correct it; codes are ASCII and begin with a small letter',
    ],
  },
  {
    name: 'a day that does not exist',
    file: 'licence-types/businessLicence.json',
    steps: ['from'],
    value: '2019-02-30',
    found: [
      'licence-types/businessLicence.json $.from: must match format "date"; write an existing day as YYYY-MM-DD',
    ],
  },
  {
    name: 'a share type that does not exist',
    file: 'resources/legalEntityBase.json',
    steps: ['shareType'],
    value: 'sometimes',
    found: [
      'resources/legalEntityBase.json $.shareType: must be equal to one of the allowed values; write one of unconditional, conditional, none',
    ],
  },
  {
    name: 'a way of a kind that does not exist',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'materials', 1, 'ways', 0, 'by'],
    value: 'guess',
    found: [
      'services/addressChange.json $.versions[0].materials[1].ways[0]: value of tag "by" must be in oneOf; choose one of the kinds that the schema lists',
    ],
  },
  {
    name: 'an applicant asked without a reason',
    file: 'services/foodBusinessPermitNew.json',
    steps: ['versions', 1, 'materials', 3, 'ways', 0, 'reason'],
    value: undefined,
    found: [
      "services/foodBusinessPermitNew.json $.versions[1].materials[3].ways[0]: must have required property 'reason'; add it",
    ],
  },
  {
    name: 'a code that is not the name of the file',
    file: 'purposes/marketEntityRegistration.json',
    steps: ['code'],
    value: 'registration',
    found: [
      'purposes/marketEntityRegistration.json $.code: registration is not the name of the file; write marketEntityRegistration, or rename the file to registration.json',
    ],
  },
  {
    name: 'a credit code with a wrong check digit',
    file: 'departments/haikouAffairs.json',
    steps: ['uscc'],
    value: '11460100MB1500058A',
    found: [
      'departments/haikouAffairs.json $.uscc: a check digit of the credit code is wrong (GB 32100, GB 11714); copy the code again from the certificate of the department',
    ],
  },
  {
    name: 'a credit code with a wrong organisation code inside',
    file: 'departments/haikouAffairs.json',
    steps: ['uscc'],
    value: '11460100MB1500059X',
    found: [
      'departments/haikouAffairs.json $.uscc: a check digit of the credit code is wrong (GB 32100, GB 11714); copy the code again from the certificate of the department',
    ],
  },
  {
    name: 'two departments with one credit code',
    file: 'departments/qionghaiMarket.json',
    steps: ['uscc'],
    value: '11460100MB15000238',
    found: [
      'departments/qionghaiMarket.json $.uscc: has the same credit code as haikouMarket; give each department its own',
    ],
  },
  {
    name: 'a division nobody knows',
    file: 'departments/haikouPolice.json',
    steps: ['division'],
    value: '460199',
    found: [
      'departments/haikouPolice.json $.division: 460199 is not in divisions.json; add the division or correct the code',
    ],
  },
  {
    name: 'a department in a historic division',
    file: 'departments/haikouPolice.json',
    steps: ['division'],
    value: '469003',
    found: [
      'departments/haikouPolice.json $.division: 469003 is a historic code; write its successor, 460400',
    ],
  },
  {
    name: 'a parent that does not exist',
    file: 'departments/haikouPolice.json',
    steps: ['parent'],
    value: 'hainanPolice',
    found: [
      'departments/haikouPolice.json $.parent: hainanPolice is not in departments/; add departments/hainanPolice.json or correct the code',
    ],
  },
  {
    name: 'a department above itself',
    file: 'departments/hainanMarket.json',
    steps: ['parent'],
    value: 'meilanMarket',
    found: [
      'departments/haikouMarket.json $.parent: the department is above itself; name the department that is really above it',
      'departments/hainanMarket.json $.parent: the department is above itself; name the department that is really above it',
      'departments/meilanMarket.json $.parent: the department is above itself; name the department that is really above it',
    ],
  },
  {
    name: "a type code that is not the definer's",
    file: 'licence-types/realPropertyCertificate.json',
    steps: ['typeCode'],
    value: '11100000000013127D009',
    found: [
      'licence-types/realPropertyCertificate.json $.typeCode: does not begin with the credit code of the defining authority (GB/T 36902); write 11100000MB03271699 and three digits',
    ],
  },
  {
    name: 'a type code given twice',
    file: 'licence-types/foodProductionPermit.json',
    steps: ['typeCode'],
    value: '11460100MB15000238001',
    found: [
      'licence-types/foodProductionPermit.json $.typeCode: is also the type code of foodBusinessPermit; give each type its own three digits',
    ],
  },
  {
    name: 'a definer with a wrong check digit',
    file: 'licence-types/residentIdCard.json',
    steps: ['definingAuthority', 'uscc'],
    value: '11100000000013127E',
    found: [
      'licence-types/residentIdCard.json $.definingAuthority.uscc: a check digit of the credit code is wrong (GB 32100, GB 11714); copy the code again from the national catalogue',
      'licence-types/residentIdCard.json $.typeCode: does not begin with the credit code of the defining authority (GB/T 36902); write 11100000000013127E and three digits',
    ],
  },
  {
    name: 'a local type that claims to be national',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['national'],
    value: true,
    found: [
      'licence-types/foodBusinessPermit.json $.national: national, but a department of this catalogue defines it; write false',
    ],
  },
  {
    name: 'an issuer that does not exist',
    file: 'licence-types/residentIdCard.json',
    steps: ['issuers'],
    value: ['sanyaPolice'],
    found: [
      'licence-types/residentIdCard.json $.issuers[0]: sanyaPolice is not in departments/; add departments/sanyaPolice.json or correct the code',
      'grants/haikouResources.json $.grants[1].approvedBy.provider.department: haikouPolice does not provide residentIdCard; write sanyaPolice (Order 809, art. 20)',
      'grants/meilanCivil.json $.grants[0].approvedBy.provider.department: haikouPolice does not provide residentIdCard; write sanyaPolice (Order 809, art. 20)',
      'grants/wenchangCivil.json $.grants[0].approvedBy.provider.department: haikouPolice does not provide residentIdCard; write sanyaPolice (Order 809, art. 20)',
    ],
  },
  {
    name: 'an issuer without the role',
    file: 'licence-types/residentIdCard.json',
    steps: ['issuers'],
    value: ['haikouAffairs'],
    found: [
      'licence-types/residentIdCard.json $.issuers[0]: haikouAffairs does not have the role issuer; add the role in departments/haikouAffairs.json or remove it here',
      'grants/haikouResources.json $.grants[1].approvedBy.provider.department: haikouPolice does not provide residentIdCard; write haikouAffairs (Order 809, art. 20)',
      'grants/meilanCivil.json $.grants[0].approvedBy.provider.department: haikouPolice does not provide residentIdCard; write haikouAffairs (Order 809, art. 20)',
      'grants/wenchangCivil.json $.grants[0].approvedBy.provider.department: haikouPolice does not provide residentIdCard; write haikouAffairs (Order 809, art. 20)',
    ],
  },
  {
    name: 'two issuers in one division',
    file: 'licence-types/residentIdCard.json',
    steps: ['issuers'],
    value: ['haikouPolice', 'haikouMarket'],
    found: [
      'licence-types/residentIdCard.json $.issuers[1]: haikouMarket and haikouPolice would both issue in division 460100; leave one issuer in each division',
    ],
  },
  {
    name: 'persons held by credit code',
    file: 'licence-types/residentIdCard.json',
    steps: ['holderCodeTypes'],
    value: ['001'],
    found: [
      'licence-types/residentIdCard.json $.holderCodeTypes: does not fit holders of the category person; write 111',
    ],
  },
  {
    name: 'an example that breaks its own pattern',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['numbering', 'example'],
    value: 'JY94601080000014',
    found: [
      'licence-types/foodBusinessPermit.json $.numbering.example: does not follow the pattern of its own numbering; correct the example or the pattern',
    ],
  },
  {
    name: 'a pattern without a limit',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['numbering', 'pattern'],
    value: '^JY[0-9]+$',
    found: [
      'licence-types/foodBusinessPermit.json $.numbering.pattern: repeats without a limit (*, + or {1,}); write ^...$ with limited repetition of single characters, such as {1,64}',
    ],
  },
  {
    name: 'a pattern that is not one',
    file: 'licence-types/businessLicence.json',
    steps: ['fields', 1, 'pattern'],
    value: '^[$',
    found: [
      'licence-types/businessLicence.json $.fields[1].pattern: is not a regular expression; write ^...$ with limited repetition of single characters, such as {1,64}',
    ],
  },
  {
    name: 'a type without validity',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['validity'],
    value: {},
    found: [
      'licence-types/foodBusinessPermit.json $.validity: gives neither a longest term nor long-term validity; write years, or longTerm: true',
    ],
  },
  {
    name: 'personal data called public',
    file: 'licence-types/businessLicence.json',
    steps: ['fields', 3, 'level'],
    value: 1,
    found: [
      'licence-types/businessLicence.json $.fields[3].level: personal data is at level 1, which is public; write 2 or higher, or set personal to false if it says nothing about a person',
    ],
  },
  {
    name: 'a field named twice',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['fields', 9, 'code'],
    value: 'supervisor',
    found: [
      'licence-types/foodBusinessPermit.json $.fields[9].code: supervisor is used twice in this list; give each entry a code of its own',
    ],
  },
  {
    name: 'a field with a name that has a meaning',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['fields', 9, 'code'],
    value: 'state',
    found: [
      'licence-types/foodBusinessPermit.json $.fields[9].code: state is a name with a fixed meaning; choose another code',
    ],
  },
  {
    name: 'sensitive data without conditions',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['fields', 3, 'level'],
    value: 3,
    found: [
      'licence-types/foodBusinessPermit.json $.fields[3].level: legalRep at level 3 would be shared without conditions; make the share type conditional, or take the field out',
    ],
  },
  {
    name: 'a conditional type without conditions',
    file: 'licence-types/residentIdCard.json',
    steps: ['shareCondition'],
    value: undefined,
    found: [
      'licence-types/residentIdCard.json $.shareCondition: a conditional share type has no conditions; add shareCondition with scope and use (Order 809, art. 15)',
    ],
  },
  {
    name: 'conditions on an unconditional resource',
    file: 'resources/legalEntityBase.json',
    steps: ['shareCondition'],
    value: { scope: { zh: '测试', en: 'Test' }, use: { zh: '测试', en: 'Test' } },
    found: [
      'resources/legalEntityBase.json $.shareCondition: conditions on a share type that is unconditional; remove shareCondition, or make the share type conditional',
    ],
  },
  {
    name: 'nothing shared and no law for it',
    file: 'resources/sealedJuvenileRecords.json',
    steps: ['legalBasis'],
    value: undefined,
    found: [
      'resources/sealedJuvenileRecords.json $.legalBasis: not shared, and no legal basis is named; cite the law, regulation or State Council decision (Order 809, art. 14)',
    ],
  },
  {
    name: 'nothing shared because of a department rule',
    file: 'resources/sealedJuvenileRecords.json',
    steps: ['legalBasis', 'rank'],
    value: 'departmentRule',
    found: [
      'resources/sealedJuvenileRecords.json $.legalBasis.rank: a departmentRule cannot keep data from being shared; cite a law, an administrative regulation or a State Council decision (art. 14)',
    ],
  },
  {
    name: 'an address in the path of a service',
    file: 'resources/populationRegistry.json',
    steps: ['source', 'path'],
    value: '//elsewhere.example/person',
    found: [
      'resources/populationRegistry.json $.source.path: must match pattern "^(/[a-z0-9][a-z0-9-]{0,62}){1,6}$"; correct it; codes are ASCII and begin with a small letter',
    ],
  },
  {
    name: 'a service with the name of a database',
    file: 'resources/populationRegistry.json',
    steps: ['source', 'service'],
    value: 'civil',
    found: [
      'resources/populationRegistry.json $.source.service: civil is already the name of a source of the kind postgres, of marriageRegistry; give the source a name of its own',
    ],
  },
  {
    name: 'a service of another department',
    file: 'resources/marriageRegistry.json',
    steps: ['source'],
    value: { kind: 'http', service: 'police', path: '/marriages' },
    found: [
      'resources/populationRegistry.json $.source.service: police is the service of hainanCivil, not of haikouPolice; name the service of the owner: its secret is one department’s',
    ],
  },
  {
    name: 'a source for what is not shared',
    file: 'resources/sealedJuvenileRecords.json',
    steps: ['source'],
    value: { kind: 'vault', type: 'residentIdCard' },
    found: [
      'resources/sealedJuvenileRecords.json $.source.kind: vault does not go with the share type none; connect nothing (withheld) to what is not shared, and only to that',
      'resources/sealedJuvenileRecords.json $.fields[1].code: caseNumber is not a field of residentIdCard; follow licence-types/residentIdCard.json',
      'resources/sealedJuvenileRecords.json $.fields[2].code: offence is not a field of residentIdCard; follow licence-types/residentIdCard.json',
      'resources/sealedJuvenileRecords.json $.fields[3].code: sealedOn is not a field of residentIdCard; follow licence-types/residentIdCard.json',
    ],
  },
  {
    name: 'an official code of another class',
    file: 'resources/populationRegistry.json',
    steps: ['officialCode'],
    value: '202/0001',
    found: [
      'resources/populationRegistry.json $.officialCode: does not begin with 1, the digit of the class base; correct the code or the class',
    ],
  },
  {
    name: 'an official code given twice',
    file: 'resources/populationRegistry.json',
    steps: ['officialCode'],
    value: '102/0001',
    found: [
      'resources/populationRegistry.json $.officialCode: is also the official code of legalEntityBase; give each resource its own serial',
    ],
  },
  {
    name: 'an owner without the role',
    file: 'resources/marriageRegistry.json',
    steps: ['owner'],
    value: 'haikouAffairs',
    found: [
      'resources/marriageRegistry.json $.owner: haikouAffairs does not have the role source; add the role in departments/haikouAffairs.json or name another owner',
      'grants/meilanCivil.json $.grants[2].approvedBy.provider.department: hainanCivil does not provide marriageRegistry; write haikouAffairs (Order 809, art. 20)',
      'grants/wenchangCivil.json $.grants[2].approvedBy.provider.department: hainanCivil does not provide marriageRegistry; write haikouAffairs (Order 809, art. 20)',
    ],
  },
  {
    name: 'a subject without a key',
    file: 'resources/populationRegistry.json',
    steps: ['subject', 'key'],
    value: 'passportNo',
    found: [
      'resources/populationRegistry.json $.subject.key: passportNo is not a key of this resource; name one of idNumber',
    ],
  },
  {
    name: 'a predicate about nothing',
    file: 'resources/populationRegistry.json',
    steps: ['predicates', 0, 'of'],
    value: 'nickname',
    found: [
      'resources/populationRegistry.json $.predicates[0].of: nickname is not a field of this resource; name the field that the question is about',
    ],
  },
  {
    name: 'a predicate with the name of a field',
    file: 'resources/populationRegistry.json',
    steps: ['predicates', 1, 'code'],
    value: 'address',
    found: [
      'resources/populationRegistry.json $.predicates[1].code: address is also a field; choose another code',
    ],
  },
  {
    name: 'a predicate with a name that has a meaning',
    file: 'resources/populationRegistry.json',
    steps: ['predicates', 1, 'code'],
    value: 'source',
    found: [
      'resources/populationRegistry.json $.predicates[1].code: source is a name with a fixed meaning; choose another code',
    ],
  },
  {
    name: 'an age asked of a name',
    file: 'resources/populationRegistry.json',
    steps: ['predicates', 1, 'of'],
    value: 'name',
    found: [
      'resources/populationRegistry.json $.predicates[1].test: atLeastAge cannot be asked of a field of type text; ask atLeastAge of dates, codeMeans of codes, and equals of all but dates',
    ],
  },
  {
    name: 'a meaning asked of a name',
    file: 'resources/marriageRegistry.json',
    steps: ['predicates', 0, 'of'],
    value: 'name',
    found: [
      'resources/marriageRegistry.json $.predicates[0].test: codeMeans cannot be asked of a field of type text; ask atLeastAge of dates, codeMeans of codes, and equals of all but dates',
    ],
  },
  {
    name: 'a meaning of a code that the field does not have',
    file: 'resources/marriageRegistry.json',
    steps: ['predicates', 0, 'yes'],
    value: ['10', '31'],
    found: [
      'resources/marriageRegistry.json $.predicates[0].yes[1]: 31 is not a value of maritalStatus; let each code of the field mean yes, or no, or stand in neither list',
    ],
  },
  {
    name: 'a code that means yes and no',
    file: 'resources/marriageRegistry.json',
    steps: ['predicates', 0, 'no'],
    value: ['20', '30'],
    found: [
      'resources/marriageRegistry.json $.predicates[0].no[1]: 30 means yes already; let each code of the field mean yes, or no, or stand in neither list',
    ],
  },
  {
    name: 'a predicate that never means no',
    file: 'resources/marriageRegistry.json',
    steps: ['predicates', 0, 'no'],
    value: [],
    found: [
      'resources/marriageRegistry.json $.predicates[0].no: must NOT have fewer than 1 items; name at least one',
    ],
  },
  {
    name: 'a conditional resource about nobody',
    file: 'resources/creditBase.json',
    steps: ['subject'],
    value: undefined,
    found: [
      'resources/creditBase.json $.shareType: conditional, but no subject is named, so no case could justify a grant; name the subject, or share it unconditionally',
      'services/supplierQualification.json $.versions[0].materials[1].ways[0].resource: creditBase is about nobody, so also not about a party; name a resource with a subject; what is about nobody can be asked without a material',
    ],
  },
  {
    name: 'personal data about nobody',
    file: 'resources/landParcelBase.json',
    steps: ['fields', 0],
    value: {
      ...{ code: 'location', name: { zh: '坐落', en: 'Location' }, group: 'basic' },
      ...{ required: true, level: 2, personal: true, type: 'text', maxLength: 256 },
    },
    found: [
      'resources/landParcelBase.json $.fields[0].personal: location is about a person, but no subject is named; name the subject, or take the field out',
    ],
  },
  {
    name: 'licences of nobody',
    file: 'resources/disabilityBase.json',
    steps: ['subject'],
    value: undefined,
    found: [
      'resources/disabilityBase.json $.shareType: conditional, but no subject is named, so no case could justify a grant; name the subject, or share it unconditionally',
      'resources/disabilityBase.json $.fields[0].personal: certificateNo is about a person, but no subject is named; name the subject, or take the field out',
      'resources/disabilityBase.json $.fields[1].personal: category is about a person, but no subject is named; name the subject, or take the field out',
      'resources/disabilityBase.json $.fields[2].personal: grade is about a person, but no subject is named; name the subject, or take the field out',
      'resources/disabilityBase.json $.source.kind: licences are about their holders, but no subject is named; name the subject',
      'services/disabilityAllowance.json $.versions[0].materials[1].ways[0].resource: disabilityBase is about nobody, so also not about a party; name a resource with a subject; what is about nobody can be asked without a material',
    ],
  },
  {
    name: 'a field without a column',
    file: 'resources/marriageRegistry.json',
    steps: ['source', 'columns', 'registry'],
    value: undefined,
    found: [
      'resources/marriageRegistry.json $.source.columns: no column is named for registry; name the column, or take the field out',
    ],
  },
  {
    name: 'a column without a field',
    file: 'resources/marriageRegistry.json',
    steps: ['source', 'columns', 'fingerprint'],
    value: 'fingerprint',
    found: [
      'resources/marriageRegistry.json $.source.columns.fingerprint: fingerprint is neither a key nor a field; remove it: a column nobody declared must not be read',
    ],
  },
  {
    name: 'a view of a field the licence lacks',
    file: 'resources/legalEntityBase.json',
    steps: ['fields', 5, 'code'],
    value: 'taxNumber',
    found: [
      'resources/legalEntityBase.json $.fields[5].code: taxNumber is not a field of businessLicence; follow licence-types/businessLicence.json',
    ],
  },
  {
    name: 'a view that forgets that a field is personal',
    file: 'resources/legalEntityBase.json',
    steps: ['fields', 2, 'personal'],
    value: false,
    found: [
      'resources/legalEntityBase.json $.fields[2].personal: legalRep is personal in the licence; follow licence-types/businessLicence.json',
    ],
  },
  {
    name: 'a view of a type that does not exist',
    file: 'resources/legalEntityBase.json',
    steps: ['source', 'type'],
    value: 'taxCertificate',
    found: [
      'resources/legalEntityBase.json $.source.type: taxCertificate is not in licence-types/; add licence-types/taxCertificate.json or correct the code',
    ],
  },
  {
    name: 'an item with a purpose nobody knows',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'purpose'],
    value: 'curiosity',
    found: [
      'services/addressChange.json $.versions[0].purpose: curiosity is not in purposes/; add purposes/curiosity.json or correct the code',
    ],
  },
  {
    name: 'an item handled by no window',
    file: 'services/realPropertyTransfer.json',
    steps: ['versions', 0, 'departments'],
    value: ['haikouResources', 'haikouAffairs'],
    found: [
      'services/realPropertyTransfer.json $.versions[0].departments[1]: haikouAffairs does not have the role window; add the role in departments/haikouAffairs.json or remove it here',
    ],
  },
  {
    name: 'an item without an applicant',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'parties'],
    value: ['legalRepresentative', 'premisesOwner'],
    found: [
      'services/addressChange.json $.versions[0].parties: nobody is the applicant; add applicant',
      'services/addressChange.json $.versions[0].materials[0].ways[0].holder: applicant is not a party of this item; add the role to parties, or name one of them',
    ],
  },
  {
    name: 'two materials with one code',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'materials', 1, 'code'],
    value: 'businessLicence',
    found: [
      'services/addressChange.json $.versions[0].materials[1].code: businessLicence is used twice in this list; give each entry a code of its own',
    ],
  },
  {
    name: 'a way to a licence type that does not exist',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'materials', 0, 'ways', 1],
    value: { by: 'licence', type: 'passport', holder: 'applicant', fields: ['name'] },
    found: [
      'services/addressChange.json $.versions[0].materials[0].ways[1].type: passport is not in licence-types/; add licence-types/passport.json or correct the code',
    ],
  },
  {
    name: 'a way to a field that does not exist',
    file: 'services/realPropertyTransfer.json',
    steps: ['versions', 0, 'materials', 0, 'ways', 1, 'fields'],
    value: ['name', 'idNumber', 'bloodGroup'],
    found: [
      'services/realPropertyTransfer.json $.versions[0].materials[0].ways[1].fields[2]: bloodGroup does not exist in residentIdCard; name what is declared in the file of residentIdCard',
    ],
  },
  {
    name: 'a way to a predicate that does not exist',
    file: 'services/realPropertyTransfer.json',
    steps: ['versions', 0, 'materials', 0, 'ways', 0, 'predicate'],
    value: 'isHonest',
    found: [
      'services/realPropertyTransfer.json $.versions[0].materials[0].ways[0].predicate: isHonest does not exist in populationRegistry; name what is declared in the file of populationRegistry',
    ],
  },
  {
    name: 'a name given to a predicate that takes none',
    file: 'services/marriageRegistration.json',
    steps: ['versions', 1, 'materials', 3, 'ways', 0, 'argumentFrom'],
    value: 'name',
    found: [
      'services/marriageRegistration.json $.versions[1].materials[3].ways[0].predicate: a name cannot be the argument of this predicate; name a predicate that tests equals',
    ],
  },
  {
    name: 'nothing given to a predicate that takes a name',
    file: 'services/marriageRegistration.json',
    steps: ['versions', 1, 'materials', 2, 'ways', 0, 'argumentFrom'],
    value: undefined,
    found: [
      'services/marriageRegistration.json $.versions[1].materials[2].ways[0].predicate: nothing is given for its argument name; add argumentFrom, or name a predicate without an argument',
    ],
  },
  {
    name: 'a way to what is not shared',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'materials', 3, 'ways'],
    value: [
      { by: 'data', resource: 'sealedJuvenileRecords', subject: 'applicant', fields: ['offence'] },
    ],
    found: [
      'services/addressChange.json $.versions[0].materials[3].ways[0].resource: sealedJuvenileRecords is not shared with anybody; find another way, or ask the applicant',
    ],
  },
  {
    name: 'a party who is none',
    file: 'services/foodBusinessPermitNew.json',
    steps: ['versions', 1, 'materials', 1, 'ways', 0, 'subject'],
    value: 'transferee',
    found: [
      'services/foodBusinessPermitNew.json $.versions[1].materials[1].ways[0].subject: transferee is not a party of this item; add the role to parties, or name one of them',
    ],
  },
  {
    name: 'the applicant asked before the registers',
    file: 'services/addressChange.json',
    steps: ['versions', 0, 'materials', 3, 'ways'],
    value: [
      { by: 'applicant', reason: { zh: '测试', en: 'Test' } },
      {
        by: 'predicate',
        resource: 'populationRegistry',
        predicate: 'identityMatches',
        subject: 'applicant',
        argumentFrom: 'name',
      },
    ],
    found: [
      'services/addressChange.json $.versions[0].materials[3].ways[0]: the applicant is asked although another way follows; put the applicant last',
    ],
  },
  {
    name: 'versions in force at once',
    file: 'services/foodBusinessPermitNew.json',
    steps: ['versions', 0, 'until'],
    value: '2023-12-01',
    found: [
      'services/foodBusinessPermitNew.json $.versions[1].from: begins while the version before it is in force; let the earlier version end on the day before, and order them by date',
    ],
  },
  {
    name: 'an earlier version that never ends',
    file: 'services/foodBusinessPermitNew.json',
    steps: ['versions', 0, 'until'],
    value: undefined,
    found: [
      'services/foodBusinessPermitNew.json $.versions[1].from: begins while the version before it is in force; let the earlier version end on the day before, and order them by date',
    ],
  },
  {
    name: 'a type that ends before it begins',
    file: 'licence-types/foodProductionPermit.json',
    steps: ['until'],
    value: '2019-12-31',
    found: [
      'licence-types/foodProductionPermit.json $.until: ends on 2019-12-31, before it begins on 2020-03-01; write the last day in force, not earlier than from',
    ],
  },
  {
    name: 'a grant of what does not exist',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 0, 'resource'],
    value: 'taxRegister',
    found: [
      'grants/meilanMarket.json $.grants[0].resource: taxRegister is neither a resource nor a licence type; correct the code, or add the file in resources/ or licence-types/',
    ],
  },
  {
    name: 'a grant of what is not shared',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 2],
    value: {
      code: 'sealed',
      resource: 'sealedJuvenileRecords',
      fields: ['offence'],
      items: ['foodBusinessPermitNew'],
      scene: { zh: '测试', en: 'Test' },
      legalBasis: { law: { zh: '测试法', en: 'Test Law' }, rank: 'law', article: '1' },
      from: '2026-01-01',
      until: '2026-12-31',
      approvedBy: {
        requester: { department: 'meilanMarket', head: '测试', on: '2025-12-01' },
        provider: { department: 'haikouPolice', head: '测试', on: '2025-12-01' },
      },
    },
    found: [
      'grants/meilanMarket.json $.grants[2].resource: sealedJuvenileRecords is not shared with anybody, so it cannot be granted; remove the grant',
      'grants/meilanMarket.json $.grants[2].fields[0]: offence is needed by no material of foodBusinessPermitNew; remove it, or add it to the way in services/ that needs it',
    ],
  },
  {
    name: 'a grant of a field that does not exist',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 0, 'fields'],
    value: ['name', 'bloodGroup'],
    found: [
      'grants/meilanMarket.json $.grants[0].fields[1]: bloodGroup does not exist in businessLicence; name a field or predicate that the file declares',
    ],
  },
  {
    name: 'a grant of more than the item needs',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 0, 'fields'],
    value: ['name', 'registeredCapital', 'phone'],
    found: [
      'grants/meilanMarket.json $.grants[0].fields[1]: registeredCapital is needed by no material of foodBusinessPermitNew; remove it, or add it to the way in services/ that needs it',
      'grants/meilanMarket.json $.grants[0].fields[2]: phone is needed by no material of foodBusinessPermitNew; remove it, or add it to the way in services/ that needs it',
    ],
  },
  {
    name: 'a grant of the value where a yes or no will do',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 2, 'fields'],
    value: ['identityMatches', 'address'],
    found: [
      'grants/meilanMarket.json $.grants[2].fields[1]: address is needed by no material of foodBusinessPermitNew; remove it, or add it to the way in services/ that needs it',
    ],
  },
  {
    name: 'a grant for an item nobody knows',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 1, 'items'],
    value: ['foodBusinessPermitNew', 'tourism'],
    found: [
      'grants/meilanMarket.json $.grants[1].items[1]: tourism is not in services/; add services/tourism.json or correct the code',
    ],
  },
  {
    name: 'a grant for an item of another department',
    file: 'grants/haikouResources.json',
    steps: ['grants', 0, 'items'],
    value: ['realPropertyTransfer', 'addressChange'],
    found: [
      'grants/haikouResources.json $.grants[0].items[1]: haikouResources does not handle addressChange; remove the item, or add the department in services/addressChange.json',
    ],
  },
  {
    name: 'a grant that ends before it begins',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 3, 'until'],
    value: '2025-12-31',
    found: [
      'grants/meilanMarket.json $.grants[3].until: ends on 2025-12-31, before it begins on 2026-01-01; write the last day in force, not earlier than from',
    ],
  },
  {
    name: 'a grant its own department did not agree to',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 0, 'approvedBy', 'requester', 'department'],
    value: 'haikouMarket',
    found: [
      'grants/meilanMarket.json $.grants[0].approvedBy.requester.department: haikouMarket cannot agree for meilanMarket; write meilanMarket: its own sharing office agrees (Order 809, art. 20)',
    ],
  },
  {
    name: 'a grant its provider did not agree to',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 2, 'approvedBy', 'provider', 'department'],
    value: 'haikouResources',
    found: [
      'grants/meilanMarket.json $.grants[2].approvedBy.provider.department: haikouResources does not provide populationRegistry; write haikouPolice (Order 809, art. 20)',
    ],
  },
  {
    name: 'a grant that only one side agreed to',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 2, 'approvedBy', 'provider'],
    value: undefined,
    found: [
      "grants/meilanMarket.json $.grants[2].approvedBy: must have required property 'provider'; add it",
    ],
  },
  {
    name: 'a grant that begins before it was agreed',
    file: 'grants/meilanMarket.json',
    steps: ['grants', 2, 'approvedBy', 'provider', 'on'],
    value: '2026-03-01',
    found: [
      'grants/meilanMarket.json $.grants[2].approvedBy.provider.on: agreed on 2026-03-01, after the grant begins on 2026-01-01; let the grant begin when both sides have agreed',
    ],
  },
  {
    name: 'two grants with one code',
    file: 'grants/haikouMarket.json',
    steps: ['grants', 0, 'code'],
    value: 'meilanMarketFoodIdentity',
    found: [
      'grants/meilanMarket.json $.grants[2].code: meilanMarketFoodIdentity is already a grant in grants/haikouMarket.json; give each grant a code of its own: the log names grants by it',
    ],
  },
  {
    name: 'one law under two titles',
    file: 'purposes/foodBusinessLicensing.json',
    steps: ['legalBasis', 'law', 'en'],
    value: 'Law on the Safety of Food',
    found: [
      'purposes/foodBusinessLicensing.json $.legalBasis.law: 中华人民共和国食品安全法 is cited with another title or rank in licence-types/foodBusinessPermit.json; write Food Safety Law, law, in both',
    ],
  },
  {
    name: 'one law of two ranks',
    file: 'purposes/foodBusinessLicensing.json',
    steps: ['legalBasis', 'rank'],
    value: 'departmentRule',
    found: [
      'purposes/foodBusinessLicensing.json $.legalBasis.rank: 中华人民共和国食品安全法 is cited with another title or rank in licence-types/foodBusinessPermit.json; write Food Safety Law, law, in both',
    ],
  },
  {
    name: 'a field with the name of what every object has',
    file: 'licence-types/foodBusinessPermit.json',
    steps: ['fields', 9, 'code'],
    value: 'constructor',
    found: [
      'licence-types/foodBusinessPermit.json $.fields[9].code: constructor is a name with a fixed meaning; choose another code',
    ],
  },
  {
    name: 'a division whose successor does not exist',
    file: 'divisions.json',
    steps: ['divisions', 21, 'successor'],
    value: '460499',
    found: [
      'divisions.json $.divisions[21].successor: 460499 is not in this file; add it or correct the code',
    ],
  },
  {
    name: 'divisions in a circle',
    file: 'divisions.json',
    steps: ['divisions', 0, 'parent'],
    value: '460108',
    found: [
      'divisions.json $.divisions[0].parent: following parents and successors leads back to 460000; break the circle',
      'divisions.json $.divisions[1].parent: following parents and successors leads back to 460100; break the circle',
      'divisions.json $.divisions[8].parent: following parents and successors leads back to 460108; break the circle',
    ],
  },
  {
    name: 'a division without a parent',
    file: 'divisions.json',
    steps: ['divisions', 1, 'parent'],
    value: undefined,
    found: [
      'divisions.json $.divisions[1]: 460100 is no province and has no parent; name the division it belongs to; the province when nothing else is certain',
    ],
  },
  {
    name: 'a division listed twice',
    file: 'divisions.json',
    steps: ['divisions', 2, 'code'],
    value: '460100',
    found: [
      'divisions.json $.divisions[2].code: 460100 is used twice in this list; give each entry a code of its own',
      'divisions.json $.divisions[2].parent: following parents and successors leads back to 460100; break the circle',
    ],
  },
]

test('an untouched copy has no findings', () => {
  expect(findings()).toEqual([])
})

test.for(cases)('$name', ({ file, steps, value, found }) => {
  write(file, steps, value)
  expect(findings()).toEqual(found)
})

test.for([
  ['a trailing comma', '{"code":"x",}', 'syntax'],
  ['a member written twice', '{"code":"x","code":"x"}', 'duplicate-name'],
  ['nothing', '', 'syntax'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not readable as UTF-8'],
] as const)('a file with %s is one finding, and its readers add no echo', ([, content, rule]) => {
  writeFileSync(join(copy, 'licence-types/businessLicence.json'), content)
  expect(findings()).toEqual([
    `licence-types/businessLicence.json $: is not acceptable JSON (${rule}); mend the text: UTF-8, one JSON object, no member twice, no trailing comma`,
  ])
})

test('a file that is too large is not parsed', () => {
  writeFileSync(join(copy, 'purposes/tourism.json'), ' '.repeat(1_048_577))
  expect(findings()).toEqual(['purposes/tourism.json $: is larger than 1048576 bytes; split it'])
})

test.for(['grant/meilanMarket.json', 'departments/Meilan Market.json', 'grants.json'])(
  '%s is not read in silence',
  (path) => {
    mkdirSync(join(copy, 'grant'))
    writeFileSync(join(copy, path), '{}')
    const strange = path.startsWith('grant/') ? 'grant' : path
    expect(findings()).toContain(
      `${strange} $: is not a file of the catalogue; move it into one of departments, licence-types, resources, services, purposes, grants as <code>.json, or remove it`,
    )
  },
)

test('a missing folder is a finding, and a folder that cannot be read is one too', () => {
  rmSync(join(copy, 'grants'), { recursive: true })
  expect(findings()).toEqual(['grants $: is missing; create grants'])
  rmSync(copy, { recursive: true })
  expect(findings()).toEqual([`${copy} $: cannot be read; name a folder that holds a catalogue`])
  mkdirSync(copy)
})

test.for(['businesslicence', 'grants', 'auditPage', 'valueOf'])(
  'a resource cannot be called %s',
  (code) => {
    cpSync(join(copy, 'resources/legalEntityBase.json'), join(copy, `resources/${code}.json`))
    write(`resources/${code}.json`, ['code'], code)
    write(`resources/${code}.json`, ['officialCode'], '102/0002')
    expect(findings().join('\n')).toMatch(`resources/${code}.json $.code: ${code} is `)
  },
)

test('somebody must be in charge of sharing; one is enough', () => {
  write('departments/haikouAffairs.json', ['roles'], ['supervision'])
  expect(findings()).toEqual([])
  write('departments/hainanData.json', ['roles'], ['supervision'])
  expect(findings()).toEqual([
    'departments $: no department is the competent authority for data sharing (Order 809, art. 8); give one department the role competentAuthority',
  ])
})

test('everything that is wrong is said at once, in shape and in substance', () => {
  write('departments/meilanMarket.json', ['level'], 'town')
  write('grants/meilanMarket.json', ['grants', 0, 'fields'], ['name', 'phone'])
  write('services/addressChange.json', ['versions', 0, 'purpose'], 'curiosity')
  expect(findings().map((line) => line.split(':')[0])).toEqual([
    'departments/meilanMarket.json $.level',
    'services/addressChange.json $.versions[0].purpose',
    'grants/meilanMarket.json $.grants[0].fields[1]',
  ])
})

test('whatever stands in a file, the loader loads or says what is wrong', () => {
  const files = ['resources/populationRegistry.json', 'services/addressChange.json', divisionsFile]
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(), fc.jsonValue(), (file, at, value) => {
      const original = readFileSync(join(copy, file), 'utf8')
      const places = placesIn(JSON.parse(original) as Json)
      const steps = places[at % places.length] ?? []
      write(file, steps, value)
      const found = findings()
      writeFileSync(join(copy, file), original)
      expect(found.every((line) => /^[^ ]+ \$[^ ]*: .+; .+$/su.test(line))).toBe(true)
    }),
    { numRuns: 100 },
  )
})

function placesIn(value: Json, steps: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [steps]
  const members: [Step, Json][] = Array.isArray(value)
    ? [...(value as readonly Json[]).entries()]
    : Object.entries(value as Record<string, Json>)
  const inner = members.flatMap(([name, member]) => placesIn(member, [...steps, name]))
  return steps.length === 0 ? inner : [steps, ...inner]
}
