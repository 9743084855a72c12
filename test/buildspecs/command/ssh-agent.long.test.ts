/** A job lends a build its keys by agents: no file has a key, and no agent outlives the build. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useCommandJobs } from '../../support/commands/command-jobs';
import { DOCKER } from '../../support/commands/docker-stand-in';

const jobs = useCommandJobs(() => DOCKER);

let path: string;
let publicKey: string;
beforeAll(() => {
  path = join(jobs.folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'of-the-test', '-f', path]);
  publicKey = readFileSync(`${path}.pub`, 'utf8').split(' ')[1] ?? '';
});

const SHOW = 'ssh-add -L; SSH_AUTH_SOCK="$IMAGE_SSH/libs" ssh-add -l; echo "at $IMAGE_SSH"';
const places = (place: string, other = place) => ({ BUILD_SECRETS: JSON.stringify({ deploy: place, other }) });

/** Command lines of running programs that have the text. */
function running(text: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(text));
}

function expectNothingLeft(log: string): void {
  const folder = /^at (\/\S+)$/m.exec(log)?.[1] ?? '';
  expect(folder).not.toBe('');
  expect(existsSync(folder)).toBe(false);
  expect(running(folder)).toEqual([]);
  expect(log).not.toContain('PRIVATE KEY');
  const [, secret = ''] = readFileSync(path, 'utf8').split('\n');
  expect(log).not.toContain(secret);
}

test('a build uses its keys by agents that end with it', async () => {
  const { result, log } = await jobs.run(
    ['ssh: { default: deploy, libs: other }', `build: '${SHOW}; node tools/make-image.mjs'`],
    { env: { ...places(`file:${path}`, 'env:KEY'), KEY: readFileSync(path, 'utf8').trimEnd() } },
  );

  expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
  expect(log).toContain(publicKey);
  expect(log).toMatch(/^256 SHA256:\S+ of-the-test \(ED25519\)$/m);
  expectNothingLeft(log);
});

test.each([
  ['fails', 'exit 3', 60_000],
  ['takes too long', 'sleep 60', 5_000],
])('so do they if the build %s', async (_what, end, timeoutMs) => {
  const keys = ['ssh: { default: deploy, libs: deploy }', `build: '${SHOW}; ${end}'`];
  const { result, log } = await jobs.run(keys, { env: places(`file:${path}`), timeoutMs });

  expect(result.kind).not.toBe('succeeded');
  expect(log).toContain(publicKey);
  expectNothingLeft(log);
});

test('a build without keys has no agent', async () => {
  const { log } = await jobs.run([
    `build: 'echo "<$IMAGE_SSH>"; env | grep -c "^SSH_AUTH_SOCK=" || true; node tools/make-image.mjs'`,
  ]);

  expect(log).toContain('\n<>\n0\n');
});

test('a key that no agent can use is told before the build, without its text', async () => {
  const closed = join(jobs.folder, 'closed');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'passphrase', '-f', closed]);
  const { result, log } = await jobs.run(['ssh: { default: deploy }', `build: '${SHOW}'`], {
    env: places(`file:${closed}`),
  });

  expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode: 1 });
  expect(log).toContain(`ssh-agent cannot use the key for default at file:${closed}`);
  expect(log).not.toContain('at /');
  expect(log).not.toContain('PRIVATE KEY');
});
