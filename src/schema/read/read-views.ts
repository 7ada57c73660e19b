import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { columnSettings } from '../write-column.ts'
import { writeOptions } from '../write-options.ts'
import { featureIf, sinceOf } from './features.ts'
import type { ReadColumn } from './read-columns.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'
import { storageOptions } from './storage-options.ts'

/** Reads views, the defaults of their columns, and materialized views, which are created without their rows. */
export async function readViews(
  session: Session,
  { dependencies }: ReadContext,
  columns: ReadonlyMap<string, readonly ReadColumn[]>,
): Promise<ReadObjects> {
  const rows = await session.query<ViewRow>(VIEWS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.flatMap((row) => {
      const ofView = columns.get(row.id) ?? []
      return row.isMaterialized
        ? [toMaterialized(row, ofView)]
        : [toView(row, ofView), ...toDefaults(row, ofView)]
    }),
  }
}

function toView(row: ViewRow, columns: readonly ReadColumn[]): DraftObject {
  const identity = `VIEW ${quoteQualified(row)}`
  return {
    ...toRelation(row, identity, columns),
    kind: 'view',
    ...sinceOf([featureIf(isInvoker(row), 150000, 'security_invoker of views')]),
    create: [`CREATE ${identity}${withOptions(row)} AS\n${body(row)}`],
    placeholder: [`CREATE ${identity} AS\n SELECT ${columns.map(placeholderColumn).join(',\n    ')}`],
    ...(row.isSelfReading ? { isSelfReading: true } : {}),
  }
}

function placeholderColumn({ name, type, collation }: ReadColumn): string {
  const collate = collation === undefined ? '' : ` COLLATE ${collation}`
  return `NULL::${type}${collate} AS ${quoteName(name)}`
}

function toMaterialized(row: ViewRow, columns: readonly ReadColumn[]): DraftObject {
  const identity = `MATERIALIZED VIEW ${quoteQualified(row)}`
  const method = row.accessMethod === null ? '' : `\nUSING ${quoteName(row.accessMethod)}`
  return {
    ...toRelation(row, identity, columns),
    kind: 'materialized view',
    create: [
      `CREATE ${identity}${method}${withOptions(row)} AS\n${body(row)}\nWITH NO DATA`,
      ...columns.flatMap((column) =>
        columnSettings(column).map(
          (action) => `ALTER ${identity} ALTER COLUMN ${quoteName(column.name)} ${action}`,
        ),
      ),
    ],
    isPopulated: row.isPopulated,
  }
}

function toRelation(row: ViewRow, identity: string, columns: readonly ReadColumn[]) {
  return {
    id: row.id,
    identity,
    schema: row.schema,
    section: 'pre-data',
    owner: row.owner,
    parts: [{ id: row.ruleId }],
    view: {
      name: { schema: row.schema, name: row.name },
      columns: columns.map(({ name, type, collation }) => ({ name, type, collation })),
    },
  } as const
}

function toDefaults(row: ViewRow, columns: readonly ReadColumn[]): DraftObject[] {
  const view = quoteQualified(row)
  return columns.flatMap(({ name, default: expression, defaultId }) => {
    if (defaultId === undefined) return []
    return [
      {
        id: defaultId,
        kind: 'default',
        identity: `DEFAULT ${view}.${quoteName(name)}`,
        schema: row.schema,
        of: { schema: row.schema, name: row.name },
        section: 'pre-data',
        create: [`ALTER VIEW ${view} ALTER COLUMN ${quoteName(name)} SET DEFAULT ${expression}`],
        owner: undefined,
      },
    ]
  })
}

function withOptions({ options, toastOptions }: ViewRow): string {
  const all = [...storageOptions(options), ...storageOptions(toastOptions, 'toast.')]
  return all.length === 0 ? '' : `\nWITH (${writeOptions(all)})`
}

function isInvoker({ options }: ViewRow): boolean {
  return storageOptions(options).some(({ name }) => name === 'security_invoker')
}

function body({ definition }: ViewRow): string {
  return definition.replace(/;\s*$/, '')
}

interface ViewRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly isMaterialized: boolean
  readonly isPopulated: boolean
  readonly accessMethod: string | null
  readonly options: readonly string[] | null
  readonly toastOptions: readonly string[] | null
  readonly definition: string
  readonly ruleId: string
  readonly isSelfReading: boolean
}

const VIEWS_SQL = `
SELECT 'pg_class:' || c.oid AS id, n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
  c.relkind = 'm' AS "isMaterialized", c.relispopulated AS "isPopulated", nullif(am.amname, 'heap') AS "accessMethod",
  c.reloptions::text[] AS options, tc.reloptions::text[] AS "toastOptions", pg_get_viewdef(c.oid) AS definition,
  'pg_rewrite:' || r.oid AS "ruleId",
  -- Before version 16 the rule of each view refers to the view as a whole.
  EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = c.oid AND d.refobjsubid > 0) AS "isSelfReading"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid
WHERE c.relkind IN ('v', 'm') AND ${IS_USER_SCHEMA}`
