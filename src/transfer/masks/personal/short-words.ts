import { LEXICON } from './lexicon.ts'

/**
 * Words as teams cut them short, in seven languages, and what they stand for. Those of which only the consonants are left, and those of
 * which the beginning is left, are found by themselves.
 */
const SHORT: ReadonlyMap<string, string> = new Map(
  `
nm name
vornam vorname
nachnam nachname
localid localidade
nacionalid nacionalidade
nation nationality
salut salutation
loc location
locs locations
dept department
depts departments
org organization
orgs organizations
nme name
nam name
fst first
frst first
lst last
pref preferred
vnm vorname
vorn vorname
nachn nachname
nachnm nachname
postcd postcode
pcode postcode
zipcd zip
cnt count
anz anzahl
qty quantity
ph phone
phn phone
phon phone
tlf tel
tfno tel
fon tel
fono tel
tlm movil
hdy handy
em email
eml email
mailadr email
addr address
adr address
adrs address
addrs address
cty city
twn town
cntry country
emp employee
empl employee
mgr manager
cust customer
cst customer
usr user
mbr member
pat patient
dep dependent
kd kunde
kdn kunde
mitgl mitglied
empf empfanger
inh inhaber
kontoinh kontoinhaber
anspr ansprechpartner
resp responsable
benef beneficiario
emerg emergency
emer emergency
cntct contact
acct account
rtng routing
brth birth
bth birth
dt date
dat date
fec fecha
naiss naissance
nac nacimiento
nacim nacimiento
nasc nascimento
gebdt geburtsdatum
gndr gender
geschl geschlecht
natl nationality
staatsang staatsangehorigkeit
ethn ethnicity
relig religion
civ civilite
anr anrede
lic licence
ausw ausweis
desc description
descr description
dscr description
cmt comment
cmts comments
cmnt comment
cmnts comments
rmk remark
rmks remarks
bem bemerkung
obs observaciones
opm opmerking
txt text
msg message
msgs messages
rsn reason
fdbk feedback
sal salary
eink income
geh gehalt
pwd password
tok token
hsh hash
dvc device
appr approved
apprvd approved
recd received
reqd requested
ape apellido
pren prenom
cod codice
boni bonitat
konfess konfession
schuf schufa
gehlt gehalt
fprnt fingerprint
verif verification
funk mobile
hphn phone
wphn phone
cphn phone
mphn phone
bphn phone
mrst marital
marst marital
mrtl marital
mstat marital
crsc credit score
crscr credit score
viol violation
off office
observ observaciones
pol policy
lusr modified
luser modified
lchg modified
lupd modified
`
    .trim()
    .split('\n')
    .map((line) => {
      const [short = '', ...long] = line.split(' ')
      return [short, long.join(' ')] as const
    }),
)

/** Halves of the names of files of old systems, beside the words of {@link SHORT}: `CUSMST` is the master file of customers. */
const HALVES: ReadonlyMap<string, string> = new Map(
  `
agt agent
bdy body
ben beneficiary
clm claim
cus customer
drv driver
dtl detail
hdr header
hst history
ins insurance
inv invoice
itm item
led ledger
mst master
mast master
not note
ord order
pay payment
pmt payment
pol policy
prd product
prf profile
shp shop
sup supplier
tbl table
trn transaction
veh vehicle
vnd vendor
whs warehouse
`
    .trim()
    .split('\n')
    .map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? ''] as const),
)

/** The name of a table with both of its halves, if it consists of two that were cut short. */
export function splitShort(table: string): string {
  const word = table.toLowerCase()
  if (!/^[a-z]{5,8}$/.test(word) || LEXICON.has(word)) return table
  for (let at = 3; word.length - at >= 3; at++) {
    const first = half(word.slice(0, at))
    const last = half(word.slice(at))
    if (first !== undefined && last !== undefined) return `${first} ${last}`
  }
  return table
}

function half(word: string): string | undefined {
  return HALVES.get(word) ?? SHORT.get(word)
}

const LEAST_CONSONANTS = 3
const LEAST_BEGINNING = 5

/** By its first letter and its other consonants: `cntct`. Where words share these, none is meant. */
const BY_CONSONANTS = uniqueBy(
  [...LEXICON].filter((word) => word.length > 4).map((word) => [consonantsOf(word), word]),
)

/** A name with each word that was cut short written out. */
export function spellOut(form: string): string {
  return form.split(' ').map(spellOutWord).join(' ')
}

const known = new Map<string, string>()

function spellOutWord(word: string): string {
  const before = known.get(word)
  if (before !== undefined) return before
  const spelled = SHORT.get(word) ?? ofConsonants(word) ?? ofBeginning(word) ?? word
  if (known.size > 20_000) known.clear()
  known.set(word, spelled)
  return spelled
}

function ofConsonants(word: string): string | undefined {
  if (word.length < LEAST_CONSONANTS || LEXICON.has(word) || !/^[a-z][b-df-hj-np-tv-z]+$/.test(word))
    return undefined
  return BY_CONSONANTS.get(word)
}

/** The only known word that begins like this, or the shortest if all others begin like that. */
function ofBeginning(word: string): string | undefined {
  if (word.length < LEAST_BEGINNING || LEXICON.has(word)) return undefined
  const [first, ...others] = [...LEXICON]
    .filter((each) => each.startsWith(word))
    .sort((a, b) => a.length - b.length)
  return first !== undefined && others.every((each) => each.startsWith(first)) ? first : undefined
}

function consonantsOf(word: string): string {
  return word.slice(0, 1) + word.slice(1).replaceAll(/[aeiou]/g, '')
}

function uniqueBy(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>()
  for (const [key] of pairs) counts.set(key, (counts.get(key) ?? 0) + 1)
  return new Map(pairs.filter(([key]) => counts.get(key) === 1))
}
