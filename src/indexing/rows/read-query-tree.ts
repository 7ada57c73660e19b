/** What the parsed form of a query names, all by object id. */
export interface QueryTree {
  readonly relations: readonly number[]
  readonly functions: readonly number[]
  readonly types: readonly number[]
  /** Types whose text is read into values. */
  readonly readTypes: readonly number[]
  /** Whether it has something in it whose result depends on more than rows, such as the time or the user. */
  readonly dependsOnMore: boolean
}

/**
 * Reads a query in the form in which PostgreSQL stores it as a rule of a view (`pg_node_tree`). Names in it cannot be taken for anything else, as
 * each space, brace and parenthesis in them is escaped there.
 */
export function readQueryTree(tree: string): QueryTree {
  return {
    relations: numbers(tree, /:relid (\d+)/g),
    functions: numbers(tree, /:(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)/g),
    types: numbers(tree, /:\w*type(?:id)? (\d+)/gi),
    readTypes: readTypesOf(tree),
    dependsOnMore: DEPENDS_ON_MORE.test(tree),
  }
}

const DEPENDS_ON_MORE =
  /\{(?:SQLVALUEFUNCTION|NEXTVALUEEXPR|TABLESAMPLECLAUSE|JSONEXPR|XMLEXPR|TABLEFUNC|CURRENTOFEXPR|ROWMARKCLAUSE) /

/** The result type of such a node stands behind its argument, in which there may be others. */
function readTypesOf(tree: string): number[] {
  const open: boolean[] = []
  const found = new Set<number>()
  for (const [text, node, type] of tree.matchAll(/(?<!\\)(?:\{(\w+)|\})|:resulttype (\d+)/g)) {
    if (node !== undefined) open.push(node === 'COERCEVIAIO')
    else if (text === '}') open.pop()
    else if (open.at(-1) === true) found.add(Number(type))
  }
  return [...found]
}

function numbers(tree: string, pattern: RegExp): number[] {
  const found = Array.from(tree.matchAll(pattern), ([, number]) => Number(number))
  return [...new Set(found)].filter((number) => number > 0)
}

/** A column of a table that is the id of the documents of a query as it is. */
export interface IdSource {
  readonly table: number
  readonly column: number
}

/** The column that a query takes its id from unchanged, as PostgreSQL traces it: not through set operations, nor into views. */
export function readIdSource(tree: string, idColumn: string | undefined): IdSource | undefined {
  if (idColumn === undefined || !/^\w+$/.test(idColumn)) return undefined
  const ids = [
    ...tree.matchAll(
      new RegExp(`:resname ${idColumn} :ressortgroupref \\d+ :resorigtbl (\\d+) :resorigcol (\\d+)`, 'g'),
    ),
  ]
  const [, table, column] = ids.at(-1) ?? []
  return Number(table) > 0 ? { table: Number(table), column: Number(column) } : undefined
}

/**
 * Whether a query is about one table alone and makes one row of each row of it, or none: then a row takes part in one document only. Beside a view, a row may
 * take part in others through it.
 * @param view whose rule it is: before PostgreSQL 16, its own relation stands in it, too
 */
export function isAboutOneTable(tree: string, view: number): boolean {
  if (COMBINES_ROWS.test(tree)) return false
  const kinds = Array.from(tree.matchAll(/:rtekind (\d+)/g), ([, kind]) => Number(kind))
  const relations = [...tree.matchAll(/:rtekind 0 :relid (\d+) (?::inh \w+ )?:relkind (\w) /g)].filter(
    ([, oid]) => Number(oid) !== view,
  )
  const [only] = relations
  return relations.length === 1 && /[rp]/.test(only?.[2] ?? '') && kinds.every((kind) => kind <= 1)
}

const COMBINES_ROWS =
  /:(?:hasAggs|hasWindowFuncs|hasTargetSRFs|hasSubLinks|hasDistinctOn|hasRecursive) true|:(?:cteList|groupClause|groupingSets|havingQual|distinctClause|limitOffset|limitCount|setOperations) (?!<>)/
