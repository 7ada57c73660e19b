import type { Finding } from '../../core/finding.ts'
import { nearestName } from '../../core/nearest-name.ts'
import type { CollectionSettings, FieldSettings } from './typesense-settings.ts'

const SCALARS = ['string', 'int32', 'int64', 'float', 'bool', 'geopoint', 'geopolygon', 'object']
const TYPES = [...SCALARS, ...SCALARS.map((type) => `${type}[]`), 'string*', 'auto', 'image']

/** Finds what no server would take in the fields that are configured. */
export function checkFields(
  subject: string,
  { fields, enable_nested_fields }: CollectionSettings,
): Finding[] {
  const error = (message: string, hint: string): Finding => ({ severity: 'error', subject, message, hint })
  const ofField = (field: FieldSettings): Finding[] => {
    const { name, type, locale = '', reference } = field
    const findings: Finding[] = []
    if (!TYPES.includes(type)) {
      const meant = nearestName(type, TYPES)
      const hint = meant === undefined ? `The types are ${TYPES.join(', ')}.` : `Did you mean ${meant}?`
      findings.push(error(`The field ${name} has the type ${type}, which does not exist`, hint))
    }
    if (type.startsWith('object') && enable_nested_fields !== true)
      findings.push(error(`The field ${name} of type ${type} needs nested fields`, NESTED_HINT))
    if (isReserved(name))
      findings.push(error(`The field ${name} has a name that servers keep for their own fields`, HELPER_HINT))
    if (typeof locale !== 'string' || !/^([a-z]{2})?$/i.test(locale))
      findings.push(error(`The field ${name} has a locale that is not a code of two letters`, LOCALE_HINT))
    if (reference !== undefined && !(typeof reference === 'string' && /^[^.]+\..+$/.test(reference)))
      findings.push(
        error(`The reference of the field ${name} names no field of a collection`, REFERENCE_HINT),
      )
    else if (reference?.slice(0, reference.indexOf('.')) === subject)
      findings.push(error(`The field ${name} refers to its own collection`, OWN_REFERENCE_HINT))
    return findings
  }
  const names = fields.map(({ name }) => name)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  return [
    ...fields.flatMap(ofField),
    ...twice.map((name) => error(`The field ${name} is configured twice`, 'Leave one of the two out.')),
  ]
}

/** Whether a name is one of the fields in which servers keep what references lead to: none of them is ever shown. */
export function isReserved(name: string): boolean {
  return name.endsWith('_sequence_id')
}

const HELPER_HINT =
  'Choose a name that does not end in _sequence_id: select the column under another name with AS.'
const NESTED_HINT = 'Set `enable_nested_fields: true` in the schema.'
const LOCALE_HINT = 'Write it as de, ja or zh; leave it out for English and languages like it.'
const OWN_REFERENCE_HINT =
  'No server joins a collection with itself: nest the other document with a join in the query.'
const REFERENCE_HINT = 'Write it as collection.field, such as products.id.'
