import type { KindFamily, PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { kindNamed } from './personal-kinds.ts'
import type { TableContext } from './table-context.ts'

/** What is known of a column by its record: the whole table, and what its columns surely are. */
export interface Record {
  readonly columns: readonly Column[]
  readonly sure: readonly (PersonalKind | undefined)[]
  /** The columns with the names of the rows. */
  readonly ownNames: ReadonlySet<string>
  readonly isAboutPeople: boolean
}

/** What the other columns of a row make of one that says little. */
export function byRecord(context: TableContext, column: Column, record: Record): PersonalKind | undefined {
  if (isHouseNumber(column, record)) return STREET
  if (!record.isAboutPeople || context.isAboutAnimals || context.isOfThings) return undefined
  if (isIdentifier(context, column, record)) return NUMBER
  if (isMeasured(context, column) || isCause(context, column, record)) return HEALTH
  if (column.family !== 'text' || !column.forms.some((form) => UNCODED.test(form))) return undefined
  return context.isOfHealth || isOfPatients(record) ? HEALTH : TEXT
}

/** What one writes where no code fits: `cause_of_death_non_coded`. */
const UNCODED =
  /(^| )(non|un|not) ?coded( |$)| (free ?text|freitext|(texte|texto) libre|testo libero|vrije tekst)$/

/** A number right behind the street. */
function isHouseNumber({ name, family, forms }: Column, { columns, sure }: Record): boolean {
  const at = columns.findIndex((each) => each.name === name)
  const isNumber =
    (family === 'text' || family === 'integer') && forms.some((form) => NUMBER_ALONE.test(form))
  return isNumber && sure[at - 1]?.mask === 'street'
}

const NUMBER_ALONE = /^(number|no|nr|num|nro|numero|nummer|n)$/

/** `identifier` in `patient_identifiers`, or beside the name of a person. */
function isIdentifier(
  { words, isOfPeople }: TableContext,
  { family, forms }: Column,
  { columns, sure, ownNames }: Record,
): boolean {
  if (family !== 'text' || !forms.some((form) => IDENTIFIER.test(form))) return false
  const isNamed = columns.some(({ name }, at) => ownNames.has(name) && sure[at]?.mask === 'name')
  return isOfPeople || isNamed || OF_IDENTIFIERS.test(words)
}

const IDENTIFIER = /^(identifier|identificador|identifiant|identificativo|identificatie)$/
const OF_IDENTIFIERS = /(^| )(identifiers?|identifications?|ids|identificador(es)?|identifiants?)$/

/** A number that was observed of someone. */
function isMeasured({ words }: TableContext, { family, forms }: Column): boolean {
  return MEASURED.includes(family) && OF_OBSERVATIONS.test(words) && forms.some((form) => MEASURE.test(form))
}

const MEASURED: readonly KindFamily[] = ['number', 'integer']
const OF_OBSERVATIONS =
  /(^| )(observaciones|observations?|beobachtung(en)?|observacoes|osservazioni|lab ?(values?|results?)|labor ?werte?|resultats? laboratoire)( |$)/
const MEASURE =
  /^(value|values|result|wert|valeur|valor|valore|waarde|messwert)( (numeric|number|num|decimal|float|real))?$|^(numeric|num) (value|result)$/

/** Why someone was seen or did not come, if it says so in a word: `motivo` of a visit of a patient. */
function isCause({ words }: TableContext, { family, forms }: Column, record: Record): boolean {
  if (family !== 'text' || !forms.some((form) => CAUSE.test(form))) return false
  return OF_SICKNESS.test(words) || isOfPatients(record)
}

function isOfPatients({ columns }: Record): boolean {
  return columns.some(({ name }) => OF_A_PATIENT.test(name.toLowerCase()))
}

const CAUSE =
  /^(reason|grund|anlass|motif|motivo|reden|aanleiding|(visit|consultation|appointment|encounter) reason|(motif|motivo) (de )?(consultation|consulta|visite|visita|rdv|cita))$/
const OF_SICKNESS =
  /(^| )(auf|au|arbeitsunfahigkeit(en)?|krankmeldung(en)?|krankschreibung(en)?|sick ?(notes?|leaves?|days?)|absences?|abwesenheit(en)?|fehlzeit(en)?|arrets?( travail)?|bajas?( medicas?)?|atestados?|assenze|ziekmelding(en)?|verzuim)$/
const OF_A_PATIENT =
  /^((pat|patient|patienten|paciente|paziente)_?(id|nr|uuid|fk)|(id|fk|cod)_?(pac|pat|paciente|patient|paziente))$/

const STREET = kindNamed('street or address')
const NUMBER = kindNamed('identity number')
const TEXT = kindNamed('free text about a person')
const HEALTH = kindNamed('health, origin or belief')
