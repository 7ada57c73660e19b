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

/**
 * The column of a table that a query takes its id from, if it is about that table alone and makes one row of each row of it, or none: then a row
 * takes part in one document only.
 */
export function readSingleTableId(
  tree: string,
  idColumn: string | undefined,
): { readonly table: number; readonly column: number } | undefined {
  if (idColumn === undefined || !/^\w+$/.test(idColumn) || COMBINES_ROWS.test(tree)) return undefined
  const kinds = Array.from(tree.matchAll(/:rtekind (\d+)/g), ([, kind]) => Number(kind))
  const tables = numbers(tree, /:rtekind 0 :relid (\d+) (?::inh \w+ )?:relkind [rp] /g)
  const [table] = tables
  const count = tree.match(/:rtekind 0 :relid \d+ (?::inh \w+ )?:relkind [rpmf] /g)?.length
  if (table === undefined || count !== 1 || kinds.some((kind) => kind > 1)) return undefined
  const ids = [
    ...tree.matchAll(
      new RegExp(`:resname ${idColumn} :ressortgroupref \\d+ :resorigtbl (\\d+) :resorigcol (\\d+)`, 'g'),
    ),
  ]
  const [, own, column] = ids.at(-1) ?? []
  return Number(own) === table ? { table, column: Number(column) } : undefined
}

const COMBINES_ROWS =
  /:(?:hasAggs|hasWindowFuncs|hasTargetSRFs|hasSubLinks|hasDistinctOn|hasRecursive) true|:(?:cteList|groupClause|groupingSets|havingQual|distinctClause|limitOffset|limitCount|setOperations) (?!<>)/
