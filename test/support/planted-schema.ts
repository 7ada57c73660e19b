/**
 * SQL of a schema `evil` that has a twin of everything in pg_catalog that SQL can name: functions, operators, and relations. What runs or reads one of
 * them writes to `evil.ran`, or fails where that is not allowed.
 */
export const PLANTED_SCHEMA_SQL = `
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE TABLE evil.ran (what text);
GRANT INSERT ON evil.ran TO PUBLIC;
CREATE FUNCTION evil.touch(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO evil.ran VALUES (what);
  RETURN true;
END $$;
DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, oidvectortypes(p.proargtypes) AS types,
      format_type(p.prorettype, NULL) AS result, p.proretset
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
      AND p.prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p')
      AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS a JOIN pg_type t ON t.oid = a WHERE t.typtype = 'p')
  LOOP
    EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS %L', found.proname, found.types,
      CASE WHEN found.proretset THEN 'SETOF ' END, found.result,
      format('BEGIN PERFORM evil.touch(%L); RETURN%s; END', found.proname, CASE WHEN NOT found.proretset THEN ' NULL' END));
  END LOOP;
  FOR found IN
    SELECT o.oprname, o.oprleft::regtype AS type_left, o.oprright::regtype AS type_right, o.oprresult::regtype AS result,
      'operator_' || o.oid AS name
    FROM pg_operator o
    WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft <> 0
      AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid IN (o.oprleft, o.oprright, o.oprresult) AND t.typtype = 'p')
  LOOP
    EXECUTE format('CREATE FUNCTION evil.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', found.name, found.type_left, found.type_right,
      found.result, format('BEGIN PERFORM evil.touch(%L); RETURN NULL; END', 'operator ' || found.oprname));
    EXECUTE format('CREATE OPERATOR evil.%s (FUNCTION = evil.%I, LEFTARG = %s, RIGHTARG = %s)', found.oprname, found.name,
      found.type_left, found.type_right);
  END LOOP;
  FOR found IN
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname !~ '^pg_statistic'
      AND NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND t.typtype = 'p')
  LOOP
    EXECUTE format('CREATE VIEW evil.%I AS SELECT c.* FROM pg_catalog.%I AS c WHERE evil.touch(%L)', found.relname, found.relname,
      'relation ' || found.relname);
  END LOOP;
  FOR found IN SELECT unnest(ARRAY['int4', 'int8', 'text', 'regclass', 'oid', 'name', 'bool', 'timestamptz']) AS name LOOP
    EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.%I CHECK (evil.touch(%L))', found.name, found.name, 'type ' || found.name);
  END LOOP;
END $$`

/** Defaults that an owner may set for a database, each of which gets in the way of a client that trusts them. */
export const HOSTILE_DEFAULTS: Readonly<Record<string, string>> = {
  search_path: 'evil, pg_catalog',
  statement_timeout: "'5ms'",
  lock_timeout: "'1ms'",
  idle_in_transaction_session_timeout: "'1ms'",
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  default_transaction_read_only: 'on',
  row_security: 'off',
  standard_conforming_strings: 'off',
  client_encoding: 'LATIN1',
  DateStyle: "'SQL, DMY'",
  IntervalStyle: 'sql_standard',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  transform_null_equals: 'on',
}
