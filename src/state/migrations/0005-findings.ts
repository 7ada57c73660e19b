/** What stood in the way of a run, with what to do about it: read the morning after. */
export const MIGRATION_0005_FINDINGS = `
ALTER TABLE mbsync.runs ADD COLUMN hint text, ADD COLUMN findings json;
ALTER TABLE mbsync.run_searches ADD COLUMN hint text, ADD COLUMN findings json;
COMMENT ON COLUMN mbsync.runs.hint IS 'what to do about the error';
COMMENT ON COLUMN mbsync.runs.findings IS 'what validation found: an object with severity, subject, message, hint and, if it has one, code each; never a row value';`
