import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { qualifiedName } from './name-sql.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

const superuserReason = 'only a superuser can create operator classes and families'

/** Reads operator families with their additions, and operator classes. */
export async function readOperatorClasses(
  session: Session,
  { dependencies }: ReadContext,
): Promise<ReadObjects> {
  const families = await session.query<FamilyRow>(FAMILIES_SQL)
  const classes = await session.query<ClassRow>(CLASSES_SQL)
  const isOwn = ({ id }: { readonly id: ObjectId }) => dependencies.extensionOf(id) === undefined
  return { objects: [...families.filter(isOwn).map(familyOf), ...classes.filter(isOwn).map(classOf)] }
}

interface FamilyRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly schema: string
  readonly name: string
  readonly method: string
  readonly owner: string
  /** Operators and functions, in the form of the statement. */
  readonly items: string[]
  /** Their ids. */
  readonly members: ObjectId[]
}

interface ClassRow extends FamilyRow {
  readonly isDefault: boolean
  readonly type: string
  readonly storage: string | null
  readonly family: string
}

function familyOf(row: FamilyRow): DraftObject {
  const identity = `OPERATOR FAMILY ${quoteQualified(row)} USING ${quoteName(row.method)}`
  const additions = row.items.length === 0 ? [] : [`ALTER ${identity} ADD\n    ${row.items.join(',\n    ')}`]
  return { ...shared(row), kind: 'operator family', identity, create: [`CREATE ${identity}`, ...additions] }
}

function classOf(row: ClassRow): DraftObject {
  const { type, isDefault, family, storage, items } = row
  const name = quoteQualified(row)
  const method = quoteName(row.method)
  // A class must contain something. Its own type is what it stores by default.
  const stored = storage ?? (items.length === 0 ? type : undefined)
  const list = [...(stored === undefined ? [] : [`STORAGE ${stored}`]), ...items]
  const head = `CREATE OPERATOR CLASS ${name}\n    ${isDefault ? 'DEFAULT ' : ''}FOR TYPE ${type} USING ${method} FAMILY ${family} AS`
  return {
    ...shared(row),
    kind: 'operator class',
    identity: `OPERATOR CLASS ${name} USING ${method}`,
    create: [`${head}\n    ${list.join(',\n    ')}`],
  }
}

function shared({ id, schema, owner, members }: FamilyRow) {
  const parts = members.map((member) => ({ id: member }))
  return { id, schema, section: 'pre-data' as const, owner, superuserReason, parts }
}

/** The operators and functions of a class or family, which `pg_depend` assigns to one of these. */
function itemsSql(column: 'item' | 'id', catalog: 'pg_opclass' | 'pg_opfamily', oid: string): string {
  return `ARRAY(
    SELECT m.${column} FROM (
      SELECT 'pg_amop:' || o.oid AS id, 1 AS part, o.amopstrategy AS number, 'OPERATOR ' || o.amopstrategy || ' ' || o.amopopr::regoperator::text
        || CASE WHEN o.amopsortfamily <> 0 THEN (SELECT ' FOR ORDER BY ' || ${qualifiedName('sn.nspname', 'sf.opfname')}
            FROM pg_opfamily sf JOIN pg_namespace sn ON sn.oid = sf.opfnamespace WHERE sf.oid = o.amopsortfamily) ELSE '' END AS item
      FROM pg_amop o JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid
      WHERE d.refclassid = '${catalog}'::regclass AND d.refobjid = ${oid}
      UNION ALL
      SELECT 'pg_amproc:' || p.oid, 2, p.amprocnum, 'FUNCTION ' || p.amprocnum || ' (' || format_type(p.amproclefttype, NULL) || ', '
        || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::regprocedure::text
      FROM pg_amproc p JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = p.oid
      WHERE d.refclassid = '${catalog}'::regclass AND d.refobjid = ${oid}
    ) AS m ORDER BY m.part, m.number, m.item)`
}

const FAMILIES_SQL = `
SELECT 'pg_opfamily:' || f.oid AS id, n.nspname AS schema, f.opfname AS name, am.amname AS method, pg_get_userbyid(f.opfowner) AS owner,
  ${itemsSql('item', 'pg_opfamily', 'f.oid')} AS items, ${itemsSql('id', 'pg_opfamily', 'f.oid')} AS members
FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am am ON am.oid = f.opfmethod
WHERE f.oid >= 16384 AND ${IS_USER_SCHEMA}`

const CLASSES_SQL = `
SELECT 'pg_opclass:' || c.oid AS id, n.nspname AS schema, c.opcname AS name, am.amname AS method, pg_get_userbyid(c.opcowner) AS owner,
  c.opcdefault AS "isDefault", format_type(c.opcintype, NULL) AS type,
  CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage, ${qualifiedName('fn.nspname', 'f.opfname')} AS family,
  ${itemsSql('item', 'pg_opclass', 'c.oid')} AS items, ${itemsSql('id', 'pg_opclass', 'c.oid')} AS members
FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace JOIN pg_am am ON am.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE c.oid >= 16384 AND ${IS_USER_SCHEMA}`
