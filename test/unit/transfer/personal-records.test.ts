import { expect, test } from 'vitest'
import { PERSONAL_KINDS } from '../../../src/transfer/masks/personal/personal-kinds.ts'
import {
  expectFound as expectFoundWith,
  samplesOf,
  type WrittenSamples,
} from '../../support/judged-tables.ts'

const expectFound = (lines: string, samples: WrittenSamples = {}) =>
  expectFoundWith(lines, samplesOf(samples, { values: 60, distinct: 50 }))

const EMAILS = PERSONAL_KINDS.filter(({ mask }) => mask === 'email')

test('numbers of people are theirs, whatever keeps them, and numbers of what they buy are not', () => {
  expectFound(`lidmaatschap: id int, voornaam*, achternaam*, lidnummer*, abonnement_nr
faelle: id int, patient_id int, versnummer*, fallnummer
patient_identifier: id int, patient_id int, identifier*, identifier_type int
operators: id int, first_name*, last_name*, licence*, npn*, level
software: id int, name, licence
whatsapp_chat: id int, wa_id*, direction`)
})

test('a number behind the street is that of the house, and what describes the way belongs to the address', () => {
  expectFound(`addresses: id int, logradouro*, numero*, cidade*, ponto_referencia*
clienti: id int, nome*, cognome*, indirizzo*, numero*, adressierungszusatz*
invoices: id int, numero, shipping_address*, due_on date`)
})

test('what was measured of a person is theirs, and so are reasons of their visits', () => {
  expectFound(`patients: id int, first_name*, last_name*, birthdate date*
obs: obs_id int, patients_id int, value_numeric double precision*, value_date date, status
termine: id int, patid int, grund*, dauer int
prontuarios: id int, paciente_id int, cid10*
vaults: id int, user_id int, api_tokens jsonb*
reparaturen: id int, grund, dauer int
orders: id int, patients_id int, order_reason_non_coded*, order_number`)
})

test('keys of German tables lead to these, however their plural is written', () => {
  expectFound(`patienten: id int, vorname*, nachname*, geburtsdatum date*
faelle: id int, patient_id int, status
behandlungen: id int, fallid int, eintrag*, leistungen int
gebaeude: id int, name
begehungen: id int, gebaeudeid int, ergebnis_kurz, eintrag`)
})

test('old systems cut all words short, and begin all names of a table with the same letters', () => {
  expectFound(`cstmst: cmno int, cmlnam character(25)*, cmfnam character(15)*, cmhphn numeric(10,0)*, cmmrst character(1)*, cmcrsc integer*, cmtype character(1)
usrprf: unumb int, upwd character(32)*, ugrp character(10), ulsgn date, uinlpg character(10)
clmnot: cnseq int, cnclm character(10), cndate date, cntext text*, cncode character(4)
drvdtl: ddseq int, ddnam character(40)*, dddob character(8)*, ddlic character(20)*, ddrel character(2), ddpts int`)
})

test('codes and kinds in a row of a person are administrative, also where their names are one word', () => {
  expectFound(
    `clientes: id int, nombre*, apellidos*, telefono1*, codcliente, codpago, tipoidfiscal, regimeniva, aficiones*`,
  )
})

test('organisations have names, addresses and numbers of their own', () => {
  expectFound(`bodyshops: id int, name, street, city, phone, tin
lienholders: id int, name, address, zip
convenios: id int, nome, endereco, telefone
accounts: id int, name, domain, feature_flags int, settings jsonb
accounts_of_users: id int, email*, name*
canned_responses: id int, short_code, content
imap_boxes: id int, imap_address, smtp_login`)
})

test('mailboxes of functions are those of an organisation, and others are those of people', () => {
  const matches = new Map(EMAILS.map((kind) => [kind, 60]))
  expectFound(
    `mail_gateways: id int, reply_box, sender_box, mixed_box*
aseguradoras: id int, nombre, contacto_pagos`,
    {
      'mail_gateways.reply_box': { matches, mailboxes: 60 },
      'mail_gateways.sender_box': { matches, mailboxes: 58 },
      'mail_gateways.mixed_box': { matches, mailboxes: 40 },
      'aseguradoras.contacto_pagos': { matches, mailboxes: 50 },
    },
  )
})

test('names to sign in with are the keys of users, and texts that name people are about them', () => {
  expectFound(
    `user_accounts: id character varying(25)*, email*, theme character varying(25)
chat_rooms: id character varying(25), colour
uploads: id int, user_id int, shown_as*, format
vineyards: id int, history
attachments: id int, user_id int, fallback_title*
books: id int, alternative_title
statement_lines: id int, amount numeric, purpose*`,
    {
      'user_accounts.id': { logins: 60 },
      'user_accounts.theme': { logins: 60, distinct: 4 },
      'chat_rooms.id': { logins: 60 },
      'uploads.shown_as': { namesWithin: 9 },
      'uploads.format': { namesWithin: 2 },
      'attachments.fallback_title': { namesWithin: 9 },
      'books.alternative_title': { namesWithin: 9 },
      'vineyards.history': { namesWithin: 20 },
      'statement_lines.purpose': { namesWithin: 12 },
    },
  )
})

test('a postcode with its town is part of an address', () => {
  const towns = PERSONAL_KINDS.filter(({ mask, value }) => mask === 'city' && value !== undefined)
  const matches = new Map(towns.map((kind) => [kind, 50]))
  expect(towns).toHaveLength(1)
  const ofTown = new RegExp(
    (towns[0]?.value ?? '')
      .replaceAll('[:upper:]', 'A-Z')
      .replaceAll('[:lower:]', 'a-z')
      .replaceAll('[:alpha:]', 'A-Za-z'),
  )
  for (const town of [
    '60194 Frankfurt am Main',
    'D-60194 Bonn',
    '1012 AB Amsterdam',
    'Dallas, TX 75201',
    'Bath BA1 5LR',
  ])
    expect(town).toMatch(ofTown)
  for (const other of ['2024 Annual', '12 Monate', '60194', 'Room AB 12']) expect(other).not.toMatch(ofTown)
  expectFound(
    `receipts: id int, member_id int, line_c*
depots: id int, line_c`,
    { 'receipts.line_c': { matches }, 'depots.line_c': { matches } },
  )
})

test('profiles are of users, facts about them are anything, and references to them may be cut short', () => {
  expectFound(`user_profiles: user_id int, location*, website*, views int
usermeta: id int, user_id int, meta_key, meta_value*
wp_options: id int, option_name, option_value
schichten: id int, ma_nr int, bemerkung*
kyc_checks: id int, user_id int, front_image_url*, state
lines: id int, front_image_url
polizze: id int, contraente*, premio numeric
zahlungen: id int, firstname*, lastname*, street*, state_name, auth`)
})
