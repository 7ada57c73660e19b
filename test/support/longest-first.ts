import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of what takes longest, whatever the length of the file. */
const LONGEST = [
  'integration/search-mixedbread',
  'integration/incremental',
  'e2e/swap-faults',
  'e2e/documented-lines',
  'integration/swap',
  'e2e/platforms',
  'integration/hostile',
  'integration/after',
  'e2e/swap-switch-faults',
  'integration/search-untouched',
  'e2e/search',
  'e2e/create-schema',
  'security/network-silence',
  'integration/search-typesense',
  'e2e/load-faults',
  'security/signals-in-silence',
  'e2e/faults',
  'integration/search-servers',
  'integration/incremental-property',
  'e2e/follow-schema',
  'integration/source-history',
  'integration/forced-row-security',
  'integration/masks',
  'security/pooled-urls',
  'integration/schema-relations',
  'integration/load',
  'security/search-path',
  'e2e/small-pools',
  'integration/hostile-swap',
  'integration/swap-rights',
  'integration/kept-traces',
]

/** Starts long files first, so that none is alone at the end. Vitest does that by itself from the second time on. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return index === -1 ? LONGEST.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
