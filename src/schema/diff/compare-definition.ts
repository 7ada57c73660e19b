import { isSameSql, restoredSql } from '../exact-sql.ts'
import type { SchemaObject } from '../schema-object.ts'
import { review, safe } from './changes.ts'
import { alterIndexOptions } from './compare-index-options.ts'
import type { Change } from './difference.ts'
import { alterConstrained, constraintName, dropStatement, enableTrigger, isCloned } from './drop-statement.ts'
import type { Pair } from './sides.ts'

/**
 * A change that drops an object, and creates it again as in the source, in one transaction, together with everything that depends on it.
 */
export function recreation(topic: string, what: string, { target }: Pair): Change {
  return safe(topic, what, {}, { recreates: [target.id] })
}

/** A change of an object whose effect on its users is unknown. */
export function compareOpaque({ source, target }: Pair): Change[] {
  const drop = dropStatement(target)
  const statements = [...(drop === undefined ? [] : [drop]), ...source.create]
  const reason = 'it must be dropped, with all that uses it, and created again'
  return [review(source.kind, 'is defined differently', reason, statements)]
}

/** A trigger. If only its state differs, it is switched. */
export function compareTrigger(pair: Pair): Change[] {
  const { source, target } = pair
  if (!isCloned(source) && !isSameSql(source.create[0], target.create[0])) {
    return [recreation('trigger', 'is defined differently', pair)]
  }
  const state = isCloned(source) ? source.create[0] : source.create[1]
  const [, words = ''] = / (DISABLE|ENABLE|ENABLE REPLICA|ENABLE ALWAYS) TRIGGER /.exec(state ?? '') ?? []
  const what = `fires differently: in the source, ${words === '' ? 'ENABLE' : words}`
  return [safe('trigger', what, { within: [state ?? enableTrigger(source)] })]
}

/** An index, or the index of a constraint. Statements about an existing index can be repeated. */
export function compareIndexed(pair: Pair, topic: string): Change[] {
  const { source, target } = pair
  const [definition, ...settings] = source.create
  const [other, ...otherSettings] = target.create
  const options = isSameSql(definition, other) ? [] : alterIndexOptions(pair)
  if (options === undefined) return [recreation(topic, 'is defined differently', pair)]
  const drop = otherSettings.filter((each) => !settings.includes(each)).flatMap(undo)
  const within = [...options, ...settings.filter((each) => !otherSettings.includes(each))]
  return [safe('index setting', 'has other settings', { drop, within })]
}

/** Properties that only the target has set for an index. Its use as replica identity is a setting of the table. */
function undo(setting: string): string[] {
  const statistics = /^(ALTER INDEX [\s\S]* ALTER COLUMN \d+ SET STATISTICS) \d+$/.exec(setting)
  if (statistics !== null) return [`${statistics[1]} -1`]
  const cluster = /^(ALTER TABLE [\s\S]*) CLUSTER ON /.exec(setting)
  return cluster === null ? [] : [`${cluster[1]} SET WITHOUT CLUSTER`]
}

const NOT_VALID = /( NOT VALID| NOT ENFORCED)$/

/** A constraint. Whether it has been validated is not part of its condition. */
export function compareConstraint(pair: Pair, topic: string): Change[] {
  const { source, target } = pair
  const [to = '', from = ''] = [source, target].map(({ create: [statement = ''] }) => restoredSql(statement))
  const isSameRule = to.replace(NOT_VALID, '') === from.replace(NOT_VALID, '')
  if (!isSameRule || source.constraint?.isEnforced !== target.constraint?.isEnforced) {
    const key = keyOfRule(source)
    return compareIndexed(pair, topic).map((change) => ({ ...change, key }))
  }
  if (source.constraint?.isValid === true && target.constraint?.isValid === false) {
    return [safe(topic, 'is not validated, but is in the source', { after: [validate(source)] })]
  }
  if (to === from) return compareIndexed(pair, topic)
  const what = 'is validated, but is not in the source'
  const statements = [dropStatement(target) ?? '', ...source.create]
  return [review(topic, what, 'the target would know less of its rows', statements)]
}

/** What a constraint of a parent has in common with those that it creates in its children. */
export function keyOfRule({ create: [statement = ''] }: SchemaObject): string {
  return statement.slice(statement.indexOf('ADD CONSTRAINT'))
}

/** The statement that checks whether all rows meet a constraint. */
export function validate(object: SchemaObject): string {
  return `${alterConstrained(object)} VALIDATE CONSTRAINT ${constraintName(object)}`
}
