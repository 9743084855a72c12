/**
 * Measures `plan` beside what a team would use instead: `nx show projects --affected`, `turbo ls --affected`, and `git diff` with a table of
 * folders. Prints for each the time of a whole process, and how many builds it misses and wastes. Run by `npm run bench:affected`.
 *
 * The peers get the best that they can have: a package for each service and module, and every dependency that a Dockerfile copies.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { table } from '../cli/output/print';
import { median, runPipeline } from './support/measure';
import { makeMonorepo } from './support/synthetic-monorepo';

const SIZE = { services: 63, files: 6000, modules: 12, pushes: 1 };
const ROUNDS = 7;
const PEERS = { nx: '24.0.6', turbo: '2.11.11' };

/** A service, and the paths that its Dockerfile copies. */
interface Service {
  readonly name: string;
  readonly folder: string;
  readonly copied: readonly string[];
}

/** A tool that tells which services a commit affects. */
interface Tool {
  readonly name: string;
  readonly affected: () => readonly string[];
}

function main(): void {
  const bare = makeMonorepo(SIZE);
  try {
    const root = join(dirname(bare.path), 'work');
    execFileSync('git', ['clone', '--quiet', bare.path, root]);
    const services = prepare(root);
    const tools = toolsFor(root, dirname(bare.path), services);
    const scores = new Map(tools.map(({ name }) => [name, { missed: 0, wasted: 0, times: [] as number[] }]));
    let needed = 0;
    for (const [title, path] of CHANGES) {
      append(root, path, '# changed\n');
      commit(root, title);
      const right = new Set(services.filter((service) => reads(service, path)).map(({ name }) => name));
      needed += right.size;
      for (const { name, affected } of tools) {
        const found = new Set(affected());
        const score = scores.get(name);
        if (score === undefined) continue;
        score.missed += [...right].filter((each) => !found.has(each)).length;
        score.wasted += [...found].filter((each) => !right.has(each)).length;
      }
    }
    for (let round = 0; round < ROUNDS; round += 1)
      for (const tool of tools) scores.get(tool.name)?.times.push(time(tool));
    print(tools, scores, needed);
  } finally {
    bare.remove();
  }
}

/** The changes, one commit each. Every path exists in the monorepo or is added. */
const CHANGES: readonly (readonly [string, string])[] = [
  ['source of a service', 'group1/service1/part0/file0.py'],
  ['requirements of a service', 'group2/service2/requirements.txt'],
  ['Dockerfile of a service', 'group3/service3/Dockerfile'],
  ['source of a module', 'libraries/module1/part0/file0.py'],
  ['page of a module, which .dockerignore excludes', 'libraries/module2/README.md'],
  ['page of a service, which .dockerignore excludes', 'group4/service4/README.md'],
  ['test of a service, which its Dockerfile does not copy', 'group5/service5/tests/test_app.py'],
  ['file outside of all packages, which three Dockerfiles copy', 'config/shared.ini'],
  ['source of a service that another image copies, too', 'group6/service6/part0/file0.py'],
  ['documentation', 'docs/part0/file0.py'],
  ['workflow of the CI', '.github/workflows/ci.yml'],
];

/** Gives some Dockerfiles what real ones have, and makes packages of all folders. */
function prepare(root: string): readonly Service[] {
  const services = Array.from({ length: SIZE.services }, (_, at): Service => {
    const folder = `group${at % 50}/service${at}`;
    const file = join(root, folder, 'Dockerfile');
    if (at === 5)
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(`COPY ${folder} /src/service`, `COPY ${folder}/part0 /src`),
      );
    if (at >= 10 && at < 13) appendFileSync(file, 'COPY config/shared.ini /etc/shared.ini\n');
    if (at === 20) appendFileSync(file, 'COPY group6/service6/part0 /src/peer\n');
    return { name: `service${at}`, folder, copied: copiedBy(readFileSync(file, 'utf8')) };
  });
  append(root, 'config/shared.ini', '[shared]\n');
  const modules = Array.from({ length: SIZE.modules }, (_, at) => `libraries/module${at}`);
  for (const folder of modules) writePackage(root, folder, []);
  for (const { folder, copied } of services)
    writePackage(
      root,
      folder,
      modules.filter((module) => copied.includes(module)),
    );
  const workspace = {
    name: 'monorepo',
    private: true,
    packageManager: 'npm@10.8.2',
    workspaces: ['group*/*', 'libraries/*'],
    devDependencies: PEERS,
  };
  writeFileSync(join(root, 'package.json'), JSON.stringify(workspace));
  writeFileSync(join(root, 'nx.json'), '{}');
  writeFileSync(join(root, 'turbo.json'), JSON.stringify({ tasks: { build: {} } }));
  writeFileSync(join(root, '.gitignore'), 'node_modules\n.nx\n.turbo\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: root, stdio: 'ignore' });
  commit(root, 'packages');
  return services;
}

function copiedBy(dockerfile: string): readonly string[] {
  return [...dockerfile.matchAll(/^COPY (?!--)(\S+) /gm)].map(([, source = '']) => source);
}

/** True if the build of the service reads the file. It is this benchmark's own judge, which knows only what these Dockerfiles have. */
function reads({ folder, copied }: Service, path: string): boolean {
  if (path === `${folder}/Dockerfile`) return true;
  return !path.endsWith('.md') && copied.some((source) => path === source || path.startsWith(`${source}/`));
}

function writePackage(root: string, folder: string, dependencies: readonly string[]): void {
  const name = (path: string) => path.split('/').at(-1) ?? path;
  const content = {
    name: name(folder),
    version: '1.0.0',
    dependencies: Object.fromEntries(dependencies.map((each) => [name(each), '1.0.0'])),
    scripts: { build: 'true' },
  };
  writeFileSync(join(root, folder, 'package.json'), JSON.stringify(content));
}

function append(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  appendFileSync(join(root, path), text);
}

function commit(root: string, message: string): void {
  execFileSync('git', ['-C', root, 'add', '--all']);
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', ['-C', root, ...identity, 'commit', '--quiet', '-m', message]);
}

function toolsFor(root: string, folder: string, services: readonly Service[]): readonly Tool[] {
  const catalog = join(folder, 'catalog.yaml');
  writeFileSync(catalog, runPipeline(['catalog', 'init', '--repo', root]).stdout);
  const run = (command: string, args: readonly string[]) =>
    output(root, join(root, 'node_modules/.bin', command), args);
  const isService = (name: string) => /^service\d+$/.test(name);
  return [
    {
      name: 'pipeline plan',
      affected: () => {
        const args = ['plan', '--repo', root, '--base', 'HEAD~1', '--catalog', catalog, '--json'];
        const { services: planned } = JSON.parse(runPipeline(args).stdout) as {
          services: { name: string; action: string }[];
        };
        return planned.filter(({ action }) => action === 'build').map(({ name }) => name);
      },
    },
    {
      name: 'nx show projects --affected',
      affected: () => {
        const args = ['show', 'projects', '--affected', '--base=HEAD~1', '--head=HEAD', '--json'];
        return (JSON.parse(run('nx', args)) as string[]).filter(isService);
      },
    },
    {
      name: 'turbo ls --affected',
      affected: () => {
        const { packages: found } = JSON.parse(run('turbo', ['ls', '--affected', '--output=json'])) as {
          packages: { items: { name: string }[] };
        };
        return found.items.map(({ name }) => name).filter(isService);
      },
    },
    {
      name: 'git diff and a table',
      affected: () => {
        const paths = output(root, 'git', ['diff', '--name-only', 'HEAD~1', 'HEAD']).split('\n');
        const below = (path: string) => paths.some((each) => each.startsWith(`${path}/`));
        return services
          .filter(
            ({ folder: own, copied }) =>
              below(own) || copied.some((source) => source.startsWith('libraries/') && below(source)),
          )
          .map(({ name }) => name);
      },
    },
  ];
}

function output(cwd: string, command: string, args: readonly string[]): string {
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    TURBO_SCM_BASE: 'HEAD~1',
    TURBO_TELEMETRY_DISABLED: '1',
  };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

function time({ affected }: Tool): number {
  const start = performance.now();
  affected();
  return performance.now() - start;
}

function print(
  tools: readonly Tool[],
  scores: ReadonlyMap<string, { readonly missed: number; readonly wasted: number; readonly times: readonly number[] }>,
  needed: number,
): void {
  const own = median(scores.get('pipeline plan')?.times ?? []);
  const rows = tools.map(({ name }) => {
    const { missed = 0, wasted = 0, times = [] } = scores.get(name) ?? {};
    const ms = median(times);
    return [name, Math.round(ms), (ms / own).toFixed(2), missed, wasted];
  });
  const head = `${SIZE.services} services, ${SIZE.files} files, ${CHANGES.length} commits that require ${needed} builds; median of ${ROUNDS}`;
  process.stdout.write(`${head}\n${table(['tool', 'ms', 'of plan', 'missed', 'wasted'], rows)}\n`);
}

main();
