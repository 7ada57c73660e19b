import { expect, test } from 'vitest'
import type { LiveCatalog } from '../../../src/transfer/inspect/inspect-source.ts'
import { PERSONAL_KINDS } from '../../../src/transfer/masks/personal/personal-kinds.ts'
import { catalogOf, expectFound, foundIn, samplesOf, tablesOf } from '../../support/judged-tables.ts'

/** Tables of applications in four languages: columns with a * are personal. Types are text unless given. */
const SCHEMAS = `
users: id int, email*, encrypted_password*, reset_password_token*, name*, created_at timestamptz, locale, role, last_sign_in_ip inet*, sign_in_count int, email_verified bool
"User": id int, firstName*, lastName*, emailAddress*, phoneNumber*, dateOfBirth date*, avatar*, isActive bool, updatedAt timestamptz, stripeId
customers: id int, company_name, contact_name*, email*, phone*, street*, zip*, city*, country, vat_rate numeric, notes*
orders: id int, number, status, total numeric, placed_at timestamptz, shipping_address*, currency, ip_address*, comment*
order_items: id int, name, sku, quantity int, price numeric, description
products: id int, name, title, description, image, city, slug, weight numeric
categories: id int, name, position int, description
employees: id int, full_name*, salary numeric*, iban*, tax_id*, department, hired_on date, gender*
payments: id int, card_number*, cardholder_name*, amount numeric, provider, state, card_type
patients: id int, first_name*, surname*, dob date*, blood_type*, diagnosis*, medical_history*, ward
sessions: id, user_agent, ip*, expires_at timestamptz, token_type
audit_log: id int, action, table_name, remote_addr inet*, at timestamptz, object_name
email_templates: id int, name, subject, body, email_type
subscriptions: id int, plan_name, starts_on date, ends_on date, state
warehouses: id int, name, city, zip, capacity int
kunden: kundennr int, vorname*, nachname*, geburtsdatum date*, strasse*, hausnummer*, plz*, ort*, telefon*, umsatz numeric, status
mitarbeiter: id int, Vorname*, Nachname*, gehalt numeric*, steuernummer*, abteilung, eintritt date
rechnungen: id int, rechnungsnummer, betrag numeric, rechnungsadresse*, faellig_am date, waehrung
artikel: id int, bezeichnung, preis numeric, bestand int, beschreibung
lieferungen: id int, empfänger*, lieferadresse*, gewicht numeric, versandt_am timestamptz
benutzer: id int, benutzername*, passwort*, kontoinhaber*, letzte_anmeldung timestamptz, sprache
utilisateurs: id int, prénom*, nom*, courriel*, mot_de_passe*, date_naissance date*, adresse*, code_postal*, ville*, langue
clients: id int, nom_complet*, téléphone*, numéro_de_sécurité_sociale*, statut, solde numeric
commandes: id int, numero, montant numeric, date_commande date, destinataire*
produits: id int, nom, prix numeric, description, ville
usuarios: id int, nombre*, apellidos*, correo_electrónico*, contraseña*, fecha_nacimiento date*, teléfono*, dirección*, ciudad*, activo bool
empleados: id int, nombre_completo*, dni*, sueldo numeric*, cuenta_bancaria*, puesto
pedidos: id int, numero, importe numeric, estado, titular*
productos: id int, nombre, precio numeric, descripcion, ciudad
leads: id int, display_name*, work_email*, mobile_number*, source, score int, utm_campaign
contacts: id int, given_name*, family_name*, mobile*, fax*, company, birthday date*
accounts: id int, name*, owner_name*, balance numeric, opened_on date, currency
addresses: id int, address_line1*, address_line2*, postcode*, town*, country_code
students: id int, name*, passport_number*, nationality*, grade int, enrolled_at date
drivers: id int, name*, driving_licence*, latitude float8*, longitude float8*, vehicle
api_keys: id int, api_key*, label, last_used_at timestamptz, scopes
devices: id int, name, model, serial, os_version
jobs: id int, queue, payload_type, run_at timestamptz, attempts int
tags: id int, name, color
invoices: id int, number, due_on date, recipient_name*, pdf_path, state
`

const TABLES = tablesOf(SCHEMAS)

const CATALOG = catalogOf(TABLES)

test('personal columns are known by their names in four languages, and others are left alone', () => {
  const found = new Set(foundIn(CATALOG))
  const all = TABLES.flatMap(({ name, columns }) =>
    columns.map((column) => ({ id: `${name}.${column.name}`, isPersonal: column.isPersonal })),
  )
  expect(TABLES).toHaveLength(40)
  expect({
    missed: all.filter(({ id, isPersonal }) => isPersonal && !found.has(id)).map(({ id }) => id),
    wrong: all.filter(({ id, isPersonal }) => !isPersonal && found.has(id)).map(({ id }) => id),
  }).toEqual({ missed: [], wrong: [] })
})

test('arrays are of what their elements are, keys to tables outside the run are judged, and a strict profile doubts no name', () => {
  const column = (name: string, baseType: string) => ({
    name,
    type: baseType,
    baseType,
    generated: 'no',
    isNotNull: false,
  })
  const name = { schema: 'public', name: 't' }
  const other = { schema: 'public', name: 'outside' }
  const catalog = {
    tables: [
      { name, columns: [column('emails', 'text[]'), column('email', 'text'), column('phone', 'text')] },
    ],
    foreignKeys: [
      { childTable: name, parentTable: other, childColumns: ['phone'], parentColumns: ['phone'] },
      { childTable: name, parentTable: name, childColumns: ['emails'], parentColumns: ['emails'] },
    ],
  } as unknown as LiveCatalog
  const samples = samplesOf({ 't.email': {} })
  const found = (keys: LiveCatalog['foreignKeys'], isStrict: boolean) =>
    foundIn({ ...catalog, foreignKeys: keys }, samples, isStrict)
  expect(found(catalog.foreignKeys, false)).toEqual(['t.phone'])
  expect(found([], false)).toEqual(['t.emails', 't.phone'])
  expect(found([], true)).toEqual(['t.emails', 't.email', 't.phone'])
})

/** Tables whose columns say what they are by other tables, by each other, or in words that were cut short. */
const HINTS = `
emp_mast: emp_no int*, l_nm*, f_nm*, emerg_cntct*, gndr*, emp_mail_adr*
kd_stamm: kd_nr int, kd_vnm*, kd_nm*, gebdt date*, anl_dt date
kd_vorgang: vg_id int, kd_nr int, bemerkung*, scan bytea*, erf_dt timestamptz
artikel_vorgang: av_id int, art_nr int, bemerkung, bild bytea
vital_sign: id int, patient_id int, systolic smallint*, body_temp numeric*, taken_at timestamptz
paystubs: id int, employee_id int, net numeric*, withheld numeric*, hours numeric
policies: id int, insured_first*, insured_last*, product_kind
contacts: id int, given_name*, email*, found_by tsvector*
articles: id int, title, found_by tsvector
reports: id int, nombre_vecino*, estado, closed_by*
locs: id int, nm, addr, cty, ph
`

test('columns are known by the tables that theirs refers to, by each other, and by words that were cut short', () => {
  expectFound(HINTS)
})

/** Tables whose purpose says what their columns hold: copies of rows, messages, signs of access, what companies or goods have. */
const PURPOSES = `
audit_trail: id int, entity, old_value*, new_value*, action
outbox: id int, topic, payload jsonb*, tries int
bureau_checks: id int, raw_report jsonb*, rules jsonb
mail_log: id int, to*, subject*, body*, sent_at timestamptz
mail_layouts: id int, procedure_id int, subject, body
sms_log: id int, dest*, text*, sent_at timestamptz
backup_codes: id int, code*, consumed bool
push_subscriptions: id int, endpoint*, auth*
security: id int, secret_question*, secret_answer*, level
constantes: id int, patient_id int, ta_sistolica smallint*, sat_o2 smallint*, tomada_por int
partner: id int, company_name, industry, vat_number, street, city, bill_to_street, account_number, contact_name*, contact_phone*
clientes: id int, nombre*, razon_social, cifnif*, direccion*, ciudad*
order_pos: id int, customer_id int, quantity int, price numeric, pos_text
fib_konto: kto_nr, saldo numeric
paises: id int, nombre, latitude float8, telephone_prefix
crash_reports: id int, message, fingerprint
bewerber: id int, betriebsarztdiagnose*, privatanschrift*, vollstaendiger_name*, absagegrund*, gehaltsvorstellung*, mailadresse*
entreprises: id int, raison_sociale, siret, nom_drh*, mel_drh*
plans: id int, sms_cnt int, email_rate_limits, custom1
reports: id int, name, definition
incidents: id int, user_id int, location, description*
vehicles: plate, maker
trips: id int, plate, driver_id int
parts: id int, bin, tax_id int
taxes: id int, rate numeric
locations: id int, location_name, location_phone, location_department
asset_history: asset_history_id int, asset_history_old_value*, asset_history_new_value*, asset_history_kind, asset_history_at timestamptz, asset_history_asset int, asset_history_by_user_id int, asset_history_kind_id int
contracts: id int, client_address*, client_ip*
`

test('columns are known by what their table is for, and by the last part of a compound', () => {
  expectFound(PURPOSES)
})

test('texts that have a type of their own are written about people, however far their table is from these', () => {
  const tables =
    tablesOf(`people: id int, first_name varchar*, last_name varchar*, email varchar*, city varchar
visits: id int, people_id int, kind varchar, room varchar
orders_made: id int, visits_id int, circumstances_seen text*, state varchar, note_kind varchar
doses: id int, orders_made_id int, how_it_went text*, stack_trace text, motif varchar(20)
articles: id int, teaser text, lead varchar`)
  const found = foundIn(catalogOf(tables))
  expect(found.filter((each) => !each.startsWith('people.'))).toEqual([
    'orders_made.circumstances_seen',
    'doses.how_it_went',
  ])
})

/** Rows that are people, and what people wear, drive or play. */
const ROWS = `
subscribers: id int, mail*, given_name*, sizing_remark*, shoe*, faith*, plan_tier, locale, agency_ref, wallet_kind varchar(3), abcd_no varchar(20)*, quirks jsonb*, roles jsonb
pets: id int, name, race, faith, weight int
characters: id int, player_id int, race, title, hair
products: id int, title, gender, size, price numeric, image_url
scooters: id int, imei, sim_ip inet, last_point point
meldungen: id int, melder*, overlastgever*, zeugin*, kinderarzt*, reviewer_kind
trips: id int, rider_id int, recorrido jsonb*, start_geo point*, destino*
kvk_list: id int, kvk_nr, naam, adres, plaats, telefoon
vermieter: VMNR int, VMNAME*, VMTELEF*, VMPLZ*, VMGEBDAT date*, VMSTATUS
zugang: id int, bestaetigungscode*, smsPin*
lids: id int, voornaam*, geb_datum date*, handicap_klasse*, pasfoto_url*, getauft_am date*, fuehrerschein_bis date*
machines: id int, server_ip inet, uplink, message
`

test('what describes a row of a person is personal, unless its name says how the row is kept, and what describes goods or animals is not', () => {
  expectFound(ROWS)
})

test('a table whose key refers to one of people is about them, and what has its key is, too', () => {
  const tables = tablesOf(`insassen: id int, first_name, last_name, birth_date date, email
extras: insassen int>insassen, quirk, kind
others: id int, quirk`)
  const found = foundIn(catalogOf(tables))
  expect(found.filter((each) => !each.startsWith('insassen.'))).toEqual(['extras.quirk'])
})

test('values show sentences about people, JSON with names, and companies', () => {
  const tables = tablesOf(`complaints: id int, customer_id int, q7, q8, reason
outbox: id int, payload jsonb, config jsonb, headers jsonb
xq: id int, z1, z2, born_on date
xq_bits: id int, xq_id int, z3
dealers: id int, name, street, city, phone
depots: id int, lab, ph
customer_facts: id int, customer_id int, fact_value, fact_key, mood_now
platter: id int, mood_now`)
  const within = PERSONAL_KINDS.filter(({ isWithin }) => isWithin === true)
  const phones = PERSONAL_KINDS.filter(({ mask }) => mask === 'phone')
  const samples = samplesOf(
    {
      'complaints.q7': { prose: 50 },
      'complaints.q8': { prose: 5 },
      'outbox.payload': { matches: new Map(within.map((kind) => [kind, 12])) },
      'outbox.config': {},
      'outbox.headers': { matches: new Map(within.map((kind) => [kind, 0])) },
      'complaints.reason': {},
      'xq.z1': { nameLike: 50, names: 10 },
      'xq.z2': { matches: new Map(phones.map((kind) => [kind, 60])) },
      'xq_bits.z3': { prose: 50 },
      'dealers.name': { companies: 40 },
      'customer_facts.fact_value': {
        names: 15,
        matches: new Map(phones.map((kind) => [kind, 15])),
      },
      'customer_facts.fact_key': { names: 2 },
      'customer_facts.mood_now': { traits: 50 },
      'platter.mood_now': { traits: 50 },
      'depots.ph': { matches: new Map(phones.map((kind) => [kind, 60])) },
    },
    { values: 60 },
  )
  const find = (isStrict: boolean) => foundIn(catalogOf(tables), samples, isStrict)
  const found = [
    'complaints.q7',
    'outbox.payload',
    'xq.z1',
    'xq.z2',
    'xq.born_on',
    'xq_bits.z3',
    'customer_facts.fact_value',
    'customer_facts.mood_now',
  ]
  expect(find(false)).toEqual(found)
  expect(find(true).filter((each) => !found.includes(each))).toEqual(['complaints.reason', 'outbox.headers'])
})
