/** The commands with which all buildspecs make the programs of a build machine trust private certificate authorities, run with folders of this test. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBuildspec } from '../contracts/buildspec-contract';

const UBUNTU = '/usr/local/share/ca-certificates';
const AMAZON = '/etc/pki/ca-trust/source/anchors';

const found = ['image', 'module', 'command'].map((name) =>
  readBuildspec(name).commands.filter((command) => command.includes(UBUNTU)),
);
const [command = ''] = found[0] ?? [];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'authorities-'));
  for (const name of ['bin', UBUNTU, AMAZON]) mkdirSync(join(folder, name), { recursive: true });
  addProgram('aws', `printf '%s' "$*" > "$5"`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function addProgram(name: string, body: string): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
}

/** Runs the command, and returns the programs that filled a store. */
function run(env: Readonly<Record<string, string>>): string {
  const text = command.replaceAll(UBUNTU, join(folder, UBUNTU)).replaceAll(AMAZON, join(folder, AMAZON));
  const { status, stdout, stderr } = spawnSync(
    '/bin/bash',
    ['--noprofile', '--norc', '-c', `PATH="${folder}/bin"; cp() { /bin/cp "$@"; }; ${text}`],
    {
      env: { PATH: join(folder, 'bin'), ...env },
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('filled'))
    .join();
}

const variables = () => ({
  CERTIFICATE_AUTHORITIES: 'bucket/key.pem',
  NODE_EXTRA_CA_CERTS: join(folder, 'authorities.pem'),
});

test('all three buildspecs have the same command, before anything asks a server', () => {
  expect(found).toEqual([[command], [command], [command]]);
});

test.each([
  ['Ubuntu', 'update-ca-certificates', UBUNTU],
  ['Amazon Linux', 'update-ca-trust', AMAZON],
])('on %s the file gets into the store of the machine', (_, program, store) => {
  addProgram(program, 'echo filled');
  expect(run(variables())).toBe('filled');
  const text = `s3 cp --only-show-errors s3://bucket/key.pem ${join(folder, 'authorities.pem')}`;
  expect(readFileSync(join(folder, store, 'pipeline.crt'), 'utf8')).toBe(text);
});

test('without the setting nothing is fetched, and no store is touched', () => {
  addProgram('update-ca-certificates', 'echo filled');
  expect(run({})).toBe('');
});
