import pg from 'pg'

/** Runs a single statement over the extended protocol, which refuses more than one, and lets go of each row that it gives as it comes. */
export function runOne(client: pg.Client, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const extended: pg.QueryConfig & { queryMode: 'extended' } = { text, queryMode: 'extended' }
    const query = new pg.Query(extended)
    // With a listener, rows are not gathered.
    query.on('row', () => undefined)
    query.on('end', () => resolve())
    query.on('error', reject)
    client.query(query)
  })
}
