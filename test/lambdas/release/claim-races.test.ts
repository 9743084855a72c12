/** Runs that claim numbers of one line at the same time, in any order, some killed on the way: no number twice, and no gap. */
import * as fc from 'fast-check';
import { numberInLine, versionInLine } from '../../../core/planning/version-rule';
import type { ImageRegistry } from '../../../core/ports/registry';
import type { Claims } from '../../../core/ports/store';
import { claimVersion } from '../../../lambdas/release/claim-version';
import { createMemoryClaims } from '../../support/pipeline/memory-state';
import { plannedService } from '../../support/pipeline/runs';
import { createMemoryRegistry, manifestOf } from '../../support/registry/memory-registry';

const LINE = 'v1.4.0-dev';
const AFTER = 1;
const TO = { host: 'registry.example', repository: 'team/auth' };
const SERVICE = plannedService('auth', 'build', { version: { kind: 'next', line: LINE, after: AFTER } });

/** A run of some content. It is killed at its `dies`th call, whose answer is lost, or which is not made at all. */
interface Run {
  readonly content: string;
  readonly dies: number;
  readonly isDone: boolean;
}

const runs = fc.array(
  fc.record<Run>({
    content: fc.constantFrom('one', 'two', 'three', 'four'),
    dies: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 8 })),
    isDone: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
/** Numbers that somebody tagged by hand. */
const byHand = fc.uniqueArray(fc.integer({ min: 2, max: 4 }), { maxLength: 1 });

function makeWorld(scheduler: fc.Scheduler, taken: readonly number[]) {
  const registry = createMemoryRegistry();
  const claims = createMemoryClaims();
  for (const content of ['one', 'two', 'three', 'four']) registry.seed(TO, `in-${content}`, content);
  for (const number of taken) registry.seed(TO, versionInLine(LINE, number), 'by hand');

  /** Claims and puts a version as the release step does; the version, or undefined if the run was killed. */
  async function play({ content, dies, isDone }: Run, run: string): Promise<string | undefined> {
    let calls = 0;
    const call = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      calls += 1;
      const isLast = calls === dies;
      if (calls > dies || (isLast && !isDone)) throw new Error('killed');
      const result = await scheduler.schedule(Promise.resolve()).then(work);
      if (isLast) throw new Error('killed');
      return result;
    };
    const slow: ImageRegistry = {
      ...registry,
      head: (...args) => call(() => registry.head(...args)),
      get: (...args) => call(() => registry.get(...args)),
      put: (...args) => call(() => registry.put(...args)),
    };
    const slowClaims: Claims = { ...claims, claim: (claim) => call(() => claims.claim(claim)) };
    const manifest = manifestOf(content);
    try {
      const dependencies = { claims: slowClaims, registry: slow };
      const { version, isTagged } = await claimVersion(SERVICE, TO, manifest.digest, run, dependencies);
      if (!isTagged) await slow.put(TO, version, manifest);
      return version;
    } catch (error) {
      if ((error as Error).message === 'killed') return undefined;
      throw error;
    }
  }

  const digestOf = (number: number) => registry.head(TO, versionInLine(LINE, number));
  return { registry, claims, play, digestOf };
}

test('a line has no number twice and no gap in any order of calls, with any run killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), runs, byHand, async (scheduler, all, taken) => {
      const { registry, claims, play, digestOf } = makeWorld(scheduler, taken);
      const playAll = (started: readonly Run[], name: string) =>
        scheduler.waitFor(Promise.all(started.map((run, index) => play(run, `${name}-${index}`))));

      const versions = await playAll(all, 'run');

      const highest = Math.max(AFTER, ...versions.map((version) => numberInLine(LINE, version ?? '') ?? AFTER));
      for (let number = AFTER + 1; number <= highest; number += 1) expect(await digestOf(number)).toBeDefined();

      const again = await playAll(
        all.map((run) => ({ ...run, dies: Number.POSITIVE_INFINITY })),
        'again',
      );

      // A run that is started again gets the version that it claimed; equal content gets one version.
      const contents = [...new Set(all.map(({ content }) => content))];
      expect(new Set(again).size).toBe(contents.length);
      for (const [index, version] of versions.entries()) if (version !== undefined) expect(again[index]).toBe(version);
      // Every number is there, each with one digest for ever.
      const numbers = again.map((version) => numberInLine(LINE, version ?? '') ?? 0);
      const last = Math.max(...numbers);
      for (let number = AFTER + 1; number <= last; number += 1) {
        const claim = claims.claims.get(`${TO.host}/${TO.repository}:${versionInLine(LINE, number)}`);
        expect(await digestOf(number)).toBe(taken.includes(number) ? manifestOf('by hand').digest : claim?.digest);
      }
      const given = new Map(registry.writes.map(({ reference, digest }) => [`${reference} ${digest}`, reference]));
      expect(new Set(given.values()).size).toBe(given.size);
    }),
    { numRuns: 300 },
  );
});

test('a number whose image is gone stays empty and does not stop later numbers', async () => {
  const registry = createMemoryRegistry();
  const claims = createMemoryClaims();
  const { digest } = manifestOf('gone');
  await claims.claim({ image: `${TO.host}/${TO.repository}`, version: 'v1.4.0-dev-2', digest, run: 'run-1' });
  const own = registry.seed(TO, 'in-one', 'one');

  const claimed = await claimVersion(SERVICE, TO, own.digest, 'run-2', { claims, registry });

  expect(claimed).toEqual({ version: 'v1.4.0-dev-3', isTagged: false });
  expect(registry.writes).toEqual([]);
});

test('a registry that refuses the image of another run does not fail this one', async () => {
  const registry = createMemoryRegistry();
  const claims = createMemoryClaims();
  const { digest } = registry.seed(TO, 'in-broken', 'broken');
  await claims.claim({ image: `${TO.host}/${TO.repository}`, version: 'v1.4.0-dev-2', digest, run: 'run-1' });
  const own = registry.seed(TO, 'in-one', 'one');
  registry.failWhen((method) => {
    if (method === 'put') throw new Error('MANIFEST_BLOB_UNKNOWN');
  });

  expect(await claimVersion(SERVICE, TO, own.digest, 'run-2', { claims, registry })).toEqual({
    version: 'v1.4.0-dev-3',
    isTagged: false,
  });
});

test('a number that was put by hand is passed over, and not put again', async () => {
  const registry = createMemoryRegistry();
  registry.seed(TO, 'v1.4.0-dev-2', 'by hand');
  const own = registry.seed(TO, 'in-one', 'one');

  expect(await claimVersion(SERVICE, TO, own.digest, 'run-1', { claims: createMemoryClaims(), registry })).toEqual({
    version: 'v1.4.0-dev-3',
    isTagged: false,
  });
  expect(registry.writes).toEqual([]);
});

test('a line of 10,000 numbers without a free one ends with an error', async () => {
  const registry = { ...createMemoryRegistry(), head: async () => 'sha256:other' };
  const asked = jest.spyOn(registry, 'head');

  await expect(
    claimVersion(SERVICE, TO, 'sha256:own', 'run-1', { claims: createMemoryClaims(), registry }),
  ).rejects.toMatchObject({
    name: 'VersionTaken',
    message: 'registry.example/team/auth has no free version in the line v1.4.0-dev after 10000 tries',
  });
  expect(asked).toHaveBeenCalledTimes(10_000);
  expect(asked).toHaveBeenLastCalledWith(TO, versionInLine(LINE, AFTER + 10_000));
});
