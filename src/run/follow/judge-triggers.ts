import type { Finding } from '../../core/finding.ts'
import { allStatements } from '../../schema/diff/difference.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'
import type { PlannedFollow } from './plan-follow.ts'

/** Names what a run would enable again, although the target may have disabled it for a reason: triggers, and functions of triggers. */
export function judgeTriggers({ differences, recreations }: PlannedFollow): Finding[] {
  const changed = differences.filter(({ ids }) => ids.source !== undefined && ids.target !== undefined)
  const all = changed.map(({ kind, identity, changes }) => ({
    kind,
    identity,
    statements: changes.flatMap(({ statements }) => allStatements(statements)),
  }))
  const enabled = all.filter(({ kind, statements }) => kind === 'trigger' && statements.some(isEnabling))
  const again = recreations.filter(({ kind, back, statements }) => {
    return kind === 'trigger' && back.some(isDisabling) && !allStatements(statements).some(isDisabling)
  })
  const names = new Set([...enabled, ...again].map(({ identity }) => identity))
  const functions = all.filter(({ kind, statements }) => kind === 'function' && statements.some(isOfTrigger))
  return [
    ...[...names].map((identity) =>
      noteFinding(
        identity,
        'fires again in the target once the run has followed the source, which has it enabled',
        SWITCHED_OFF,
      ),
    ),
    ...functions.map(({ identity }) =>
      noteFinding(identity, 'is the function of triggers, and gets its body from the source', SWITCHED_OFF),
    ),
  ]
}

const SWITCHED_OFF =
  'If it was changed so that the target does nothing to others, such as sending mail, do not follow the schema, or change it again in a file of `after`.'

function isEnabling(sql: string): boolean {
  return /^ALTER TABLE [\s\S]+ ENABLE (?:REPLICA |ALWAYS )?TRIGGER /.test(sql)
}

function isDisabling(sql: string): boolean {
  return /^ALTER TABLE [\s\S]+ DISABLE TRIGGER /.test(sql)
}

function isOfTrigger(sql: string): boolean {
  return /^CREATE OR REPLACE FUNCTION [\s\S]*?\)\s+RETURNS (?:event_)?trigger\b/.test(sql)
}
