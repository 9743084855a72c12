/** The direction of imports: core <- adapters <- lambdas <- cli, local; lib knows names and types only. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

/** What each room may import from: other rooms, and packages where the list is closed. */
const ROOMS: Readonly<Record<string, { readonly rooms: readonly string[]; readonly packages?: readonly string[] }>> = {
  core: {
    rooms: ['core'],
    packages: ['node:buffer', 'node:crypto', '@octokit/webhooks-methods', 'standardwebhooks', 'yaml', 'zod'],
  },
  adapters: { rooms: ['core', 'adapters'] },
  lambdas: { rooms: ['core', 'adapters', 'lambdas'] },
  buildspecs: { rooms: ['core', 'adapters', 'buildspecs'] },
  local: { rooms: ['core', 'adapters', 'lambdas', 'lib', 'buildspecs', 'local'] },
  cli: { rooms: ['core', 'adapters', 'lambdas', 'local', 'cli'] },
  lib: { rooms: ['core', 'lambdas', 'lib'], packages: ['aws-cdk-lib', 'constructs', 'node:', 'yaml', 'esbuild'] },
};

/** Types that are no I/O: of Node's own modules, for a port; of payloads as git hosts document them. */
const TYPE_ONLY = [
  "import type { Readable } from 'node:stream'",
  "import type { PullRequestEditedEvent, PushEvent } from '@octokit/webhooks-types'",
  "import type { WebhookMergeRequestEventSchema, WebhookPushEventSchema } from '@gitbeaker/core'",
];

interface Import {
  readonly file: string;
  readonly statement: string;
  readonly from: string;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
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

describe('the direction of imports', () => {
  test.each(Object.keys(ROOMS))('%s imports only what it may', (room) => {
    expect(breaches(room)).toEqual([]);
  });

  test('lib takes from core the contract and types, from lambdas only the names of their settings', () => {
    const allowed = [
      'core/contract',
      'core/approval-contract',
      'core/job-contract',
      'core/job-env',
      'core/keys',
      'core/repository-url',
      'core/run-end',
      'core/plan/job-source',
      'core/settings',
      'core/catalog/catalog',
      'core/errors',
      'core/metrics',
      'core/notice/notice',
      'core/build-machine',
      'core/estimate/price',
    ];
    const found = sourceFiles(join(ROOT, 'lib'))
      .flatMap(importsOf)
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({ file, target: relative(ROOT, resolve(ROOT, dirname(file), from)) }))
      .filter(
        ({ target }) =>
          !target.startsWith('lib/') && !allowed.includes(target) && !/^lambdas\/(\w+\/)?env$/.test(target),
      );
    expect(found).toEqual([]);
  });

  test('the rule would notice a breach', () => {
    const breach = { file: 'core/plan/x.ts', from: '../../adapters/clock' };
    expect(roomOf(breach.file, breach.from)).toBe('adapters');
    expect(ROOMS.core?.rooms).not.toContain('adapters');
  });

  test('no source file is longer than 300 lines', () => {
    const long = [...Object.keys(ROOMS), 'bin', 'test']
      .flatMap((room) => sourceFiles(join(ROOT, room)))
      .map((file) => ({ file: relative(ROOT, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});
