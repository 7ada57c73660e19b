import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MbsyncError } from '../../src/core/errors.ts'
import type { Finding } from '../../src/core/finding.ts'
import { type Content, expectSameContent, readColumns, readContent } from '../support/database-content.ts'
import type { DatabasePair } from '../support/databases.ts'
import { patternOf, runRollback, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'
import { contentOf, createCasePair, schemaOf } from '../support/validation-cases.ts'

/** What is in a schema of its own on both sides. Tables that are named outside… are not part of the run. */
interface Case {
  readonly name: string
  readonly schema: string
  /** What the source alone has, and the target. */
  readonly source: string
  readonly target: string
}

const PRELUDE = `CREATE EXTENSION btree_gist SCHEMA public; CREATE EXTENSION citext SCHEMA public;
  CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);`

const TREE = `CREATE TABLE base (id int PRIMARY KEY, v text); CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base);
  CREATE TABLE child (id int PRIMARY KEY, base int)`
const KEY = 'ALTER TABLE child ADD CONSTRAINT to_base FOREIGN KEY (base) REFERENCES base'

/** Source rows that PostgreSQL accepts under every constraint of the target. */
const LEGITIMATE: readonly Case[] = [
  {
    name: 'an inheritance child of the child may refer to what no parent has',
    schema: `${TREE}; CREATE TABLE grandchild (PRIMARY KEY (id)) INHERITS (child)`,
    source: `INSERT INTO base VALUES (1, ''), (2, ''); INSERT INTO heir VALUES (7, ''); INSERT INTO child VALUES (1, 1); INSERT INTO grandchild VALUES (1, 99), (2, 7)`,
    target: `${KEY}; INSERT INTO base VALUES (3, ''); INSERT INTO child VALUES (5, 3); INSERT INTO grandchild VALUES (4, 98), (5, 3)`,
  },
  {
    name: 'rows of inheritance children may have the values of a deferrable unique constraint, and overlap',
    schema: `CREATE TABLE base (id int PRIMARY KEY, u int UNIQUE DEFERRABLE INITIALLY DEFERRED, r int4range,
        EXCLUDE USING gist (r WITH &&) DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)`,
    source: `INSERT INTO base VALUES (1, 2, '[1,5)'), (2, 1, '[5,9)'); INSERT INTO heir VALUES (1, 1, '[1,9)'), (2, 1, '[1,9)')`,
    target: `INSERT INTO base VALUES (1, 1, '[5,9)'), (2, 2, '[1,5)'); INSERT INTO heir VALUES (3, 1, '[1,9)')`,
  },
  {
    name: 'a tree whose key refers to itself leaves its inheritance children alone',
    schema: `CREATE TABLE base (id int PRIMARY KEY, up int REFERENCES base ON DELETE CASCADE); CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)`,
    source: `INSERT INTO base VALUES (1, NULL), (2, 1); INSERT INTO heir VALUES (1, 99), (2, 3)`,
    target: `INSERT INTO base VALUES (3, NULL), (2, 3); INSERT INTO heir VALUES (2, 3), (5, 3)`,
  },
  {
    name: 'a cascade acts on the child, and not on its inheritance children',
    schema: `CREATE TABLE parent (id int PRIMARY KEY, u int UNIQUE); CREATE TABLE child (id int PRIMARY KEY, u int REFERENCES parent (u) ON DELETE CASCADE);
      CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (child)`,
    source: `INSERT INTO parent VALUES (1, 2), (2, 1); INSERT INTO child VALUES (1, 1), (2, 2); INSERT INTO heir VALUES (1, 1), (2, 9)`,
    target: `INSERT INTO parent VALUES (1, 1), (2, 2), (3, 3); INSERT INTO child VALUES (1, 1), (3, 3); INSERT INTO heir VALUES (1, 1), (2, 3)`,
  },
  {
    name: 'inheritance children of a table outside the run may refer to what is deleted',
    schema: 'CREATE TABLE base (id int PRIMARY KEY)',
    source: 'INSERT INTO base VALUES (1)',
    target: `CREATE TABLE outside (id int, base int REFERENCES base ON DELETE CASCADE); CREATE TABLE outside_heir () INHERITS (outside);
      INSERT INTO base VALUES (1), (2); INSERT INTO outside VALUES (1, 1); INSERT INTO outside_heir VALUES (1, 2)`,
  },
  {
    name: 'a key that refers to a single partition does not mind what is deleted from another',
    schema: `CREATE TABLE p (k int, u int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
      ALTER TABLE p1 ADD UNIQUE (u)`,
    source: 'INSERT INTO p VALUES (1, 5)',
    target: `CREATE TABLE outside (u int REFERENCES p1 (u) ON DELETE CASCADE); INSERT INTO p VALUES (1, 5), (2, 5); INSERT INTO outside VALUES (5)`,
  },
  {
    name: 'columns of other types are compared as the key compares them',
    schema: `CREATE TABLE a (k char(5) PRIMARY KEY); CREATE TABLE a_child (k text); CREATE TABLE b (k numeric PRIMARY KEY); CREATE TABLE b_child (k int);
      CREATE TABLE c (k text PRIMARY KEY); CREATE TABLE c_child (k varchar(9)); CREATE TABLE d (k bigint PRIMARY KEY); CREATE TABLE d_child (k smallint);
      CREATE TABLE e (k public.citext PRIMARY KEY); CREATE TABLE e_child (k public.citext); CREATE TABLE f (k int[] PRIMARY KEY); CREATE TABLE f_child (k int[])`,
    source: `INSERT INTO a VALUES ('a'); INSERT INTO a_child VALUES ('a  '); INSERT INTO b VALUES (1.00); INSERT INTO b_child VALUES (1);
      INSERT INTO c VALUES ('c'); INSERT INTO c_child VALUES ('c'); INSERT INTO d VALUES (4); INSERT INTO d_child VALUES (4);
      INSERT INTO e VALUES ('E'); INSERT INTO e_child VALUES ('e'); INSERT INTO f VALUES ('{1}'); INSERT INTO f_child VALUES ('{1}')`,
    target: ['a', 'b', 'c', 'd', 'e', 'f']
      .map((name) => `ALTER TABLE ${name}_child ADD FOREIGN KEY (k) REFERENCES ${name}`)
      .join(';'),
  },
  {
    name: 'keys over generated columns, and over columns that only the target has',
    schema: `CREATE TABLE parent (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) STORED UNIQUE);
      CREATE TABLE child (id int PRIMARY KEY, g int REFERENCES parent (g) ON DELETE CASCADE);
      CREATE TABLE kid (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) STORED REFERENCES parent (g) ON DELETE CASCADE)`,
    source:
      'INSERT INTO parent VALUES (1, 2), (2, 1); INSERT INTO child VALUES (1, 2), (2, 4); INSERT INTO kid VALUES (1, 2)',
    target: `INSERT INTO parent VALUES (1, 1), (2, 2), (3, 3); INSERT INTO child VALUES (1, 2), (3, 6); INSERT INTO kid VALUES (1, 1);
      ALTER TABLE child ADD mine int REFERENCES parent; UPDATE child SET mine = 2`,
  },
  {
    name: 'texts that the collation of the parent takes for equal',
    schema: `CREATE TABLE parent (k text COLLATE public.nocase PRIMARY KEY); CREATE TABLE child (k text COLLATE public.nocase)`,
    source: `INSERT INTO parent VALUES ('Ab'); INSERT INTO child VALUES ('aB')`,
    target: `ALTER TABLE child ADD FOREIGN KEY (k) REFERENCES parent; INSERT INTO parent VALUES ('x')`,
  },
  {
    name: 'periods that several parents cover together',
    schema: `CREATE TABLE parent (id int NOT NULL, during int4range NOT NULL); CREATE TABLE child (id int PRIMARY KEY, parent int, during int4range)`,
    source: `INSERT INTO parent VALUES (1, '[1,5)'), (1, '[5,9)'), (2, '[1,9)'); INSERT INTO child VALUES (1, 1, '[2,8)'), (2, 2, '[1,9)'), (3, NULL, '[1,9)'), (4, 3, NULL)`,
    target: `ALTER TABLE parent ADD PRIMARY KEY (id, during WITHOUT OVERLAPS); ALTER TABLE child ADD FOREIGN KEY (parent, PERIOD during) REFERENCES parent (id, PERIOD during);
      INSERT INTO parent VALUES (1, '[1,9)'), (2, '[4,6)'), (2, '[7,20)'); INSERT INTO child VALUES (1, 1, '[2,8)'), (5, 2, '[4,5)')`,
  },
  {
    name: 'a NOT VALID key does not speak of orphans that were there before',
    schema: 'CREATE TABLE base (id int PRIMARY KEY)',
    source: 'INSERT INTO base VALUES (1), (2)',
    target: `CREATE TABLE outside (base int); INSERT INTO outside VALUES (1), (99); ALTER TABLE outside ADD FOREIGN KEY (base) REFERENCES base NOT VALID;
      INSERT INTO base VALUES (1), (3)`,
  },
  {
    name: 'a NOT VALID check that only rows of an inheritance child violate',
    schema: `CREATE TABLE base (id int PRIMARY KEY, v int); CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base); CREATE TABLE leaf (PRIMARY KEY (id)) INHERITS (heir)`,
    source: `INSERT INTO heir VALUES (1, -1); INSERT INTO leaf VALUES (2, -2); ALTER TABLE base ADD CONSTRAINT positive CHECK (v > 0) NOT VALID; INSERT INTO base VALUES (1, 1)`,
    target: `INSERT INTO heir VALUES (1, -5); INSERT INTO leaf VALUES (3, -3); ALTER TABLE base ADD CONSTRAINT positive CHECK (v > 0) NOT VALID; INSERT INTO base VALUES (1, 2)`,
  },
]

/** Source rows that PostgreSQL does not accept, with what the error names. */
const VIOLATING: readonly (Case & { readonly violated: string })[] = [
  {
    name: 'a parent that only an inheritance child has',
    schema: TREE,
    source: `INSERT INTO base VALUES (1, ''); INSERT INTO heir VALUES (2, ''); INSERT INTO child VALUES (1, 2)`,
    target: KEY,
    violated: 'to_base',
  },
  {
    name: 'a row of its own tree that only an inheritance child has',
    schema: `CREATE TABLE base (id int PRIMARY KEY, up int); CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)`,
    source: 'INSERT INTO base VALUES (1, 2); INSERT INTO heir VALUES (2, NULL)',
    target: 'ALTER TABLE base ADD CONSTRAINT to_base FOREIGN KEY (up) REFERENCES base',
    violated: 'to_base',
  },
  {
    name: 'a parent that is in another partition of the target',
    schema: `CREATE TABLE p (k int, u int) PARTITION BY RANGE (k); CREATE TABLE child (u int)`,
    source: `CREATE TABLE p1 PARTITION OF p (UNIQUE (u)) FOR VALUES FROM (0) TO (100); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
      ALTER TABLE child ADD CONSTRAINT to_p1 FOREIGN KEY (u) REFERENCES p1 (u); INSERT INTO p VALUES (70, 7); INSERT INTO child VALUES (7)`,
    target: `CREATE TABLE p1 PARTITION OF p (UNIQUE (u)) FOR VALUES FROM (0) TO (50); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (50) TO (200);
      ALTER TABLE child ADD CONSTRAINT to_p1 FOREIGN KEY (u) REFERENCES p1 (u)`,
    violated: 'to_p1',
  },
  {
    name: 'values that are set in part under a key that is MATCH FULL in the target alone',
    schema: 'CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE child (a int, b int)',
    source: 'ALTER TABLE child ADD FOREIGN KEY (a, b) REFERENCES parent; INSERT INTO child VALUES (1, NULL)',
    target: 'ALTER TABLE child ADD CONSTRAINT in_full FOREIGN KEY (a, b) REFERENCES parent MATCH FULL',
    violated: 'in_full',
  },
  {
    name: 'a text that only the collation of the source takes for equal',
    schema: 'SELECT',
    source: `CREATE TABLE parent (k text COLLATE public.nocase PRIMARY KEY); CREATE TABLE child (k text COLLATE public.nocase REFERENCES parent);
      INSERT INTO parent VALUES ('Ab'); INSERT INTO child VALUES ('aB')`,
    target:
      'CREATE TABLE parent (k text PRIMARY KEY); CREATE TABLE child (k text, CONSTRAINT exactly FOREIGN KEY (k) REFERENCES parent)',
    violated: 'exactly',
  },
  {
    name: 'a period that its parents cover with a gap',
    schema: `CREATE TABLE parent (id int NOT NULL, during int4range NOT NULL); CREATE TABLE child (id int PRIMARY KEY, parent int, during int4range)`,
    source: `INSERT INTO parent VALUES (1, '[1,5)'), (1, '[6,9)'); INSERT INTO child VALUES (1, 1, '[2,8)')`,
    target: `ALTER TABLE parent ADD PRIMARY KEY (id, during WITHOUT OVERLAPS);
      ALTER TABLE child ADD CONSTRAINT covered FOREIGN KEY (parent, PERIOD during) REFERENCES parent (id, PERIOD during)`,
    violated: 'covered',
  },
  {
    name: 'values that come twice in the table itself under a deferrable constraint',
    schema:
      'CREATE TABLE base (id int PRIMARY KEY, u int); CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)',
    source: 'INSERT INTO base VALUES (1, 1), (2, 1); INSERT INTO heir VALUES (3, 1)',
    target: 'ALTER TABLE base ADD CONSTRAINT once UNIQUE (u) DEFERRABLE INITIALLY DEFERRED',
    violated: 'once',
  },
  {
    name: 'periods that overlap under a deferrable constraint',
    schema: 'CREATE TABLE booking (id int PRIMARY KEY, room int, during int4range)',
    source: `INSERT INTO booking VALUES (1, 1, '[1,5)'), (2, 1, '[4,9)')`,
    target:
      'ALTER TABLE booking ADD CONSTRAINT apart UNIQUE (room, during WITHOUT OVERLAPS) DEFERRABLE INITIALLY DEFERRED',
    violated: 'apart',
  },
  {
    name: 'texts that the collation of a deferrable exclusion constraint takes for equal',
    schema: 'CREATE TABLE item (id int PRIMARY KEY, v text)',
    source: `INSERT INTO item VALUES (1, 'Ab'), (2, 'aB')`,
    target:
      'ALTER TABLE item ADD CONSTRAINT alike EXCLUDE USING btree (v COLLATE public.nocase WITH =) DEFERRABLE INITIALLY DEFERRED',
    violated: 'alike',
  },
  {
    name: 'an orphan under a key whose triggers are disabled in the source',
    schema:
      'CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, base int CONSTRAINT to_base REFERENCES base)',
    source:
      'ALTER TABLE child DISABLE TRIGGER ALL; INSERT INTO base VALUES (1); INSERT INTO child VALUES (1, 1), (2, 2)',
    target: 'SELECT',
    violated: 'to_base',
  },
  {
    name: 'an orphan under a key whose triggers are disabled in the source for a partition',
    schema: `CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, base int CONSTRAINT to_base REFERENCES base) PARTITION BY RANGE (id);
      CREATE TABLE part PARTITION OF child FOR VALUES FROM (0) TO (9)`,
    source:
      'ALTER TABLE part DISABLE TRIGGER ALL; INSERT INTO base VALUES (1); INSERT INTO child VALUES (1, 1), (2, 2)',
    target: 'SELECT',
    violated: 'to_base',
  },
  {
    name: 'a new orphan under a NOT VALID key of the target alone',
    schema: 'CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, base int)',
    source: 'INSERT INTO base VALUES (1); INSERT INTO child VALUES (1, 1), (2, 2)',
    target: 'ALTER TABLE child ADD CONSTRAINT to_base FOREIGN KEY (base) REFERENCES base NOT VALID',
    violated: 'to_base',
  },
  {
    name: 'a row outside the run that loses its parent under a NOT VALID key',
    schema: 'CREATE TABLE base (id int PRIMARY KEY)',
    source: 'INSERT INTO base VALUES (1)',
    target: `CREATE TABLE outside (base int); INSERT INTO base VALUES (1), (2); INSERT INTO outside VALUES (2), (99);
      ALTER TABLE outside ADD CONSTRAINT to_base FOREIGN KEY (base) REFERENCES base NOT VALID`,
    violated: 'to_base',
  },
]

const ALL = [...LEGITIMATE, ...VIOLATING]

describe.each(['a superuser', 'a plain owner'] as const)('written by %s', (mode) => {
  let pair: DatabasePair
  let to: Awaited<ReturnType<typeof targetFor>>
  let source: Content
  let before: Content
  let merged: Content
  let rolledBack: Content

  beforeAll(async () => {
    pair = await createCasePair(
      ALL.map(({ schema, ...side }) => ({
        source: `${schema};${side.source}`,
        target: `${schema};${side.target}`,
      })),
      PRELUDE,
    )
    to = await targetFor(pair, mode)
    const include = LEGITIMATE.map((_, index) => patternOf(`${schemaOf(index)}.*`))
    const profile = { to, include, exclude: [patternOf('*.outside*')] }
    source = await readContent(pair.source.client)
    before = await readContent(pair.target.client)
    await runSync(pair, { profile, allowBlocking: true })
    const columnsOf = await readColumns(pair.source.client)
    merged = await readContent(pair.target.client, { columnsOf })
    await runSync(pair, { profile, allowBlocking: true })
    await runRollback(pair, { profile, allowBlocking: true })
    await runRollback(pair, { profile, allowBlocking: true })
    rolledBack = await readContent(pair.target.client)
  })
  afterAll(() => pair?.drop())

  test.each(LEGITIMATE.map(({ name }, index) => [name, index] as const))(
    '%s, and the run can be rolled back',
    (_, index) => {
      const wanted = contentOf(index, source)
      expect(Object.keys(wanted).length).toBeGreaterThan(0)
      expect(contentOf(index, merged)).toMatchObject(wanted)
      expect(contentOf(index, rolledBack)).toEqual(contentOf(index, before))
    },
  )

  test.each(VIOLATING.map((each, index) => [each.name, LEGITIMATE.length + index, each.violated] as const))(
    '%s fails the run, which names the constraint and changes nothing',
    async (_, index, violated) => {
      const profile = { to, include: [patternOf(`${schemaOf(index)}.*`)], exclude: [patternOf('*.outside*')] }
      const failure: unknown = await runSync(pair, { profile }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(MbsyncError)
      // What is found as soon as the rows have landed is a finding; the rest fails the merge.
      const { message, findings = [] } = failure as MbsyncError & { readonly findings?: readonly Finding[] }
      const said = [message, ...findings.map((finding) => finding.message)].join('\n')
      expect(said).toContain(`"${violated}"`)
      const now = contentOf(index, await readContent(pair.target.client))
      expect(now).toEqual(contentOf(index, before))
    },
  )
})

describe('a table whose only key is WITHOUT OVERLAPS', () => {
  test('is brought although rows of both sides overlap', async () => {
    const pair = await createCasePair([
      {
        source: `CREATE TABLE booking (room int NOT NULL, during int4range NOT NULL); INSERT INTO booking VALUES (1, '[1,5)'), (1, '[5,9)'), (2, '[3,4)')`,
        target: `CREATE EXTENSION btree_gist; CREATE TABLE booking (room int, during int4range, PRIMARY KEY (room, during WITHOUT OVERLAPS));
          INSERT INTO booking VALUES (1, '[1,9)'), (2, '[1,4)'), (2, '[4,9)')`,
      },
    ])
    await runSync(pair)
    await expectSameContent(pair.source.client, pair.target.client)
    await pair.drop()
  })
})
