import { expect, test } from 'vitest'
import { PERSONAL_KINDS } from '../../../src/transfer/masks/personal/personal-kinds.ts'
import {
  catalogOf,
  expectFound,
  foundIn,
  samplesOf,
  tablesOf,
  type WrittenSamples,
} from '../../support/judged-tables.ts'

const PEOPLE = { names: 95, nameLike: 90 }
const SENTENCES = { prose: 100 }
const ABOUT_PEOPLE = { prose: 100, proseOfPeople: 40 }
const IBANS = {
  matches: new Map(PERSONAL_KINDS.filter(({ mask }) => mask === 'iban').map((kind) => [kind, 100])),
}

const find = (lines: string, samples: WrittenSamples = {}) =>
  foundIn(catalogOf(tablesOf(lines)), samplesOf(samples, { distinct: 100 }))

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

const ofMask = (wanted: string) => ({
  matches: new Map(PERSONAL_KINDS.filter(({ mask }) => mask === wanted).map((kind) => [kind, 100])),
})

test('what an organisation or a thing has is its own, unless a word or the column before it names someone', () => {
  const tables = `compagnies: id int, libelle, tel_gestion, courriel_sinistres, iban_reversement, gerant_tel*
units_x: id int, mailbox, lead_id int
divisions: id int, name, anspr*, ansprtel*, tel
variants: id int, barcode, price numeric
repair_orders: id int, workshop_name, workshop_phone, customer_phone*
departments: id int, name, mailbox
addresses_x: id int, first_name*, last_name*, email*, street*, state_name`
  const digits = PERSONAL_KINDS.filter(({ mask, needs }) => mask === 'phone' && needs !== undefined)
  const samples = samplesOf(
    {
      'compagnies.tel_gestion': ofMask('phone'),
      'compagnies.courriel_sinistres': ofMask('email'),
      'compagnies.iban_reversement': ofMask('iban'),
      'compagnies.gerant_tel': ofMask('phone'),
      'divisions.name': { companies: 80 },
      'divisions.anspr': PEOPLE,
      'divisions.ansprtel': ofMask('phone'),
      'divisions.tel': ofMask('phone'),
      'variants.barcode': { matches: new Map(digits.map((kind) => [kind, 100])) },
      'repair_orders.workshop_phone': ofMask('phone'),
      'repair_orders.customer_phone': ofMask('phone'),
      'departments.mailbox': ofMask('email'),
    },
    { distinct: 100 },
  )
  expectFound(tables, samples)
})

test('what only a person has, and names of people, outweigh the name of a table', () => {
  const tables = `forum_users: id int, username*, email*, date_of_birth date*, uploaded_avatar_id int
kdst: kdnr int, na1*, na2*, str*, plz*, ort*, tel*, gebdat*, ustid*, bem*
interlocuteur_compagnie: id int, nom_complet*, ligne_directe*, mail*, commentaire*
operators: id int, login*, email*, password_digest*, map
persst: persnr int*, pna*, pvn*, konf*, svnr*, stkl*, str*, plz*, iban*, kk*`
  const samples = samplesOf(
    {
      'kdst.na1': { names: 24, nameLike: 23 },
      'kdst.na2': { names: 52 },
      'interlocuteur_compagnie.nom_complet': PEOPLE,
      'persst.pvn': { names: 90 },
      'persst.svnr': ofMask('hash'),
      'persst.iban': IBANS,
    },
    { distinct: 100 },
  )
  expectFound(tables, samples)
})

test('columns of old systems are read without the letters that they share', () => {
  const tables = `aukopf: aunr int, kdnr int, audat, lna1*, lstr*, lplz*, lort*, autxt*, vtrnr int
kdst: kdnr int, vname*, nname*, gebdat*, email*`
  const samples = samplesOf({ 'aukopf.lna1': PEOPLE, 'aukopf.lstr': ofMask('street') }, { distinct: 100 })
  expectFound(tables, samples)
})
