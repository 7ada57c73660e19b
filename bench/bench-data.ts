/** One wide, one long and one TOAST-heavy table of about a third of the size each; `gb` is the size of the whole in GB. */
export function benchRowsSql(gb: number): string {
  const wide = Math.round(550_000 * gb)
  const long = Math.round(3_500_000 * gb)
  const toasted = Math.round(22_000 * gb)
  return `
INSERT INTO wide SELECT i, ${columns((n) => `i + ${n}`)}, ${texts((n) => `md5((i * ${n})::text)`)} FROM generate_series(1, ${wide}) AS i;
INSERT INTO long SELECT i, i % 1000, now() - i * interval '1 second', 'row ' || i FROM generate_series(1, ${long}) AS i;
INSERT INTO toasted SELECT i, (SELECT string_agg(md5((i * 1000 + n)::text), '') FROM generate_series(1, 470) AS n), jsonb_build_object('n', i)
  FROM generate_series(1, ${toasted}) AS i;`
}

/** The tables without rows. */
export const BENCH_SCHEMA = `
CREATE TABLE wide (id bigint PRIMARY KEY, ${columns((n) => `n${n} integer`)}, ${texts((n) => `t${n} text`)});
CREATE TABLE long (id bigint PRIMARY KEY, bucket integer NOT NULL, at timestamptz NOT NULL, label text);
CREATE INDEX ON long (bucket);
CREATE TABLE toasted (id bigint PRIMARY KEY, body text NOT NULL, data jsonb NOT NULL);
ALTER TABLE toasted ALTER COLUMN body SET STORAGE EXTERNAL;`

/** Makes `percent` of the rows of every table differ. */
export function differSql(percent: number): string {
  const hit = `id % 100 < ${percent}`
  return `UPDATE wide SET n1 = n1 + 1 WHERE ${hit}; UPDATE long SET label = label || '!' WHERE ${hit};
    UPDATE toasted SET data = data || '{"x": 1}' WHERE ${hit}; VACUUM (ANALYZE) wide, long, toasted`
}

function columns(of: (n: number) => string): string {
  return Array.from({ length: 30 }, (_, index) => of(index + 1)).join(', ')
}

function texts(of: (n: number) => string): string {
  return Array.from({ length: 12 }, (_, index) => of(index + 1)).join(', ')
}
