/** When a build has ended, its machine has no secret and no agent any more, although the job goes on. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, buildTogether, listed, log, useDockerCalls } from '../docker-calls';

useDockerCalls();

let folder: string;
let variables: Readonly<Record<string, string>>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forgotten-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  const places = { npm: 'env:NPM_TOKEN', deploy: `file:${join(folder, 'key')}` };
  variables = { BUILD_SECRETS: JSON.stringify(places), NPM_TOKEN: 'top-secret' };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Notes files of secrets, sockets and agents below the folder of the job: during a build, and when its builder is removed. */
function noting(end: string): string {
  const look = `find . -path '*/secret-files/*' -o -type s -o -name 'k-*' | sed 's/k-[^/]*/agents/'; for each in /proc/[0-9]*; do
    tr '\\0' ' ' < "$each/cmdline" 2> /dev/null | grep "^ssh-agent .*$(pwd)/" | cut -d ' ' -f 1; done`;
  return `case "$*" in
    "buildx build "*--secret=*) { ${look}; } > ${folder}/during; ${end} ;;
    "buildx rm "*) { ${look}; echo end; } > ${folder}/after ;;
  esac`;
}

const noted = (when: string) => readFileSync(join(folder, when), 'utf8').trim().split('\n').sort();

test.each([
  ['succeeds', 'exit 0', 'succeeded'],
  ['fails', 'exit 7', 'failed'],
])('of a build that %s', async (_what, end, kind) => {
  expect(await build('lent', noting(end), variables)).toMatchObject({ kind });

  expect(noted('during')).toEqual(['./agents', './agents/default', './job/secret-files/npm', 'ssh-agent']);
  expect(noted('after')).toEqual(['end']);
  expect(log()).not.toContain('top-secret');
});

test('of a build on a shared machine', async () => {
  const images = [listed('base'), listed('lent')];
  expect(await buildTogether(images, noting('exit 0'), () => undefined, variables)).toEqual({ kind: 'succeeded' });

  expect(noted('during')).toEqual(['./agents', './agents/default', './jobs/lent/secret-files/npm', 'ssh-agent']);
  expect(noted('after')).toEqual(['end']);
});
