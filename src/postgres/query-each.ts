import pg from 'pg'

/**
 * Runs a statement and returns what `read` makes of each row, which is let go of as it comes: the rows of thousands of tables together would take more memory
 * than what is made of them.
 */
export function queryEach<T extends Record<string, unknown>, R>(
  client: pg.Client,
  sql: string,
  parameters: readonly unknown[],
  read: (row: T) => R,
): Promise<R[]> {
  return new Promise((resolve, reject) => {
    const results: R[] = []
    let failure: { readonly error: unknown } | undefined
    const query = new pg.Query<T>(sql, [...parameters])
    // With a listener, rows are not gathered.
    query.on('row', (row) => {
      if (failure !== undefined) return
      try {
        results.push(read(row))
      } catch (error) {
        failure = { error }
      }
    })
    query.on('end', () => (failure === undefined ? resolve(results) : reject(failure.error)))
    query.on('error', reject)
    client.query(query)
  })
}
