import { literal } from '../../postgres/identifiers.ts'
import { isSameSql } from '../exact-sql.ts'
import { quoteName } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { CompositeDetails, DomainDetails, EnumDetails } from '../type-details.ts'
import { review, safe, versus } from './changes.ts'
import { compareOpaque } from './compare-definition.ts'
import type { Change } from './difference.ts'
import type { Pair, Side, Sides } from './sides.ts'

/** What differs in an enum, a composite type, a domain or another type. */
export function compareUserType(pair: Pair, { target: side }: Sides): Change[] {
  const [source, target] = [pair.source.type, pair.target.type]
  const alter = `ALTER ${pair.source.identity}`
  if (source?.kind === 'enum' && target?.kind === 'enum') return compareLabels(source, target, alter)
  if (source?.kind === 'composite' && target?.kind === 'composite')
    return compareAttributes(source, target, {
      alter,
      cascade: hasTables(pair.target, side) ? ' CASCADE' : '',
    })
  if (source?.kind === 'domain' && target?.kind === 'domain') return compareDomain(source, target, alter)
  return compareOpaque(pair)
}

/** Each new label comes after its predecessor in the source, or before the first label. */
function compareLabels(
  { labels: source }: EnumDetails,
  { labels: target }: EnumDetails,
  alter: string,
): Change[] {
  const facts = { isAboutRows: true }
  const shared = source.filter((label) => target.includes(label))
  const inOrder = target.filter((label) => source.includes(label))
  const changes: Change[] = []
  const before = source.flatMap((label, index) => {
    if (target.includes(label)) return []
    const [previous, [next]] = [source[index - 1], shared]
    const place =
      previous !== undefined
        ? ` AFTER ${literal(previous)}`
        : next !== undefined
          ? ` BEFORE ${literal(next)}`
          : ''
    return [`${alter} ADD VALUE ${literal(label)}${place}`]
  })
  if (shared.join('\0') !== inOrder.join('\0')) {
    changes.push(
      review(
        'enum label',
        `labels in the order ${list(inOrder)}, in the source ${list(shared)}`,
        'the type must be created again',
        [],
        facts,
      ),
    )
  }
  if (before.length > 0) {
    const added = source.filter((label) => !target.includes(label))
    changes.push(safe('enum label', `missing: ${list(added)}`, { before }, facts))
  }
  const extra = target.filter((label) => !source.includes(label))
  if (extra.length > 0) {
    changes.push(
      review(
        'enum label',
        `only in the target: ${list(extra)}`,
        'PostgreSQL cannot drop a label: the type must be created again',
        [],
        facts,
      ),
    )
  }
  return changes
}

function list(labels: readonly string[]): string {
  return labels.map(literal).join(', ')
}

/** Whether tables are of a type: what is done to its attributes must be done to their columns, which says CASCADE. */
function hasTables({ id }: SchemaObject, { dependents }: Side): boolean {
  return (dependents.get(id) ?? []).some(({ table }) => table?.ofType !== undefined)
}

function compareAttributes(
  source: CompositeDetails,
  target: CompositeDetails,
  { alter, cascade }: { readonly alter: string; readonly cascade: string },
): Change[] {
  const type = ({ type: name, collation }: CompositeDetails['attributes'][number]) =>
    collation === undefined ? name : `${name} COLLATE ${collation}`
  const topic = 'attribute'
  const facts = { isAboutRows: true }
  const missing = source.attributes.flatMap((attribute) => {
    const name = quoteName(attribute.name)
    const other = target.attributes.find((each) => each.name === attribute.name)
    const { name: column } = attribute
    if (other === undefined) {
      const within = [`${alter} ADD ATTRIBUTE ${name} ${type(attribute)} CASCADE`]
      return [{ ...safe(topic, `attribute ${name} is missing`, { within }, facts), column }]
    }
    if (type(other) === type(attribute)) return []
    const what = `attribute ${name}: type ${versus(type(other), type(attribute))}`
    const reason = 'columns of the type hold values of the old one'
    const statement = `${alter} ALTER ATTRIBUTE ${name} TYPE ${type(attribute)}${cascade}`
    return [{ ...review(topic, what, reason, [statement], facts), column }]
  })
  const extra = target.attributes.filter(({ name }) => source.attributes.every((each) => each.name !== name))
  return [
    ...missing,
    ...extra.map(({ name: column }) => {
      const what = `attribute ${quoteName(column)} is only in the target`
      const statement = `${alter} DROP ATTRIBUTE ${quoteName(column)}${cascade}`
      return { ...review(topic, what, 'its values are lost', [statement], facts), column }
    }),
  ]
}

function compareDomain(source: DomainDetails, target: DomainDetails, alter: string): Change[] {
  const changes: Change[] = []
  const base = ({ baseType, collation }: DomainDetails) =>
    collation === undefined ? baseType : `${baseType} COLLATE ${collation}`
  if (base(source) !== base(target)) {
    changes.push(
      review('domain', `over ${versus(base(target), base(source))}`, 'the domain must be created again', [], {
        isAboutRows: true,
      }),
    )
  }
  if (!isSameSql(source.default, target.default)) {
    const action = source.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${source.default}`
    changes.push(
      safe('default', `default ${versus(target.default, source.default)}`, {
        within: [`${alter} ${action}`],
      }),
    )
  }
  if (source.isNotNull && !target.isNotNull) {
    changes.push(safe('NOT NULL', 'nullable, in the source NOT NULL', { after: [`${alter} SET NOT NULL`] }))
  }
  if (!source.isNotNull && target.isNotNull) {
    changes.push(safe('NOT NULL', 'NOT NULL, in the source nullable', { within: [`${alter} DROP NOT NULL`] }))
  }
  const checks = compareChecks(source, target, alter)
  if (base(source) === base(target)) return [...changes, ...checks]
  const reason = 'it is about values of the other type'
  return [...changes, ...checks.map((change) => ({ ...change, review: change.review ?? reason }))]
}

const NOT_VALID = / NOT VALID$/

/** The same check, which only one side has validated. */
function compareValidity(name: string, definition: string, alter: string): Change {
  const check = `check ${quoteName(name)}`
  if (!NOT_VALID.test(definition))
    return safe('domain check', `${check} is not validated, but is in the source`, {
      after: [`${alter} VALIDATE CONSTRAINT ${quoteName(name)}`],
    })
  return review(
    'domain check',
    `${check} is validated, but is not in the source`,
    'the target would know less of its values',
    [
      `${alter} DROP CONSTRAINT ${quoteName(name)}`,
      `${alter} ADD CONSTRAINT ${quoteName(name)} ${definition}`,
    ],
  )
}

function compareChecks(source: DomainDetails, target: DomainDetails, alter: string): Change[] {
  // Since version 17, NOT NULL is a constraint, too.
  const of = ({ constraints }: DomainDetails) =>
    constraints.filter(({ definition }) => !definition.startsWith('NOT NULL'))
  const topic = 'domain check'
  const [checks, others] = [of(source), of(target)]
  const missing = checks.flatMap(({ name, definition }) => {
    const other = others.find((each) => each.name === name)
    if (isSameSql(other?.definition, definition)) return []
    const drop = other === undefined ? [] : [`${alter} DROP CONSTRAINT ${quoteName(name)}`]
    const isValid = !NOT_VALID.test(definition)
    if (isSameSql(other?.definition.replace(NOT_VALID, ''), definition.replace(NOT_VALID, '')))
      return [compareValidity(name, definition, alter)]
    return [
      safe(
        topic,
        `check ${quoteName(name)} ${other === undefined ? 'is missing' : 'is defined differently'}`,
        {
          within: [
            ...drop,
            `${alter} ADD CONSTRAINT ${quoteName(name)} ${definition}${isValid ? ' NOT VALID' : ''}`,
          ],
          after: isValid ? [`${alter} VALIDATE CONSTRAINT ${quoteName(name)}`] : [],
        },
      ),
    ]
  })
  const extra = others.filter(({ name }) => checks.every((each) => each.name !== name))
  return [
    ...missing,
    ...extra.map(({ name }) =>
      review(topic, `check ${quoteName(name)} is only in the target`, 'only the target has this rule', [
        `${alter} DROP CONSTRAINT ${quoteName(name)}`,
      ]),
    ),
  ]
}
