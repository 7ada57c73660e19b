import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { applySafe, diffOf, linesOf } from '../support/schema-diff.ts'

test('tables grow, and what uses a widened column is created again', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
      CREATE TABLE a (id bigint PRIMARY KEY, name varchar(40) DEFAULT 'x', note text NOT NULL, n numeric(12, 2), extra int DEFAULT 3 NOT NULL);
      CREATE VIEW v AS SELECT id, name FROM a;
      CREATE VIEW w AS SELECT v.name, a.n FROM v JOIN a USING (id);
      CREATE INDEX ON a (name);
      CREATE UNIQUE INDEX u ON a (n, name);
      ALTER TABLE a ADD CONSTRAINT positive CHECK (n > 0);
      CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a_id bigint REFERENCES a);
      COMMENT ON COLUMN a.note IS 'it''s';
      CREATE SEQUENCE s INCREMENT 5;
      CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;`,
    targetSql: `
      CREATE TABLE a (id int, name varchar(20), n numeric(10, 2) NOT NULL, old int);
      CREATE VIEW v AS SELECT id, name FROM a;
      CREATE VIEW w AS SELECT v.name, a.n FROM v JOIN a USING (id);
      CREATE INDEX ON a (name);
      CREATE SEQUENCE s;`,
  })
  try {
    await applySafe(pair.target.client, await diffOf(pair))
    expect(linesOf(await diffOf(pair))).toEqual([
      'TABLE public.a: column old is only in the target (its values are lost)',
    ])
  } finally {
    await pair.drop()
  }
})
