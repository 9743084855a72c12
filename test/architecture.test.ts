/**
 * The direction of imports: core <- adapters <- lambdas <- cli, local; lib knows names and types only. Within core, a folder imports
 * only folders above it in CORE_FOLDERS. Type imports count as imports.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

/** What each room may import from: other rooms, and packages where the list is closed. */
const ROOMS: Readonly<Record<string, { readonly rooms: readonly string[]; readonly packages?: readonly string[] }>> = {
  core: {
    rooms: ['core'],
    packages: [
      'node:buffer',
      'node:crypto',
      '@octokit/webhooks-methods',
      'hono/jsx',
      're2js',
      'standardwebhooks',
      'yaml',
      'zod',
    ],
  },
  adapters: { rooms: ['core', 'adapters'] },
  lambdas: { rooms: ['core', 'adapters', 'lambdas'] },
  buildspecs: { rooms: ['core', 'adapters', 'buildspecs'] },
  local: { rooms: ['core', 'adapters', 'lambdas', 'lib', 'buildspecs', 'local'] },
  cli: { rooms: ['core', 'adapters', 'lambdas', 'local', 'cli'] },
  lib: { rooms: ['core', 'lambdas', 'lib'], packages: ['aws-cdk-lib', 'constructs', 'node:', 'yaml', 'esbuild'] },
};

/** The folders of core. Each may import from those above it and from nothing else. */
const CORE_FOLDERS = [
  'text',
  'contract',
  'values',
  'image',
  'version',
  'catalog',
  'settings',
  'ports',
  'scan',
  'signing',
  'dockerfile',
  'dockerignore',
  'input-digest',
  'modules',
  'estimate',
  'planning',
  'catalog-init',
  'convergence',
  'rollout',
  'compare',
  'report',
  'webhook',
  'doctor',
  'graph',
  'board',
];

/** The most files that a folder holds beside its subfolders. */
const MAX_FILES = 12;

/** The most lines of one test, table included: a screen. */
const LONGEST_TEST = 60;

/** Types that are no I/O: of Node's own modules, for a port; of payloads as git hosts document them. */
const TYPE_ONLY = [
  "import type { Readable } from 'node:stream'",
  "import type { PullRequestEditedEvent, PushEvent } from '@octokit/webhooks-types'",
  "import type { WebhookMergeRequestEventSchema, WebhookPushEventSchema } from '@gitbeaker/core'",
];

const SOURCE_ROOMS = Object.keys(ROOMS);

interface Import {
  readonly file: string;
  readonly statement: string;
  readonly from: string;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(path) ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const pattern =
    /^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'|require\('([^']+)'\)/gms;
  return [...text.matchAll(pattern)].map((match) => ({
    file: relative(ROOT, file),
    statement: match[0].replace(/\s+/g, ' '),
    from: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '',
  }));
}

function roomOf(file: string, from: string): string {
  return relative(ROOT, resolve(ROOT, dirname(file), from)).split('/')[0] ?? '';
}

function breaches(room: string): string[] {
  const rule = ROOMS[room];
  if (rule === undefined) throw new Error(`no rule for room ${room}`);
  return sourceFiles(join(ROOT, room))
    .flatMap(importsOf)
    .filter(({ file, from, statement }) => {
      if (from.startsWith('.')) return !rule.rooms.includes(roomOf(file, from));
      if (rule.packages === undefined || TYPE_ONLY.includes(statement)) return false;
      return !rule.packages.some((name) => from === name || from.startsWith(name.endsWith(':') ? name : `${name}/`));
    })
    .map(({ file, from }) => `${file} imports ${from}`);
}

function targetOf(file: string, from: string): string {
  return from.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), from)) : from;
}

function coreRank(path: string): number {
  return CORE_FOLDERS.indexOf(path.split('/')[1] ?? '');
}

function folders(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...below.flatMap(({ name }) => folders(join(folder, name)))];
}

function circles(files: readonly string[]): string[] {
  const edges = files.map((file): [string, string[]] => {
    const own = importsOf(file).filter(({ from }) => from.startsWith('.'));
    const targets = own.map((statement) => targetOf(statement.file, statement.from));
    return [relative(ROOT, file), targets.flatMap((target) => [`${target}.ts`, `${target}.tsx`])];
  });
  return circularPaths(new Map(edges));
}

/** Returns one path for each circle that a depth-first walk meets. */
function circularPaths(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

/** Returns the first lines of tests that are too long. The formatter ends a test on a line with the indentation of its first one. */
function longTests(text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const indent = /^( *)test(\.each)?\(/.exec(line)?.[1];
    if (indent === undefined) return [];
    const length = lines
      .slice(start)
      .findIndex((end) => /^ *[\])}]+.*\);$/.test(end) && end.search(/\S/) === indent.length);
    return length + 1 > LONGEST_TEST ? [line.trim()] : [];
  });
}

describe('the direction of imports', () => {
  test.each(SOURCE_ROOMS)('%s imports only what it may', (room) => {
    expect(breaches(room)).toEqual([]);
  });

  test('lib takes from core the contract and types, from lambdas only the names of their settings', () => {
    const allowed = [
      'core/contract/',
      'core/settings/',
      'core/catalog/model',
      'core/catalog/parse-catalog',
      'core/catalog/schema',
      'core/estimate/price',
      'core/image/build-images',
      'core/planning/job-source',
      'core/report/metrics',
      'core/report/notice',
      'lambdas/shared/environment',
      'lib/',
    ];
    const found = sourceFiles(join(ROOT, 'lib'))
      .flatMap(importsOf)
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({ file, target: relative(ROOT, resolve(ROOT, dirname(file), from)) }))
      .filter(
        ({ target }) => !allowed.some((name) => target === name || (name.endsWith('/') && target.startsWith(name))),
      );
    expect(found).toEqual([]);
  });

  test('within core a folder imports only folders above it', () => {
    const folders = readdirSync(join(ROOT, 'core'));
    expect(folders.toSorted()).toEqual(CORE_FOLDERS.toSorted());
    const breaches = sourceFiles(join(ROOT, 'core'))
      .flatMap(importsOf)
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({ file, target: targetOf(file, from) }))
      .filter(({ file, target }) => coreRank(target) > coreRank(file));
    expect(breaches).toEqual([]);
  });

  test('the contract imports nothing but text and itself', () => {
    const breaches = sourceFiles(join(ROOT, 'core/contract'))
      .flatMap(importsOf)
      .filter(({ file, from }) => !/^core\/(contract|text)\//.test(targetOf(file, from)));
    expect(breaches).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    expect(circles(SOURCE_ROOMS.flatMap((room) => sourceFiles(join(ROOT, room))))).toEqual([]);
  });

  test('a circle would be noticed', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['a']],
    ]);
    expect(circularPaths(edges)).toEqual(['a -> b -> c -> a']);
  });

  test('no folder has more than a dozen files', () => {
    const crowded = [...SOURCE_ROOMS, 'bin', 'bench', 'rehearsal', 'test', 'docs']
      .flatMap((room) => folders(join(ROOT, room)))
      .map((folder) => ({
        folder: relative(ROOT, folder),
        files: readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).length,
      }))
      // Decisions are a numbered series, which only grows.
      .filter(({ folder, files }) => files > MAX_FILES && folder !== 'docs/decisions');
    expect(crowded).toEqual([]);
  });

  test('the rule would notice a breach', () => {
    const breach = { file: 'core/planning/x.ts', from: '../../adapters/clock' };
    expect(roomOf(breach.file, breach.from)).toBe('adapters');
    expect(ROOMS.core?.rooms).not.toContain('adapters');
  });

  test('a package that a room imports is in package.json, and not only for development', () => {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string>>;
    // Where esbuild is missing, the published package has its bundles.
    const atRunTime = { ...dependencies, ...peerDependencies, esbuild: '' };
    const missing = [...SOURCE_ROOMS, 'bench', 'rehearsal', 'test']
      .flatMap((room) => sourceFiles(join(ROOT, room)).flatMap(importsOf))
      .map((each) => ({ ...each, name: /^(@[^/]+\/)?[^/]+/.exec(each.from)?.[0] ?? '' }))
      .filter(({ from, name }) => !from.startsWith('.') && !isBuiltin(from) && !(name in atRunTime))
      .filter(({ file, statement, name }) => {
        const isShipped = SOURCE_ROOMS.includes(file.split('/')[0] ?? '') && !statement.startsWith('import type');
        return isShipped || !(name in devDependencies || `@types/${name}` in devDependencies);
      });
    expect(missing.map(({ file, from }) => `${file} imports ${from}`)).toEqual([]);
  });

  test('no source file is longer than 300 lines', () => {
    const long = [...SOURCE_ROOMS, 'bin', 'bench', 'rehearsal', 'test']
      .flatMap((room) => sourceFiles(join(ROOT, room)))
      .map((file) => ({ file: relative(ROOT, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  test('no test is longer than a screen', () => {
    const long = sourceFiles(join(ROOT, 'test')).flatMap((file) =>
      longTests(readFileSync(file, 'utf8')).map((name) => `${relative(ROOT, file)}: ${name}`),
    );
    expect(long).toEqual([]);
  });

  test('a test of 61 lines would be noticed', () => {
    const ofLines = (count: number) => `  test('x', () => {\n${'    work();\n'.repeat(count - 2)}  });\n`;
    expect(longTests(ofLines(60))).toEqual([]);
    expect(longTests(ofLines(61))).toEqual(["test('x', () => {"]);
    expect(longTests(`  test.each([\n${'    1,\n'.repeat(59)}  ])('x %d', () => work());\n`)).toHaveLength(1);
  });
});
