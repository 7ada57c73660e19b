/** The schema of a parts library, as an application with an ORM would create it: quoted CamelCase, uuid keys, tenants. */
export const PARTS_LIBRARY_SCHEMA = `
CREATE TYPE "LifecycleStatus" AS ENUM ('ACTIVE', 'NRND', 'OBSOLETE', 'PREVIEW');

CREATE TABLE "Tenant" (
  id uuid PRIMARY KEY, name text NOT NULL UNIQUE, settings jsonb NOT NULL DEFAULT '{}', "defaultLibraryId" uuid
);
CREATE TABLE "Library" (
  id uuid PRIMARY KEY, tenant_id uuid REFERENCES "Tenant" (id), name text NOT NULL, is_global boolean NOT NULL DEFAULT false
);
ALTER TABLE "Tenant" ADD FOREIGN KEY ("defaultLibraryId") REFERENCES "Library" (id);

CREATE TABLE "Manufacturer" (id uuid PRIMARY KEY, name text NOT NULL UNIQUE, aliases text[] NOT NULL DEFAULT '{}');
CREATE TABLE "Component" (
  id uuid PRIMARY KEY,
  "libraryId" uuid NOT NULL REFERENCES "Library" (id),
  "manufacturerId" uuid NOT NULL REFERENCES "Manufacturer" (id),
  tenant_id uuid REFERENCES "Tenant" (id),
  is_global boolean NOT NULL,
  "partNumber" text NOT NULL,
  description text,
  status "LifecycleStatus" NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  parameters jsonb NOT NULL DEFAULT '{}',
  "replacedById" uuid REFERENCES "Component" (id),
  "createdAt" timestamptz NOT NULL,
  "updatedAt" timestamptz NOT NULL,
  UNIQUE ("libraryId", "partNumber")
);
CREATE INDEX ON "Component" ("manufacturerId");
CREATE INDEX ON "Component" USING gin (parameters);
CREATE TABLE "Price" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "componentId" uuid NOT NULL REFERENCES "Component" (id) ON DELETE CASCADE,
  quantity integer NOT NULL, currency char(3) NOT NULL, amount numeric(12, 4) NOT NULL,
  total numeric GENERATED ALWAYS AS (quantity * amount) STORED
);
CREATE INDEX ON "Price" ("componentId");
CREATE TABLE "AuditLog" (at timestamptz NOT NULL, actor text NOT NULL, detail json);
CREATE MATERIALIZED VIEW "ComponentsByManufacturer" AS
  SELECT "manufacturerId", count(*) AS components FROM "Component" GROUP BY 1;
CREATE UNIQUE INDEX ON "ComponentsByManufacturer" ("manufacturerId");
`

/** Rows of the library: `components` parts with three prices each. The same number makes the same rows everywhere. */
export function partsLibraryRows(components: number): string[] {
  return `
INSERT INTO "Tenant" SELECT ${uuid('tenant', 'i')}, 'Tenant ' || i, jsonb_build_object('plan', i % 3) FROM generate_series(1, 20) AS i;
INSERT INTO "Library" SELECT ${uuid('library', 'i')}, CASE WHEN i > 5 THEN ${uuid('tenant', '1 + i % 20')} END, 'Library ' || i, i <= 5
  FROM generate_series(1, 40) AS i;
UPDATE "Tenant" SET "defaultLibraryId" = ${uuid('library', '6')};
INSERT INTO "Manufacturer" SELECT ${uuid('manufacturer', 'i')}, 'Manufacturer ' || i, ARRAY['M' || i, 'Maker ' || i] FROM generate_series(1, 300) AS i;
INSERT INTO "Component" SELECT ${uuid('component', 'i')}, ${uuid('library', '1 + i % 40')}, ${uuid('manufacturer', '1 + i % 300')},
    CASE WHEN i % 40 > 4 THEN ${uuid('tenant', '1 + i % 20')} END, i % 40 <= 4, 'PN-' || i,
    repeat('Resistor, thick film, ', 1 + i % 4) || i || ' Ω', (ARRAY['ACTIVE', 'NRND', 'OBSOLETE', 'PREVIEW'])[1 + i % 4]::"LifecycleStatus",
    ARRAY['smd', 'lot ' || i % 50], jsonb_build_object('ohms', i, 'tolerance', (i % 20) / 10.0, 'package', '0' || 402 + i % 9),
    CASE WHEN i % 10 = 0 THEN ${uuid('component', 'i - 1')} END,
    '2024-01-01'::timestamptz + i * interval '1 minute', '2025-01-01'::timestamptz + i * interval '1 minute'
  FROM generate_series(1, ${components}) AS i;
INSERT INTO "Price" ("componentId", quantity, currency, amount)
  SELECT ${uuid('component', 'i')}, q, 'EUR', (i % 1000) / 7.0 FROM generate_series(1, ${components}) AS i, unnest(ARRAY[1, 100, 1000]) AS q;
INSERT INTO "AuditLog" SELECT '2025-01-01'::timestamptz + i * interval '1 hour', 'user ' || i % 9, '{"action": "view"}' FROM generate_series(1, 2000) AS i;
REFRESH MATERIALIZED VIEW "ComponentsByManufacturer";
ANALYZE;
`
    .split(/;\n/)
    .filter((statement) => statement.trim() !== '')
}

/** What staging has of its own. */
export const OLDER_DATA = 'UPDATE "Component" SET description = NULL WHERE is_global'

/** A profile with a search index: the components, each with its manufacturer and prices. */
export function demoConfig(search: readonly string[]): string {
  return `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}", protected: true }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  # The servers of the demo have no other role than a superuser.
  prod-to-staging: { from: production, to: staging, accept: [role], search: [${search.join(', ')}] }
search:
  components:
    type: typesense
    schema:
      enable_nested_fields: true
      fields:
        - { name: partNumber, type: string }
        - { name: description, type: string, optional: true }
        - { name: status, type: string, facet: true }
        - { name: tags, type: "string[]", facet: true }
        - { name: manufacturer, type: string, facet: true }
        - { name: parameters, type: object }
        - { name: prices, type: "object[]", optional: true }
    query: |
      SELECT c.id, c."partNumber", c.description, c.status, c.tags, c.parameters, m.name AS manufacturer,
        (SELECT jsonb_agg(jsonb_build_object('quantity', p.quantity, 'amount', p.amount) ORDER BY p.quantity)
         FROM public."Price" AS p WHERE p."componentId" = c.id) AS prices
      FROM public."Component" AS c JOIN public."Manufacturer" AS m ON m.id = c."manufacturerId"
`
}

/** What a day of work changes in production. */
export const A_DAY_OF_WORK = `
UPDATE "Component" SET status = 'OBSOLETE', "updatedAt" = now() WHERE "partNumber" LIKE 'PN-%7' AND status = 'NRND';
UPDATE "Price" SET amount = amount * 1.05 WHERE id % 50 = 0;
DELETE FROM "Component" AS c WHERE "partNumber" LIKE 'PN-%998' AND NOT EXISTS (SELECT FROM "Component" AS r WHERE r."replacedById" = c.id);
INSERT INTO "Manufacturer" VALUES (gen_random_uuid(), 'Newcomer Devices', '{ND}');
INSERT INTO "AuditLog" SELECT now(), 'nightly', '{"action": "reprice"}' FROM generate_series(1, 3);
`

function uuid(kind: string, number: string): string {
  return `md5('${kind} ' || (${number}))::uuid`
}
