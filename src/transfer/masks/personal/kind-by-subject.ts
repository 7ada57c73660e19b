import type { KindFamily, Need, PersonalKind } from './kind.ts'
import { OF_HEALTH, OF_HEALTH_CARE, OF_MONEY, OF_TIME } from './other-words.ts'
import { kindNamed } from './personal-kinds.ts'
import { isRole } from './roles.ts'
import { namesAPerson, type TableContext } from './table-context.ts'

/** A column as its name and its type are read. */
export interface Column {
  readonly name: string
  readonly family: KindFamily
  readonly baseType: string
  /** The ways to read its name. */
  readonly forms: readonly string[]
  /** The kinds whose words appear in one of them. */
  readonly named: ReadonlySet<PersonalKind>
  /** Whether it is what someone has who is named by it, or in the column before it: `manager_phone`. */
  readonly isOfSomeone?: boolean
}

/** The halves of a name, which stand side by side: `guarantor_first` and `guarantor_last`, `given` and `family`. */
export function byPair({ family, forms }: Column, all: readonly Column[]): PersonalKind | undefined {
  if (family !== 'text') return undefined
  const isHalf = forms.some((form) =>
    HALVES.some(([one, other]) => {
      const before = form === one ? '' : form.endsWith(` ${one}`) ? form.slice(0, -one.length) : undefined
      return before !== undefined && all.some((each) => each.forms.includes(before + other))
    }),
  )
  return isHalf ? NAME : undefined
}

const HALVES = [
  ['first', 'last'],
  ['last', 'first'],
  ['given', 'family'],
  ['family', 'given'],
] as const

/** What is measured at the right and at the left, in a table about people: eyes, ears, hands. */
export function bySides(
  { name, family, baseType }: Column,
  all: readonly Column[],
  { 'about people': aboutPeople }: Readonly<Record<Need, boolean>>,
): PersonalKind | undefined {
  if (!aboutPeople || (family !== 'number' && baseType !== 'smallint')) return undefined
  const names = new Set(all.map((each) => each.name.toLowerCase()))
  const isOfASide = SIDES.some(([one, other]) => {
    const own = name.toLowerCase()
    return own.endsWith(one) && names.has(own.slice(0, -one.length) + other)
  })
  return isOfASide ? HEALTH : undefined
}

/** Of the sides of a body in seven languages, and of its eyes. */
const SIDES =
  'r l|re li|od os|od oi|od og|right left|rechts links|droit gauche|derecho izquierdo|destro sinistro|direito esquerdo'
    .split('|')
    .map((pair) => pair.split(' '))
    .map(([one = '', other = '']) => [`_${one}`, `_${other}`] as const)
    .flatMap(([one, other]) => [[one, other] as const, [other, one] as const])

/** `melder`, `nombre_vecino`, `poster_name`: a word for a person, alone or with a name. */
export function byRole({ family, forms }: Column): PersonalKind | undefined {
  return family === 'text' && forms.some((form) => isRole(form) || namesAPerson(form)) ? NAME : undefined
}

/** What the subject of a table makes of columns that say little: amounts of a payslip, numbers of a person, measurements of a patient. */
export function bySubject(
  { isOfPay, isOfHealth, words }: TableContext,
  { forms, family, baseType }: Column,
  { 'about people': aboutPeople }: Readonly<Record<Need, boolean>>,
): PersonalKind | undefined {
  const matches = (pattern: RegExp) => forms.some((form) => pattern.test(form))
  if (family === 'text' && aboutPeople && OF_CARE.test(words) && matches(CAUSE)) return HEALTH
  if ((family === 'text' || family === 'own') && OF_KIN.test(words) && matches(DEGREE)) return HEALTH
  if (family === 'number' && aboutPeople && OF_CREDIT.test(words) && matches(NET)) return INCOME
  if (isOfPay && aboutPeople && family === 'number' && !matches(OF_TIME)) return INCOME
  const isMeasured = baseType === 'smallint' && matches(PRESSURE)
  if (isOfHealth && aboutPeople && (isMeasured || !matches(OF_HEALTH_CARE)) && !matches(OF_TIME)) {
    if (baseType === 'smallint' && !matches(COUNT) && !matches(CODE)) return HEALTH
    if (family === 'number' && !matches(OF_MONEY)) return HEALTH
    if ((family === 'text' || family === 'own') && matches(OF_HEALTH)) return HEALTH
    if (family === 'json' && matches(ANSWERS)) return HEALTH
  }
  return undefined
}

/** Which one it is. */
const CODE = /(^| )(types?|typ|tipo|art|soort|kind|class|klasse|clase|code|status)$/

/** Of the blood, of which there are two. */
const PRESSURE = /(^| )(tensao|tension|pressao|pressure|blutdruck|bloeddruk|pressione|presion|ta|bp|rr)( |$)/

/** A number with a name in the plural is one of things: `sessions`, `dispensaciones`. */
const COUNT = /[a-z]{3}[^siu]s$/

/** Why someone was cared for, in tables about that or about illness. */
const OF_CARE =
  /(^| )(seelsorge|beratung(en)?|counsel(l)?ings?|pastoral( care)?|therap(y|ies|ien?)|psychotherap[a-z]*|social ?work|streetwork|asesoramiento|orientacion|consulenza|accompagnement|hulpverlening|safeguarding)( |$)/
const CAUSE =
  /^(anlass|grund|thema|themen|problem|problematik|topics?|reasons?|issues?|concerns?|occasion|motifs?|motivos?|sujet|tema|temas|asunto|aanleiding|reden|onderwerp)$/

/** How close relatives are. */
const OF_KIN =
  /(^| )(familiar(e|i|es)?|relatives?|angehorige[nr]?|verwandte[nr]?|parientes?|parenti|parentes|proches?|naasten|familieleden|next ?of ?kin|family ?members?|emergency ?contacts?)( |$)/
const DEGREE =
  /^(grado|grad|degree|grade|graad|degre|grau|typ|type|tipo|art|rol|role|rolle|lien|vinculo|legame)$/

/** What those who ask for a loan earn. */
const OF_CREDIT =
  /(^| )(finanz(ierung(en)?)?|financing|finance|loans?|loan ?applications?|credit( ?applications?| ?checks?)?|kredite?|kreditantrage?|leasing|mortgages?|hypothek(en)?|prets?|emprunts?|creditos?|prestamos?|hipotecas?|prestit[oi]|mutu[oi]|finanziament[oi]|emprestimos?|leningen?|hypotheek|hypotheken|underwriting|affordability)( |$)/
const NET = /^(netto|brutto|net|gross|neto|bruto|nett|net income|netto ?eink|revenu|revenus)$/

const ANSWERS =
  /(^| )(answers?|responses?|reponses?|respuestas?|antwort(en)?|risposte?|respostas?|antwoord(en)?)( |$)/

const NAME = kindNamed('name of a person')
const INCOME = kindNamed('income')
const HEALTH = kindNamed('health, origin or belief')
