/** The first five runs of `npm start`, and the invariants of docs/design.md on their recorded history. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { executionName } from '../../core/webhook/execution-input';
import type { DockerEngine } from '../../local/build/docker-engine';
import { localSettings, makeSampleRepository } from '../../local/demo/repositories';
import { sampleScenes } from '../../local/demo/scenes';
import { homePaths, writeLocalSettings } from '../../local/runtime/home';
import { freePort } from '../../local/runtime/loopback';
import { type LocalRun, openLocalPipeline } from '../../local/runtime/pipeline';
import { gitEnvironment } from '../support/git/git-repository';
import { missingParts, snapshotTags, type TagSnapshot } from '../support/registry/registry-snapshot';

const VALUES = 'cloud-tuner-dev/values.yaml';
const LOCK = 'cloud-tuner-dev/version-lock.yaml';
const NAMESPACE = 'invincibledocker24';
const CATALOG_TEXT_FILE = resolve(__dirname, '../../catalogs/cloud-tuner.yaml');

/** What was recorded around one run. */
interface Recorded extends LocalRun {
  readonly tags: TagSnapshot;
  /** Commits that the run added to the branch, oldest first. */
  readonly commits: readonly string[];
  /** The branch's head before the run. */
  readonly before: string;
}

/** Where to run: a registry of its own and a Docker engine, or neither. */
export interface DemonstrationWorld {
  readonly registry?: () => string;
  readonly docker?: () => DockerEngine;
}

/** Runs the scenes once and asserts the invariants on what they left behind. */
export function demonstrationContract(world: DemonstrationWorld): void {
  let home: string;
  let host: string;
  let runs: Recorded[];
  let serving: { close(): Promise<void> };
  let catalog: ReturnType<typeof parseCatalog>;
  const git = (...args: string[]) =>
    execFileSync('git', ['--git-dir', homePaths(home).repository, ...args], { env: gitEnvironment() })
      .toString()
      .trimEnd();
  const run = (index: number): Recorded => {
    const found = runs[index];
    if (found === undefined) throw new Error(`run ${index} was not recorded`);
    return found;
  };
  const tagsOf = (service: string, at: TagSnapshot) => {
    const image = catalog.services.find(({ name }) => name === service)?.image ?? '';
    return (version: string) => at.get(`${NAMESPACE}/${image}:${version}`);
  };
  const newCandidates = (index: number) => {
    const before = index === 0 ? new Map<string, string>() : run(index - 1).tags;
    const names = [...run(index).tags.keys()].filter((key) => key.startsWith('candidates:') && !before.has(key));
    return names.map((key) => key.slice('candidates:'.length, -41)).sort();
  };
  /** Independent of the planner: services whose Dockerfile has the text. */
  const servicesWith = (branch: string, text: string) => {
    const files = git('grep', '--files-with-matches', '--fixed-strings', '-e', text, branch).split('\n');
    return catalog.services
      .filter(({ dockerfile }) => files.includes(`${branch}:${dockerfile}`))
      .map(({ name }) => name)
      .sort();
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'demonstration-'));
    const catalogText = await readFile(CATALOG_TEXT_FILE, 'utf8');
    catalog = parseCatalog(catalogText);
    host = world.registry?.() ?? `127.0.0.1:${await freePort()}`;
    const { repository } = homePaths(home);
    await makeSampleRepository(repository, catalogText, VALUES);
    const settings = localSettings({ repository, registry: host, values: VALUES, namespace: NAMESPACE });
    const local = await writeLocalSettings(home, settings, world.registry === undefined);
    const pipeline = await openLocalPipeline({ home, local, catalogText, docker: world.docker?.() });
    serving = pipeline;
    const repositories = ['candidates', ...catalog.services.map(({ image }) => `${NAMESPACE}/${image}`)];
    runs = [];
    for (const scene of sampleScenes(createLocalGitHost(repository), repository, 'pipeline.yaml')) {
      const input = await scene.prepare();
      const branch = (input.ref ?? 'main').replace('refs/heads/', '');
      const before = git('rev-parse', branch);
      const name = executionName(input, Date.now() + runs.length * 1000);
      const ended = await pipeline.run({ name, input, refuse: new Set(scene.refuse) });
      const commits = git('rev-list', '--reverse', `${before}..${branch}`).split('\n').filter(Boolean);
      runs.push({ ...ended, tags: await snapshotTags(host, repositories), commits, before });
    }
  }, 600_000);

  afterAll(async () => {
    await serving?.close();
    await rm(home, { recursive: true, force: true });
  });

  test('four runs succeed and the rehearsed failure fails, truthfully reported', () => {
    expect(runs.map(({ report }) => report.error?.message)).toEqual([
      undefined,
      undefined,
      undefined,
      expect.stringContaining('auth: FAILED'),
      undefined,
    ]);
    expect(runs.map(({ report }) => report.status)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
      'SUCCEEDED',
      'FAILED',
      'SUCCEEDED',
    ]);
    expect(run(3).report.failed.map(({ service }) => service)).toEqual(['auth']);
    expect(run(3).report.error?.name).toBe('BuildsFailed');
  });

  test('I8: built is exactly what was not available', () => {
    const exceptions = servicesWith('develop', 'tools/optscale_exceptions');
    const changedInC = [...new Set([...servicesWith('main', 'optscale_client/auth_client'), 'ngui'])].sort();

    expect(newCandidates(0)).toEqual(catalog.services.map(({ name }) => name).sort());
    expect(newCandidates(1)).toEqual(servicesWith('develop', 'tools/cloud_adapter'));
    expect(newCandidates(1)).toEqual(
      catalog.services
        .filter(({ dependencies }) => dependencies.includes('cloud_adapter'))
        .map(({ name }) => name)
        .sort(),
    );
    expect(newCandidates(2)).toEqual(changedInC);
    expect(newCandidates(3)).toEqual(exceptions.filter((name) => name !== 'auth'));
    expect(newCandidates(4)).toEqual(['auth']);
    expect(exceptions.length).toBeGreaterThan(3);
    expect(run(4).report.totals).toMatchObject({ build: 1, retag: exceptions.length - 1 });
  });

  test('I1: every tag that any pipeline commit names can be pulled and has the recorded digest', async () => {
    const commits = runs.flatMap(({ commits }) => commits);
    expect(commits.length).toBeGreaterThan(3);
    for (const commit of commits) {
      const lock = parse(git('show', `${commit}:${LOCK}`)) as Record<string, { version: string; digest: string }>;
      const values: unknown = parse(git('show', `${commit}:${VALUES}`), { merge: true });
      for (const { name, image, values: paths } of catalog.services) {
        const recorded = lock[name];
        const tag = paths.map((path) =>
          String(path)
            .split('.')
            .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], values),
        );
        expect(`${name} ${tag.join()}`).toBe(`${name} ${recorded?.version}`);
        expect(run(4).tags.get(`${NAMESPACE}/${image}:${recorded?.version}`)).toBe(recorded?.digest);
      }
    }
    for (const key of run(4).tags.keys()) {
      const [repository = '', tag = ''] = key.split(':');
      expect(await missingParts(host, repository, tag)).toEqual([]);
    }
  }, 120_000);

  test('I2: no version ever changed its digest', () => {
    for (const [index, { tags }] of runs.entries()) {
      for (const [key, digest] of tags) {
        for (const later of runs.slice(index + 1)) expect(`${key} ${later.tags.get(key)}`).toBe(`${key} ${digest}`);
      }
    }
  });

  test('I3: the failed run left no tag in a release repository and no commit', () => {
    const releases = (at: TagSnapshot) => [...at].filter(([key]) => key.startsWith(`${NAMESPACE}/`));
    expect(releases(run(3).tags)).toEqual(releases(run(2).tags));
    expect(run(3).commits).toEqual([]);
  });

  test('I5: a retagged image keeps its digest', () => {
    const retagged = run(2).plan?.services.filter(({ action }) => action === 'retag') ?? [];
    expect(retagged.length).toBeGreaterThan(30);
    const lock = parse(git('show', `${run(2).before}:${LOCK}`)) as Record<string, { digest: string }>;
    for (const { name, followsPlatform } of retagged) {
      if (!followsPlatform) continue;
      expect(`${name} ${tagsOf(name, run(2).tags)('v1.4.0')}`).toBe(`${name} ${lock[name]?.digest}`);
    }
  });

  test('I9 and I10: each successful run is one commit on top of what was there, and changes tags only', () => {
    for (const [index, { commits, before, report }] of runs.entries()) {
      if (report.status === 'FAILED') continue;
      expect(commits).toEqual([report.commit]);
      const [commit = ''] = commits;
      expect(git('rev-parse', `${commit}^`)).toBe(before);
      const files = git('show', '--name-only', '--format=', commit).split('\n');
      expect(files.filter((file) => !file.startsWith('cloud-tuner-dev/'))).toEqual([]);
      const lines = git('diff', '--unified=0', `${commit}^`, commit, '--', VALUES).split('\n').slice(4);
      const changed = lines.filter((line) => /^[-+]/.test(line));
      expect(changed.filter((line) => !/^[-+]\s*tag: /.test(line))).toEqual([]);
      if (index !== 1) continue;
      const versions = run(1).plan?.services.filter(({ action }) => action !== 'keep').length;
      expect(changed).toHaveLength(2 * (versions ?? 0));
    }
  });

  test('the chart follows the platform version by its anchor after a release', () => {
    const text = git('show', `${run(2).report.commit}:${VALUES}`);
    expect(text).toMatch(/tag: &tag v1\.4\.0/);
    expect(text).not.toMatch(/v1\.4\.0-dev/);
  });
}
