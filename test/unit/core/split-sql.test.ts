import { expect, test } from 'vitest'
import { splitSql } from '../../../src/core/split-sql.ts'

const texts = (script: string) => splitSql(script).statements.map(({ sql }) => sql)

test('a script is cut at the semicolons that end statements, and at no other', () => {
  const script = `-- first; comment
    SELECT 'a;b', E'it\\'s; so', "odd;name", $$;$$, $tag$ $$;$$ $tag$, 1 /* ; /* nested; */ ; */;
    CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN 1; END $body$;
    CREATE OR REPLACE FUNCTION g(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT 2; END;
    CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);;
    SELECT foo$bar$, $1;
    CREATE SCHEMA s CREATE TABLE t (a int) CREATE OR REPLACE FUNCTION s.f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END CREATE VIEW v AS SELECT 1;
    SELECT E'a' -- a comment; with an end
      'b\\'; c', E'd' 'e\\'; SELECT 'f'
      'g\\'; CREATE TRIGGER t AFTER INSERT ON t EXECUTE FUNCTION atomic()`
  const { statements, problems } = splitSql(script)
  expect(problems).toEqual([])
  expect(statements.map(({ sql, line }) => [line, sql.slice(0, 20)])).toEqual([
    [2, "SELECT 'a;b', E'it\\'"],
    [3, 'CREATE FUNCTION f() '],
    [4, 'CREATE OR REPLACE FU'],
    [5, 'CREATE RULE r AS ON '],
    [6, 'SELECT foo$bar$, $1'],
    [7, 'CREATE SCHEMA s CREA'],
    [8, "SELECT E'a' -- a com"],
    [9, "SELECT 'f'\n      'g\\"],
    [10, 'CREATE TRIGGER t AFT'],
  ])
  expect(statements[0]?.words).toEqual(['SELECT'])
  expect(texts("SELECT 'it''s'; -- end")).toEqual(["SELECT 'it''s'"])
  expect(texts(' ;; /* nothing */ ')).toEqual([])
})

test.each([
  ["SELECT 1;\nSELECT 'open", 2, 'the string that begins here has no end'],
  ['SELECT "open', 1, 'the quoted name that begins here has no end'],
  ['\n\nSELECT $x$ $y$', 3, 'the text that $x$ begins here has no end'],
  ['/* /* */', 1, 'the comment that begins here has no end'],
  ['SELECT 1;\n\\connect other', 2, 'has a command of psql, which only psql supports'],
])('%j is refused at its line', (script, line, message) => {
  expect(splitSql(script).problems).toEqual([{ line, message }])
})

test('literals may be of any length, and a comment ends where a line does on any system', () => {
  const long = `INSERT INTO t VALUES ('${'x'.repeat(20_000_000)}', E'${'y'.repeat(20_000_000)}')`
  expect(texts(`${long}; SELECT 1`).map((sql) => sql.length)).toEqual([long.length, 8])
  expect(texts('-- first\rDELETE FROM t;')).toEqual(['DELETE FROM t'])
})
