/** The doctor where AWS takes no credentials from this machine: what it then leaves out, it says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../adapters/clock';
import { doctor } from '../../../cli/doctor/doctor';
import { startDeployedAccount } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';
import { eachTest } from '../../support/each-test';

const CREDENTIALS = 'aws sso login, or aws configure if there is no profile yet; then npx pipeline doctor';
const UNCHECKED = [
  'quota of builds',
  'quota ECR PutImage',
  'quota Lambda functions',
  'ECR blob mounting',
  'CDK bootstrap',
  'stack',
  'secrets',
];

const world = eachTest(startDeployedAccount, (world) => world.stop());

describe('the doctor without credentials', () => {
  beforeEach(() => {
    const folder = dirname(world.files.settings);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE']) {
      Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    });
  });

  test('lists the skipped checks with reason and fix, and makes all others', async () => {
    const { exitCode, report, open } = await examineDeployment(world);

    expect(exitCode).toBe(1);
    expect(open).toEqual([
      `problem AWS credentials: ${CREDENTIALS}`,
      ...UNCHECKED.map((check) => `later ${check}: ${CREDENTIALS}`),
      'later git permissions: GITHUB_TOKEN=... npx pipeline doctor',
      'later webhook: ',
    ]);
    const texts = report.findings.filter(({ check }) => UNCHECKED.includes(check)).map(({ text }) => text);
    expect(new Set(texts)).toEqual(new Set(['not checked, because AWS accepts no credentials from here']));
    expect(report.findings.filter(({ state }) => state === 'ok').map(({ check }) => check)).toEqual([
      'settings',
      'catalog',
      'registry login',
      'Docker Hub pulls',
      'clock',
    ]);
    expect(report.findings.find(({ check }) => check === 'AWS credentials')?.text).toMatch(/^AWS accepts none: /);
    expect(world.aws.calls).toEqual([]);
  });

  test('does not report a login to ECR, which only the account can check', async () => {
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    const releases = { ...settings.releases, host: 'ecr' };
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, releases }));

    const { report } = await examineDeployment(world);

    expect(report.findings).toContainEqual({
      check: 'registry login',
      state: 'later',
      text: 'not checked, because AWS accepts no credentials from here',
    });
  });

  test('lists the mirrors of the settings among the skipped checks', async () => {
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, mirrors: { 'docker.io': 'ecr/docker-hub' } }));

    expect((await examineDeployment(world)).open).toContain(`later mirrors: ${CREDENTIALS}`);
  });

  test('prints the fix once', async () => {
    let text = '';
    const stdout = { write: (part: string) => (text += part) };
    const outside = { env: process.env, clock: systemClock, hub: world.registry.host };
    await doctor({ ...world.files, stack: 'ImagePipeline', json: false }, { stdout }, outside);

    expect(text).toContain(`AWS credentials, ${UNCHECKED.join(', ')}:\n    ${CREDENTIALS}\n`);
    expect(text.split(CREDENTIALS)).toHaveLength(2);
  });
});
