/** The doctor on deployments and homes that sign their releases. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';
import { runCommand } from '../../support/pipeline/small-pipeline';
import { type FakeKey, makeKey } from '../../support/signing/fake-kms';
import { makeSignedPipeline } from '../../support/signing/signed-pipeline';

const KEY = 'alias/releases';

describe('with a key of KMS', () => {
  let world: DeployedAccount;

  beforeEach(async () => {
    world = await startDeployedAccount();
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
  });

  afterEach(() => world.stop());

  function sign(kmsKey = KEY): void {
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, signing: { kmsKey } }));
  }

  async function finding() {
    const { report, open, exitCode } = await examineDeployment(world);
    return { found: report.findings.find(({ check }) => check === 'signing key'), open, exitCode };
  }

  test('that signs, it finds no problem and makes no signature', async () => {
    sign();
    world.aws.kms.keys.set(KEY, makeKey());
    const { found, open } = await finding();
    expect(open).toEqual([]);
    expect(found).toMatchObject({ state: 'ok', text: 'alias/releases is enabled and signs' });
    expect(world.aws.kms.calls).toEqual(['DescribeKey', 'Sign (dry run)']);
  });

  test.each<[string, Partial<FakeKey> | undefined, string, RegExp]>([
    [
      'that does not exist',
      undefined,
      'does not exist',
      /^aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_/,
    ],
    ['of another curve', makeKey('ECC_NIST_P384'), 'is ECC_NIST_P384 for SIGN_VERIFY', /^aws kms create-key /],
    ['for key agreement', { usage: 'KEY_AGREEMENT' }, 'for KEY_AGREEMENT', /^aws kms create-key /],
    [
      'that is disabled',
      { state: 'Disabled' },
      'is Disabled',
      /^aws kms enable-key --key-id alias\/releases --region /,
    ],
    ['about to be deleted', { state: 'PendingDeletion' }, 'to be deleted', /^aws kms cancel-key-deletion .*enable-key/],
  ])('%s, it names the problem and the command', async (_, part, text, fix) => {
    sign();
    if (part !== undefined) world.aws.kms.keys.set(KEY, { ...makeKey(), ...part });
    const { found, exitCode } = await finding();
    expect(exitCode).toBe(1);
    expect(found).toMatchObject({ state: 'problem', text: expect.stringContaining(text) });
    expect(found?.fix).toMatch(fix);
  });

  test('that this identity may not use or look at, it says what was not tried', async () => {
    sign();
    world.aws.kms.keys.set(KEY, { ...makeKey(), denied: new Set(['Sign']) });
    expect((await finding()).found).toMatchObject({ state: 'ok', text: expect.stringContaining('may not be tried') });
    world.aws.denied.add('DescribeKey');
    expect((await finding()).found).toMatchObject({
      state: 'later',
      text: expect.stringContaining('kms:DescribeKey is not allowed here'),
    });
  });

  test('in another region, it asks there', async () => {
    const arn = 'arn:aws:kms:eu-north-1:210987654321:key/0a1b2c3d-4e5f-6789-abcd-ef0123456789';
    sign(arn);
    world.aws.kms.keys.set(arn, makeKey());
    expect((await finding()).open).toEqual([]);
    expect(world.aws.calls.filter(({ operation }) => operation === 'DescribeKey').map(({ region }) => region)).toEqual([
      'eu-north-1',
    ]);
  });

  test('it asks nothing if nothing is signed', async () => {
    expect((await finding()).found).toBeUndefined();
    expect(world.aws.kms.calls).toEqual([]);
  });
});

test('with a key file, it opens the key as a run does', async () => {
  const pipeline = await makeSignedPipeline();
  const examine = async () => {
    const { stdout } = await runCommand('doctor', '--home', pipeline.home, '--json');
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly check: string }[] };
    return findings.find(({ check }) => check === 'signing key');
  };
  try {
    expect(await examine()).toMatchObject({
      state: 'problem',
      text: expect.stringContaining(`the signing key ${pipeline.keyFile}: there is no such file`),
      fix: expect.stringContaining('openssl ecparam'),
    });
    pipeline.writeKey();
    expect(await examine()).toMatchObject({ state: 'ok', text: `${pipeline.keyFile} can sign` });
  } finally {
    pipeline.remove();
  }
});
