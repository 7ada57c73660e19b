import { expect, test } from 'vitest'
import { nameKey } from '../../../src/core/table-name.ts'
import { findPersonal } from '../../../src/transfer/masks/personal/find-personal.ts'
import type { JudgedCatalog } from '../../../src/transfer/masks/personal/judged-catalog.ts'
import { PERSONAL_KINDS } from '../../../src/transfer/masks/personal/personal-kinds.ts'
import type { Sample } from '../../../src/transfer/masks/personal/sample.ts'

const TYPES: Record<string, string> = { int: 'integer', bool: 'boolean' }
const tableName = (name: string) => ({ schema: 'public', name })

/** `table: column type>referenced`, where the type is text unless given. */
function catalogOf(text: string): JudgedCatalog {
  const lines = text.trim().split('\n')
  const columnsOf = (line: string) => (line.split(': ')[1] ?? '').split(', ')
  const tables = lines.map((line) => ({
    name: tableName(line.split(': ')[0] ?? ''),
    columns: columnsOf(line).map((each) => {
      const [name = '', type = 'text'] = each.split('>')[0]?.split(' ') ?? []
      const baseType = TYPES[type] ?? type
      return { name, type: baseType, baseType, generated: 'no', isNotNull: false }
    }),
    keyColumns: [columnsOf(line)[0]?.split(' ')[0] ?? ''],
  }))
  const foreignKeys = lines.flatMap((line) =>
    columnsOf(line).flatMap((each) => {
      const [column = '', parent] = each.split('>')
      return parent === undefined
        ? []
        : [
            {
              childTable: tableName(line.split(': ')[0] ?? ''),
              parentTable: tableName(parent),
              childColumns: [column.split(' ')[0] ?? ''],
            },
          ]
    }),
  )
  return { tables, foreignKeys } as unknown as JudgedCatalog
}

const NONE: Sample = {
  values: 100,
  matches: new Map(),
  names: 0,
  nameLike: 0,
  companies: 0,
  traits: 0,
  prose: 0,
  proseOfPeople: 0,
  distinct: 100,
}
const PEOPLE = { names: 95, nameLike: 90 }
const SENTENCES = { prose: 100 }
const ABOUT_PEOPLE = { prose: 100, proseOfPeople: 40 }
const IBANS = {
  matches: new Map(PERSONAL_KINDS.filter(({ mask }) => mask === 'iban').map((kind) => [kind, 100])),
}

function find(text: string, samples: Readonly<Record<string, Partial<Sample>>> = {}): string[] {
  const bySample = Object.entries(samples).map(([id, sample]) => {
    const [table = '', column = ''] = id.split('.')
    return [`${nameKey(tableName(table))}\0${column}`, { ...NONE, ...sample }] as const
  })
  return findPersonal(catalogOf(text), new Map(bySample)).map(
    ({ table, column }) => `${table.name}.${column}`,
  )
}

test('rows whose names are unlike those of people are none, whatever their addresses and sizes', () => {
  const tables = `outlets_x: id int, name, street, city, postcode, phone, main_owner
skimodell: id int, name, geschlecht, gewicht_kg int, bild, alter_ab int, beschreibung
xlist: id int, name, street, city, phone`
  const others = { 'outlets_x.name': {}, 'skimodell.name': { names: 40, distinct: 5 } }
  expect(find(tables, { ...others, 'outlets_x.main_owner': PEOPLE, 'xlist.name': PEOPLE })).toEqual([
    'outlets_x.main_owner',
    'xlist.name',
    'xlist.street',
    'xlist.city',
    'xlist.phone',
  ])
})

test('sentences that mention people are about them, and others are where the table is', () => {
  const tables = `guests: id int, first_name, last_name, email
sessions_x: id int, guest_id int>guests, description, blurb
branches: id int, name, notes, remarks, guest_id int>guests
xq: id int, essay, saying`
  const samples = {
    'sessions_x.description': SENTENCES,
    'sessions_x.blurb': ABOUT_PEOPLE,
    'branches.notes': SENTENCES,
    'branches.remarks': ABOUT_PEOPLE,
    'xq.essay': ABOUT_PEOPLE,
    'xq.saying': SENTENCES,
  }
  expect(find(tables, samples).filter((each) => !each.startsWith('guests'))).toEqual([
    'sessions_x.blurb',
    'branches.remarks',
    'xq.essay',
  ])
})

test('what is measured of an animal is not personal, also two foreign keys away from it', () => {
  const tables = `proprietaires: id int, nom, prenom, email, telephone
animal: id int, proprietaire_id int>proprietaires, nom, photo, num_passeport
consultation: id int, animal_id int>animal, veterinaire_id int, diagnostic, poids_mesure numeric
ordonnance: id int, consultation_id int>consultation, medicament, posologie, quantite smallint`
  expect(find(tables).filter((each) => !each.startsWith('proprietaires'))).toEqual([])
})

test('a foreign key says more than the name of its column', () => {
  const tables = `empresa_cli: cod_emp int, nm_emp, nipc, morada
vaga: cod_vaga int, cod_emp int>empresa_cli, genero, requisitos, notas`
  expect(find(tables, { 'empresa_cli.nm_emp': { companies: 70 } })).toEqual([])
})

test('rows are people by their columns, and few different words may describe them', () => {
  const tables = `PERSTM: PENR int, PENACH, PEVORN, PEGEBD date, PESTR, PELOHN numeric, PEKRKA, PEABT varchar(3)
trips_x: id int, reaction jsonb`
  const found = find(tables, { 'PERSTM.PEKRKA': { distinct: 4 }, 'PERSTM.PEVORN': { names: 90 } })
  expect(found).toContain('PERSTM.PELOHN')
  expect(found).toContain('PERSTM.PEKRKA')
})

test('accounts, cities, devices and digits are known beside what shows whose they are', () => {
  const tables = `buchung: bunr int, bukonto, butext, xq
reader_events: id int, user_id int, ip inet, city
toestel: id int, klant_id int, reclame_id uuid
pagamento: id int, nome_cartao, ultimos_digitos character(4)
refraktion: id int, kunde_id int, sph_r numeric, sph_l numeric, form smallint
sessions_pt: id int, patient_id int, diagnosis, package_sessions smallint, weight_kg numeric, heart_rate smallint
answers_health: id int, member_id int, heart_condition bool, is_paid bool
performances: id int, age_guidance varchar(8), title`
  expect(find(tables, { 'buchung.xq': IBANS })).toEqual([
    'buchung.xq',
    'reader_events.ip',
    'reader_events.city',
    'toestel.reclame_id',
    'pagamento.nome_cartao',
    'pagamento.ultimos_digitos',
    'refraktion.sph_r',
    'refraktion.sph_l',
    'sessions_pt.diagnosis',
    'sessions_pt.weight_kg',
    'sessions_pt.heart_rate',
    'answers_health.heart_condition',
  ])
})

test('first names in catalogs, message ids and the numbers of rows are not personal', () => {
  const tables = `titles: id int, title, message_id
fassungen: id int, modell, ean, preis numeric
KAUFVT: KVNR int, KVDAT date, KVBETR numeric, KVART, KVSTAT, KVRABG`
  const emails = new Map(PERSONAL_KINDS.filter(({ mask }) => mask === 'email').map((kind) => [kind, 100]))
  const samples = {
    'titles.title': { names: 30, nameLike: 60 },
    'titles.message_id': { matches: emails },
    'fassungen.modell': { names: 50 },
  }
  expect(find(tables, samples)).toEqual([])
})
