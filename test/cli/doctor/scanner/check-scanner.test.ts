/** The doctor on the scanner of images: in an account, and on one machine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../../support/aws/deployed-account';
import { examineDeployment } from '../../../support/aws/examine-deployment';
import { makeSmallPipeline, runCommand } from '../../../support/pipeline/small-pipeline';
import { createFakeTrivy } from '../../../support/registry/fake-trivy';

describe('in an account', () => {
  let world: DeployedAccount;

  beforeEach(async () => {
    world = await startDeployedAccount();
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
  });
  afterEach(() => world.stop());

  function setScan(): void {
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, scan: { from: 'ecr' } }));
  }
  const asked = () => world.aws.calls.filter(({ operation }) => operation === 'GetRegistryScanningConfiguration');

  test('nothing is asked without the setting', async () => {
    world.aws.denied.add('GetRegistryScanningConfiguration');
    expect((await examineDeployment(world)).open).toEqual([]);
    expect(asked()).toEqual([]);
  });

  test('basic scans are fine', async () => {
    setScan();
    expect((await examineDeployment(world)).open).toEqual([]);
    expect(asked()).toHaveLength(1);
  });

  test('enhanced scans that leave the repositories out are a problem, with the command', async () => {
    setScan();
    world.aws.scanning = { scanType: 'ENHANCED', rules: [] };
    const { exitCode, open } = await examineDeployment(world);

    expect(exitCode).toBe(1);
    expect(open).toEqual([expect.stringMatching(/^problem scanner: aws ecr put-registry-scanning-configuration/)]);
  });

  test('a missing right is named', async () => {
    setScan();
    world.aws.denied.add('GetRegistryScanningConfiguration');
    const { report } = await examineDeployment(world);

    expect(report.findings.find(({ check }) => check === 'scanner')).toMatchObject({
      state: 'problem',
      text: expect.stringContaining('not authorized to perform GetRegistryScanningConfiguration'),
    });
  });
});

test('on one machine, a Trivy without a database is a problem, with the command that fetches it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-scan-'));
  const { PATH = '' } = process.env;
  const pipeline = await makeSmallPipeline({ scan: { from: 'trivy' } });
  const trivy = createFakeTrivy(folder);
  const examine = async () => {
    const { exitCode, stdout } = await runCommand('doctor', '--home', pipeline.home);
    return { exitCode, stdout };
  };
  try {
    process.env.PATH = `${folder}:${PATH}`;
    expect(await examine()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('database of 2026-11-29') });
    trivy.setDatabase(undefined);
    expect(await examine()).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('trivy image --download-db-only'),
    });
  } finally {
    process.env.PATH = PATH;
    pipeline.remove();
    rmSync(folder, { recursive: true });
  }
}, 60_000);
