/** From which life of which server a table was read: transaction ids of another one may have led elsewhere. */
export const MIGRATION_0007_SOURCE_MARK = `
ALTER TABLE mbsync.watermarks ADD COLUMN incarnation text;
COMMENT ON COLUMN mbsync.watermarks.incarnation IS 'when the server that was read was started, and when it last lost its statistics in a crash; NULL for runs of earlier versions';`
