/** Keywords that may follow the relations of a query. */
export const CLAUSES: readonly string[] = [
  'WHERE',
  'GROUP',
  'HAVING',
  'WINDOW',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
  'FOR',
  'WITH',
]

/** Keywords that combine two queries. */
export const SET_OPERATIONS: readonly string[] = ['UNION', 'INTERSECT', 'EXCEPT']
