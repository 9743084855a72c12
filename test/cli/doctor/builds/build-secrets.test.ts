import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBuildSecrets } from '../../../../cli/doctor/builds/build-secrets';
import { parseCatalog } from '../../../../core/catalog/parse-catalog';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:npm-a1b2c3';

const check = async (place: string, places: Partial<Parameters<typeof checkBuildSecrets>[1]> = {}) => {
  const settings = { buildSecrets: { npm: place } };
  const [finding] = await checkBuildSecrets(settings, {
    env: { NPM_TOKEN: 'top-secret' },
    isHere: false,
    catalog: undefined,
    ...places,
  });
  expect(JSON.stringify(finding)).not.toContain('top-secret');
  return finding;
};

test('a secret with a value is fine, and its value is not shown', async () => {
  expect(await check(ARN, { read: async () => 'top-secret' })).toMatchObject({ state: 'ok', text: 'npm has a value' });
  expect(await check('env:NPM_TOKEN', { isHere: true })).toMatchObject({ state: 'ok', text: 'npm has a value' });
});

test.each([
  ['has no value', { read: async () => undefined }, 'npm has no value'],
  [
    'does not exist or may not be read',
    { read: () => Promise.reject(Object.assign(new Error('top-secret'), { name: 'AccessDeniedException' })) },
    'npm cannot be read: AccessDeniedException; it must exist, and you need secretsmanager:GetSecretValue',
  ],
])('a secret that %s is a problem with the command that fixes it', async (_what, places, text) => {
  const fix = `aws secretsmanager put-secret-value --secret-id ${ARN} --region eu-central-1 --secret-string file://FILE`;
  expect(await check(ARN, places)).toEqual({ check: 'secrets of builds', state: 'problem', text, fix });
});

test('a variable that is not set, or that a machine in AWS would have to have, is a problem', async () => {
  expect(await check('env:OTHER', { isHere: true })).toMatchObject({ state: 'problem', fix: 'export OTHER=VALUE' });
  expect(await check('env:NPM_TOKEN')).toMatchObject({
    state: 'problem',
    text: 'npm is at env:NPM_TOKEN, which no build machine in AWS has',
  });
});

test('what cannot be read yet is told so', async () => {
  expect(await check(ARN)).toMatchObject({ state: 'later', text: 'npm is not checked: the account is not checked' });
});

test('a file is fine if it has a value, and otherwise a problem with its reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-secrets-'));
  const [full, empty] = [join(folder, 'full'), join(folder, 'empty')];
  writeFileSync(full, 'top-secret');
  writeFileSync(empty, '');
  const here = { isHere: true };

  expect(await check(`file:${full}`, here)).toMatchObject({ state: 'ok', text: 'npm has a value' });
  expect(await check(`file:${empty}`, here)).toMatchObject({ text: `npm is missing: ${empty} is empty` });
  expect(await check(`file:${folder}/none`, here)).toMatchObject({
    state: 'problem',
    text: `npm is missing: ${folder}/none cannot be read (ENOENT)`,
    fix: `install -m 600 FILE ${folder}/none`,
  });
  rmSync(folder, { recursive: true });
});

describe('a secret that the catalog uses as a private key', () => {
  const catalog = parseCatalog('platform: v1.4.0\nservices:\n  api: { ssh: { default: npm } }\n');
  const key = (text: string) => check(ARN, { catalog, read: async () => text });
  const made = '-----BEGIN PRIVATE KEY-----\ntop-secret\n-----END PRIVATE KEY-----\n';

  test('is fine if an agent can use it', async () => {
    expect(await key(made)).toMatchObject({ state: 'ok' });
  });

  test.each([
    ['top-secret', 'npm is no private key in the format of OpenSSH or PEM'],
    [made.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), 'npm has a passphrase, which no job can enter'],
  ])('is a problem otherwise, with the command that makes one', async (text, found) => {
    expect(await key(text)).toEqual({
      check: 'secrets of builds',
      state: 'problem',
      text: found,
      fix: `ssh-keygen -t ed25519 -N '' -f FILE, then aws secretsmanager put-secret-value --secret-id ${ARN} --region eu-central-1 --secret-string file://FILE`,
    });
  });

  test('needs the programs of agents on the machine that builds', async () => {
    const settings = { buildSecrets: { npm: 'env:KEY' } };
    const examined = (PATH: string) =>
      checkBuildSecrets(settings, { env: { KEY: made, PATH }, isHere: true, catalog }).then((all) => all.slice(1));

    expect(await examined(process.env.PATH ?? '')).toEqual([]);
    expect(await examined('/no/such/folder:')).toEqual([
      {
        check: 'secrets of builds',
        state: 'problem',
        text: 'this machine has no ssh-agent, ssh-add, and the catalog gives builds keys by `ssh`',
        fix: 'apt-get install openssh-client',
      },
    ]);
  });
});
