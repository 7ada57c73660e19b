import { writeFile } from 'node:fs/promises'
import type { DatabaseConfig, RunRules } from '../../config/config.ts'
import { coded } from '../../core/finding.ts'
import { onFile } from '../../files/file-error.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { countKinds } from '../../run/creation/describe-created.ts'
import { withSource } from '../../run/databases.ts'
import { refuseFindings } from '../../run/refuse-findings.ts'
import { readSchema } from '../../schema/read-schema.ts'
import type { Section, UnsupportedObject } from '../../schema/schema-object.ts'
import type { PlacedObject } from '../../schema/tablespaces.ts'
import { writeScript } from '../../schema/write-script.ts'
import type { CreatedCounts } from '../../state/created-objects.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'

/** What `mbsync schema export` is asked. */
export interface SchemaExportOptions extends Pick<RunRules, 'owner' | 'grants'> {
  /** The file that the script is written to; undefined to have it returned. */
  readonly output: string | undefined
  /** Undefined for both. */
  readonly section: Section | undefined
  readonly skipsUnsupported: boolean
}

/** A schema as SQL. */
export interface SchemaExport {
  readonly database: string
  readonly output: string | null
  /** The script, unless it went to a file. */
  readonly script: string | null
  readonly created: CreatedCounts
  readonly leftOut: readonly UnsupportedObject[]
  /** What is in other tablespaces than the default one; the script does not say it. */
  readonly placed: readonly PlacedObject[]
}

/**
 * Writes the schema of a database as one psql script.
 * @throws RefusedError if it has what cannot be written as statements; FailedError
 */
export async function exportSchema(
  rules: { readonly from: DatabaseConfig; readonly timeouts: RunRules['timeouts'] },
  { output, section, owner, grants, skipsUnsupported }: SchemaExportOptions,
  context: JobContext,
): Promise<SchemaExport> {
  const schema = await withSource(rules, context, async (source) => {
    const session = await source.session()
    return session.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', () => readSchema(session))
  })
  const leftOut = schema.unsupported
  if (!skipsUnsupported) {
    const findings = leftOut.map(({ identity, reason, hint = '' }) =>
      errorFinding(identity, reason, `${hint} --skip-unsupported writes the schema without it.`.trim()),
    )
    refuseFindings(coded('schema', findings))
  }
  const objects = schema.objects.filter((object) => section === undefined || object.section === section)
  const script = writeScript({ objects }, { owner, grants })
  if (output !== undefined) await onFile(output, () => writeFile(output, script))
  return {
    database: rules.from.name,
    output: output ?? null,
    script: output === undefined ? script : null,
    created: countKinds(objects),
    leftOut,
    placed: schema.placed ?? [],
  }
}
