/**
 * The privilege, as the argument of `pg_has_role`, with which a role can be become by SET ROLE. Since PostgreSQL 16, membership WITH SET FALSE
 * does not give it.
 */
export const TO_BECOME_SQL = `CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END`
