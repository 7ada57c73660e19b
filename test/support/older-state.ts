/** What takes each migration of the state back, by the version that it leads to. */
const UNDO: readonly (readonly [version: number, sql: string])[] = [
  [13, 'ALTER TABLE mbsync.watermarks DROP masks; ALTER TABLE mbsync.run_tables DROP masked_columns'],
  [12, 'DROP TABLE mbsync.search_marks'],
  [19, 'ALTER TABLE mbsync.run_tables DROP mask_digests, DROP masked_places'],
  [18, 'ALTER TABLE mbsync.swaps DROP rules_digest, DROP after_columns'],
  [14, 'DROP TABLE mbsync.swaps'],
  [15, 'ALTER TABLE mbsync.run_tables DROP kept_by'],
  [16, 'ALTER TABLE mbsync.run_tables DROP changed_by_after; ALTER TABLE mbsync.runs DROP after'],
  [17, 'ALTER TABLE mbsync.run_searches DROP why_in_full'],
  [10, 'DROP TABLE mbsync.created_objects; ALTER TABLE mbsync.runs DROP created'],
  [11, 'DROP TABLE mbsync.loads; ALTER TABLE mbsync.runs DROP load_xids'],
  [9, 'CREATE TABLE mbsync.key_ranges (run_id bigint)'],
  [
    8,
    'ALTER TABLE mbsync.search_collections DROP target_identity, DROP written_xid; ALTER TABLE mbsync.run_tables DROP looked_in, DROP unlooked_runs; ALTER TABLE mbsync.runs DROP target_identity',
  ],
  [7, 'ALTER TABLE mbsync.watermarks DROP incarnation'],
  [6, 'DROP TABLE mbsync.shown_notes'],
  [
    5,
    'ALTER TABLE mbsync.runs DROP hint, DROP findings; ALTER TABLE mbsync.run_searches DROP hint, DROP findings',
  ],
  [4, 'DROP TABLE mbsync.sources'],
  [3, 'ALTER TABLE mbsync.run_tables DROP members, DROP column_places'],
]

/** SQL that makes the state of a target what an mbsync that knew so many migrations left. */
export function olderState(version: number): string {
  const undone = UNDO.filter(([reached]) => reached > version).map(([, sql]) => sql)
  return [...undone, `DELETE FROM mbsync.schema_version WHERE version > ${version}`].join('; ')
}
