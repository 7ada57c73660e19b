/**
 * The privilege that SET ROLE needs, as an argument of `pg_has_role`. Since PostgreSQL 16, a member may lack it: it may have been admitted WITH
 * SET FALSE.
 */
export const TO_BECOME_SQL = `CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END`
