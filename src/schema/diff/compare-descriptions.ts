import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import { safe } from './changes.ts'
import type { Change } from './difference.ts'
import type { Pair } from './sides.ts'

/** Which comments and security labels differ, on an object itself or on its parts. */
export function compareDescriptions({ source, target }: Pair): Change[] {
  const [wanted, present] = [bySubject(source), bySubject(target)]
  const set = [...wanted].filter(([subject, statement]) => present.get(subject) !== statement)
  const removed = [...present.keys()].filter(
    (subject) => !wanted.has(subject) && !isOfExtraColumn(subject, source),
  )
  return [
    ...set.map(([subject, statement]) =>
      safe('comment', `${nameOf(subject)} ${present.has(subject) ? 'differs' : 'is missing'}`, {
        within: [statement],
      }),
    ),
    ...removed.map((subject) =>
      safe('comment', `${nameOf(subject)} is only in the target`, { within: [`${subject} IS NULL`] }),
    ),
  ]
}

function bySubject({ describe }: SchemaObject): Map<string, string> {
  return new Map(describe.map((statement) => [SUBJECT.exec(statement)?.[1] ?? statement, statement]))
}

/** The part before the text. A name can contain `IS` only in quotes. */
const SUBJECT = /^((?:COMMENT ON|SECURITY LABEL FOR) (?:"(?:[^"]|"")*"|[^"'])*?) IS /

function nameOf(subject: string): string {
  return subject.replace(/^COMMENT ON/, 'comment on').replace(/^SECURITY LABEL FOR/, 'security label of')
}

function isOfExtraColumn(subject: string, { table, view }: SchemaObject): boolean {
  const relation = table ?? view
  if (relation === undefined || !/ COLUMN /.test(subject)) return false
  return relation.columns.every(
    ({ name }) => !subject.endsWith(` COLUMN ${quoteQualified(relation.name)}.${quoteName(name)}`),
  )
}

/** The owner of an object. */
export function compareOwners({ source, target }: Pair): Change[] {
  if (source.owner === undefined || source.owner === target.owner) return []
  const what = `owned by ${target.owner ?? 'no role'}, in the source by ${source.owner}`
  return [safe('owner', what, { within: [`ALTER ${source.identity} OWNER TO ${quoteName(source.owner)}`] })]
}
