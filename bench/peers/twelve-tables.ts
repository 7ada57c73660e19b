/** Twelve tables with foreign keys and sixteen secondary indexes, one of them GIN: narrow and wide rows, texts, documents, and large values. */
export const TWELVE_TABLES = `
CREATE TABLE region (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE account (id bigint PRIMARY KEY, region int NOT NULL REFERENCES region, email text NOT NULL, name text, created timestamptz NOT NULL, data jsonb);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE INDEX account_region ON account (region);
CREATE INDEX account_data ON account USING gin (data jsonb_path_ops);
CREATE TABLE product (id bigint PRIMARY KEY, sku uuid NOT NULL, title text, price numeric(12, 2), body text);
CREATE UNIQUE INDEX product_sku ON product (sku);
CREATE INDEX product_title ON product (title);
CREATE TABLE orders (id bigint PRIMARY KEY, account bigint NOT NULL REFERENCES account, placed timestamptz NOT NULL, status text NOT NULL, total numeric(12, 2));
CREATE INDEX orders_account ON orders (account);
CREATE INDEX orders_placed ON orders (placed);
CREATE INDEX orders_status ON orders (status, placed);
CREATE TABLE order_item (id bigint PRIMARY KEY, orders bigint NOT NULL REFERENCES orders, product bigint NOT NULL REFERENCES product, n int NOT NULL, price numeric(12, 2));
CREATE INDEX order_item_orders ON order_item (orders);
CREATE INDEX order_item_product ON order_item (product);
CREATE TABLE payment (id bigint PRIMARY KEY, orders bigint NOT NULL REFERENCES orders, amount numeric(12, 2), at timestamptz, reference text);
CREATE INDEX payment_orders ON payment (orders);
CREATE INDEX payment_reference ON payment (reference);
CREATE TABLE event (id bigint PRIMARY KEY, account bigint NOT NULL, kind text NOT NULL, at timestamptz NOT NULL, payload jsonb);
CREATE INDEX event_account ON event (account, at);
CREATE INDEX event_kind ON event (kind);
CREATE TABLE document (id bigint PRIMARY KEY, account bigint REFERENCES account, body text NOT NULL);
CREATE INDEX document_account ON document (account);
CREATE TABLE image (id bigint PRIMARY KEY, product bigint REFERENCES product, bytes bytea NOT NULL);
CREATE TABLE wide (id bigint PRIMARY KEY, ${list(30, (n) => `n${n} int`)}, ${list(12, (n) => `t${n} text`)});
CREATE INDEX wide_n1 ON wide (n1);
CREATE TABLE session (id uuid PRIMARY KEY, account bigint NOT NULL, seen timestamptz, agent text);
CREATE INDEX session_account ON session (account);
CREATE TABLE setting (name text PRIMARY KEY, value text);`

/** Rows of about \`scale\` times 2 GB with their indexes. */
export function twelveTablesRowsSql(scale: number): string {
  const n = (rows: number) => Math.max(1, Math.round(rows * scale))
  const accounts = n(400_000)
  const products = n(150_000)
  const orders = n(1_500_000)
  return `
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO region SELECT i, 'region ' || i FROM generate_series(1, 50) i;
INSERT INTO account SELECT i, i % 50 + 1, md5(i::text) || '@example.org', 'name ' || i, now() - i * interval '1 minute', jsonb_build_object('plan', i % 7, 'tags', jsonb_build_array(i % 100, i % 13), 'city', md5((i % 5000)::text)) FROM generate_series(1, ${accounts}) i;
INSERT INTO product SELECT i, md5(i::text)::uuid, 'product ' || md5((i * 7)::text), i / 7.0, repeat(md5(i::text) || ' ', 12) FROM generate_series(1, ${products}) i;
INSERT INTO orders SELECT i, (i * 7919) % ${accounts} + 1, now() - i * interval '1 second', (ARRAY['new', 'paid', 'sent', 'done'])[i % 4 + 1], i / 3.0 FROM generate_series(1::bigint, ${orders}) i;
INSERT INTO order_item SELECT i, i / 3 + 1, (i * 104729) % ${products} + 1, i % 5 + 1, i / 11.0 FROM generate_series(0::bigint, ${orders * 3 - 2}) i;
INSERT INTO payment SELECT i, i, i / 3.0, now() - i * interval '1 second', 'ref ' || md5(i::text) FROM generate_series(1::bigint, ${orders}) i;
INSERT INTO event SELECT i, (i * 31) % ${accounts} + 1, 'kind ' || i % 40, now() - i * interval '1 second', jsonb_build_object('a', i, 'b', md5(i::text)) FROM generate_series(1::bigint, ${n(2_000_000)}) i;
INSERT INTO document SELECT i, i % ${accounts} + 1, (SELECT string_agg(md5((i * 100 + k)::text), ' ') FROM generate_series(1, 100) k) FROM generate_series(1, ${n(60_000)}) i;
INSERT INTO image SELECT i, i % ${products} + 1, (SELECT string_agg(sha256((i * 1000 + k)::text::bytea), '') FROM generate_series(1, 600) k) FROM generate_series(1, ${n(8_000)}) i;
INSERT INTO wide SELECT i, ${list(30, (k) => `i + ${k}`)}, ${list(12, (k) => `md5((i * ${k})::text)`)} FROM generate_series(1, ${n(250_000)}) i;
INSERT INTO session SELECT md5(i::text)::uuid, i % ${accounts} + 1, now(), 'agent ' || i % 300 FROM generate_series(1, ${n(500_000)}) i;
INSERT INTO setting SELECT 'name ' || i, 'value' FROM generate_series(1, 100) i;
SET session_replication_role = origin`
}

function list(count: number, of: (n: number) => string): string {
  return Array.from({ length: count }, (_, index) => of(index + 1)).join(', ')
}

const CHANGED = {
  account: `name = name || '!'`,
  product: `title = title || '!'`,
  orders: 'total = total + 1',
  order_item: 'n = n + 1',
  payment: 'amount = amount + 1',
  event: `kind = kind || '!'`,
  document: `body = body || '!'`,
  image: `bytes = bytes || '\\x00'`,
  wide: 'n2 = n2 + 1',
  session: `agent = agent || '!'`,
}

/** Changes rows all over the tables: so many percent of them. Another round takes others. */
export function differSql(percent: number, round: number): string {
  if (percent === 0) return 'SELECT 1'
  return Object.entries(CHANGED)
    .map(([table, change]) => {
      const number = table === 'session' ? `('x' || substr(id::text, 1, 6))::bit(24)::bigint` : 'id'
      return `UPDATE ${table} SET ${change} WHERE (${number} * 7919 + ${round}) % 1000 < ${percent * 10}`
    })
    .join(';\n')
}
