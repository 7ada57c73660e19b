import type { Finding } from '../../src/core/finding.ts'
import type { Content } from './database-content.ts'
import { createDatabasePair, type DatabasePair } from './databases.ts'

/** SQL for both sides, run in a schema of the case's own, and what validation must find there. */
export interface ValidationCase {
  readonly name: string
  readonly source: string
  readonly target: string
  /** Lines of {@link findingsOf}; none for a harmless difference that is not worth a word. */
  readonly findings: readonly string[]
}

/** Creates one pair of databases that holds every case. `prelude` runs first, on both sides. */
export async function createCasePair(
  cases: readonly Pick<ValidationCase, 'source' | 'target'>[],
  prelude = '',
): Promise<DatabasePair> {
  const sqlFor = (side: 'source' | 'target') =>
    [
      prelude,
      ...cases.map(
        (
          each,
          index,
        ) => `CREATE SCHEMA ${schemaOf(index)}; GRANT USAGE ON SCHEMA ${schemaOf(index)} TO PUBLIC;
          SET search_path TO ${schemaOf(index)}; ${each[side]}; RESET ALL;`,
      ),
    ].join('\n')
  return createDatabasePair({ sourceSql: sqlFor('source'), targetSql: sqlFor('target') })
}

/** The findings about the case at `index`, its schema written as `s`: one line each, then one for its hint. */
export function findingsOf(findings: readonly Finding[], index: number): string[] {
  const schema = new RegExp(`\\b${schemaOf(index)}\\b`, 'g')
  return linesOf(findings.filter(({ subject }) => subject.search(schema) >= 0)).map((line) =>
    line.replaceAll(schema, 's'),
  )
}

/** The findings about no case. */
export function otherFindings(findings: readonly Finding[]): string[] {
  return linesOf(findings.filter(({ subject }) => !/\bcase_\d+\b/.test(subject)))
}

/** The schema of the case at `index`. */
export function schemaOf(index: number): string {
  return `case_${index}`
}

/** What a content tells of the case at `index`. */
export function contentOf(index: number, content: Content): Content {
  return Object.fromEntries(
    Object.entries(content).filter(([name]) => name.startsWith(`${schemaOf(index)}.`)),
  )
}

/** Findings as lines that a test can spell out. */
export function linesOf(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ severity, subject, message, hint }) => [
    `${severity} ${subject}: ${message}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ])
}
