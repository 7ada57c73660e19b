import { execFileSync } from 'node:child_process'
import { installedPostgres } from './installed-postgres.ts'

/** What `pg_dump -s` says of a database, as its objects in the order of their names, each with its lines sorted. */
export function pgDumpObjects(url: string): string[] {
  const postgres = installedPostgres()
  if (postgres === undefined) throw new Error('No pg_dump on this machine')
  const text = execFileSync(`${postgres.installation}/bin/pg_dump`, ['-s', url], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return text
    .split(/^--\n-- Name: /m)
    .map((object) => object.split('\n').filter(isOfObject).sort().join('\n'))
    .sort()
}

/** The key against injected commands is another one each time. */
function isOfObject(line: string): boolean {
  return line !== '' && line !== '--' && !/^\\(un)?restrict /.test(line)
}
