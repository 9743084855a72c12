/** A home with any number of services and recorded runs, as an earlier version of time would have left it: for the board's tests and benchmark. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlannedService } from '../../../core/contract/plan';
import type { RunReport, RunTimeline } from '../../../core/contract/report';
import { printTrailers } from '../../../core/version/commit-message';
import { type LockEntry, printVersionLock } from '../../../core/version/version-lock';
import { homePaths, writeLocalSettings } from '../../../local/runtime/home';
import { plannedService, planOf, reportOf } from './runs';

export interface BoardHomeSize {
  readonly services: number;
  readonly runs: number;
  /** The newest runs that have a plan. Default: all. */
  readonly plans?: number;
  /** The newest runs that have a commit. Default: all. */
  readonly commits?: number;
}

export interface BoardHome {
  readonly home: string;
  /** The names of the runs, the oldest first. */
  readonly runs: readonly string[];
  /** Writes a record of a run. */
  write(key: string, value: unknown): void;
  remove(): void;
}

/** The time of the last run. */
export const LAST = Date.parse('2026-11-29T09:00:00Z');
const HOUR = 3_600_000;
const ENVIRONMENTS = ['dev', 'staging', 'production'] as const;

/** Services that a push builds. */
const BUILT = 5;

/** Makes the home in a new temporary folder: a run an hour, every tenth of them a release, every seventh push failed. */
export async function makeBoardHome({
  services,
  runs,
  plans = runs,
  commits = runs,
}: BoardHomeSize): Promise<BoardHome> {
  const folder = mkdtempSync(join(tmpdir(), 'board-home-'));
  const home = join(folder, 'home');
  const paths = homePaths(home);
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  const made = Array.from({ length: runs }, (_, index) => madeRun(index, runs));
  const write = (key: string, value: unknown) => {
    const file = join(paths.objects, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  };
  const environments = ENVIRONMENTS.map((name) => ({
    name,
    values: `chart/values-${name}.yaml`,
    ...(name === 'production' ? { approval: { hours: 8 } } : {}),
  }));
  await writeLocalSettings(
    home,
    {
      git: { host: 'local', path: paths.repository },
      environments,
      releases: { host: '127.0.0.1:1', namespace: 'team' },
      candidates: { host: '127.0.0.1:1', repository: 'candidates' },
      branches: [
        { branch: 'develop', allow: ['push', 'build'], version: '{version}-dev', environment: 'dev' },
        { branch: 'main', allow: ['release', 'promote', 'rollback', 'build'], environment: 'staging' },
      ],
    },
    false,
  );
  const source = makeRepository(paths.repository, names, made.slice(runs - commits));
  for (const run of made) writeRun(run, names, source, write, run.index >= runs - plans);
  return {
    home,
    runs: made.map(({ name }) => name),
    write,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface MadeRun {
  readonly index: number;
  readonly name: string;
  readonly at: number;
  readonly isRelease: boolean;
  readonly isFailed: boolean;
}

function madeRun(index: number, runs: number): MadeRun {
  const at = LAST - (runs - 1 - index) * HOUR;
  const isRelease = index % 10 === 0;
  const time = new Date(at).toISOString().replace(/[-:.Z]/g, '');
  const name = isRelease ? `release-v1-${index}-0-${time}` : `push-develop-${index}-${time}`;
  return { index, name, at, isRelease, isFailed: !isRelease && index % 7 === 0 };
}

/** The services that a run builds. */
function builtBy({ index, isRelease }: MadeRun, services: number): (at: number) => boolean {
  if (isRelease) return (at) => at % 4 === index % 4;
  return (at) => (at - index + services * 1000) % services < Math.min(BUILT, services);
}

function writeRun(
  run: MadeRun,
  names: readonly string[],
  source: string,
  write: BoardHome['write'],
  hasPlan: boolean,
): void {
  const { name, at, isRelease, isFailed, index } = run;
  const isBuilt = builtBy(run, names.length);
  const other = isRelease ? 'retag' : 'keep';
  const services = names.map((service, number): PlannedService => {
    const reasons = isBuilt(number)
      ? [
          {
            kind: 'input-changed' as const,
            path: `services/${service}/main.py`,
            text: 'changed, read by COPY (line 3)',
          },
        ]
      : [{ kind: 'unchanged' as const, text: `inputs equal those of v1.${index}.0` }];
    return plannedService(service, isBuilt(number) ? 'build' : other, {
      reasons,
      previousVersion: `v1.${index}.0-rc-1`,
    });
  });
  const head: Partial<Plan> = isRelease
    ? { ref: 'main', environment: 'staging', platformVersion: `v1.${index}.0` }
    : { action: 'push', ref: 'develop', environment: 'dev' };
  const plan = planOf(services, { run: name, commit: source, ...head });
  const failed = services.find(({ action }) => action === 'build')?.name ?? '';
  const report: Partial<RunReport> = {
    run: name,
    action: plan.action,
    source,
    ref: plan.ref,
    environment: plan.environment,
    startedAt: new Date(at).toISOString(),
    services: services.map((service) => ({
      name: service.name,
      stage: service.stage,
      action: service.action,
      end:
        isFailed && service.name === failed
          ? 'failed'
          : ({ build: 'built', retag: 'retagged', keep: 'kept' } as const)[service.action],
    })),
    ...(isRelease ? { version: `v1.${index}.0` } : {}),
    ...(isFailed
      ? {
          status: 'FAILED',
          commit: null,
          error: { name: 'BuildsFailed', message: '1 of 5 builds failed' },
          failed: [{ service: failed, status: 'FAILED', cause: 'exit status 1' }],
        }
      : {}),
  };
  if (hasPlan) write(objectKeys.plan(name), plan);
  write(objectKeys.report(name), reportOf(report));
  write(objectKeys.timeline(name), timelineOf(run, services));
}

function timelineOf({ name, at }: MadeRun, services: readonly PlannedService[]): RunTimeline {
  const built = services.filter(({ action }) => action === 'build');
  const jobs = built.map((service, number) => ({
    name: service.name,
    queuedAt: at + 9000,
    startedAt: at + 10_000 + number * 500,
    endedAt: at + 200_000 + number * 900,
  }));
  const steps = [
    { name: 'Plan the run', startedAt: at + 500, endedAt: at + 8000 },
    { name: 'Build images', startedAt: at + 8000, endedAt: at + 600_000 },
    { name: 'Tag all images', startedAt: at + 600_000, endedAt: at + 610_000 },
  ];
  return { schema: 1, run: name, startedAt: at, endedAt: at + 620_000, steps, jobs };
}

/** Makes the repository with the catalog and, for each run that succeeded, a commit of its version lock. Returns the first commit. */
function makeRepository(path: string, names: readonly string[], runs: readonly MadeRun[]): string {
  execFileSync('git', ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', path]);
  const catalog = ['platform: v1.0.0', 'services:', ...names.map((name) => `  ${name}: services/${name}`)].join('\n');
  const files: Record<string, string> = { 'pipeline.yaml': `${catalog}\n`, 'shared/lib.py': 'shared = 1\n' };
  for (const name of names) {
    files[`services/${name}/Dockerfile`] = `FROM scratch\nCOPY shared /shared\nCOPY services/${name} /app\n`;
    files[`services/${name}/main.py`] = `print('${name}')\n`;
  }
  const start = LAST - (runs.length + 1) * HOUR;
  fastImport(path, [{ branch: 'main', author: 'Ada Lovelace', at: start, message: 'first', files, isFirst: true }]);
  const source = execFileSync('git', ['-C', path, 'rev-parse', 'main'], { encoding: 'utf8' }).trim();
  execFileSync('git', ['-C', path, 'branch', 'develop', source]);
  fastImport(path, [...lockCommits(names, runs, source), ...lastCommits()]);
  return source;
}

function lockCommits(names: readonly string[], runs: readonly MadeRun[], source: string): readonly MadeCommit[] {
  const locks = new Map(ENVIRONMENTS.map((environment) => [environment, new Map<string, LockEntry>()]));
  const entry = (version: string, number: number): LockEntry => ({
    version,
    digest: `sha256:${number.toString(16).padStart(64, '0')}`,
    inputDigest: number.toString(16).padStart(40, '0'),
    source,
    built: '2026-11-20',
    bases: { 'python:3.12': `sha256:${'b'.repeat(64)}` },
  });
  for (const lock of locks.values()) {
    for (const [at, name] of names.entries()) lock.set(name, entry('v1.0.0', at));
  }
  const branches = { dev: 'develop', staging: 'main', production: 'main' } as const;
  const print = (environment: (typeof ENVIRONMENTS)[number]) => ({
    [`chart/version-lock-${environment}.yaml`]: printVersionLock(locks.get(environment) ?? new Map()),
  });
  const first = ENVIRONMENTS.map((environment) =>
    madeCommit(
      branches[environment],
      'pipeline',
      LAST - runs.length * HOUR,
      `release v1.0.0\n\n${printTrailers({ run: 'release-first', source })}\n`,
      print(environment),
    ),
  );
  const later = runs
    .filter(({ isFailed }) => !isFailed)
    .map((run) => {
      const environment = run.isRelease ? 'staging' : 'dev';
      const isBuilt = builtBy(run, names.length);
      const version = run.isRelease ? `v1.${run.index}.0` : `v1.${run.index}.0-dev`;
      names.forEach((name, at) => {
        if (isBuilt(at)) locks.get(environment)?.set(name, entry(version, run.index * 10_000 + at));
      });
      const message = `${version}: services\n\n${printTrailers({ run: run.name, source })}\n`;
      return madeCommit(branches[environment], 'pipeline', run.at, message, print(environment));
    });
  return [...first, ...later];
}

/** What is not released yet. */
function lastCommits(): readonly MadeCommit[] {
  const change = (author: string, subject: string, file: string) =>
    madeCommit('main', author, LAST, subject, { [file]: `${subject}\n` });
  return [
    change('Grace Hopper', 'service-0: answers faster (#12)', 'services/service-0/main.py'),
    change('Ada Lovelace', 'shared: a new field', 'shared/lib.py'),
  ];
}

interface MadeCommit {
  readonly branch: string;
  readonly author: string;
  readonly at: number;
  readonly message: string;
  readonly files: Readonly<Record<string, string>>;
  /** True if it has no parent. */
  readonly isFirst?: boolean;
}

function madeCommit(
  branch: string,
  author: string,
  at: number,
  message: string,
  files: MadeCommit['files'],
): MadeCommit {
  return { branch, author, at, message, files };
}

/** https://git-scm.com/docs/git-fast-import: the first commit of a branch in a stream names its parent. */
function fastImport(path: string, commits: readonly MadeCommit[]): void {
  const begun = new Set<string>();
  const stream = commits.map(({ branch, author, at, message, files, isFirst = false }) => {
    const from = isFirst || begun.has(branch) ? '' : `from refs/heads/${branch}^0\n`;
    begun.add(branch);
    const who = `${author} <${author.toLowerCase().replace(' ', '.')}@example.com> ${Math.floor(at / 1000)} +0000`;
    const changes = Object.entries(files).map(([file, text]) => `M 100644 inline ${file}\n${dataText(text)}`);
    return `commit refs/heads/${branch}\nauthor ${who}\ncommitter ${who}\n${dataText(message)}${from}${changes.join('')}\n`;
  });
  const input = stream.map((text) => Buffer.from(text));
  execFileSync('git', ['-C', path, 'fast-import', '--quiet'], { input: Buffer.concat(input), maxBuffer: 1 << 30 });
}

function dataText(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
