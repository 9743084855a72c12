/** Scenes of images that are signed, and of images that a scan keeps from their versions. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNT, HOST_HOOK, REGISTRY_HOST } from '../emulator/emulator';
import { expect, expectSame } from '../failure';
import { NAMESPACE, SERVICES } from '../monorepo';
import { run } from '../processes';
import type { World } from '../world';
import { deploySettings, type Scene } from './scene';
import { expectNothingSince, snapshot } from './snapshot';

const release = (version: string) => ({ action: 'release', version, ref: 'main' });

export const signed: Scene = {
  name: 'signed',
  title: 'a release signs its images with a key of KMS; the command line verifies one with the public key',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    const kmsKey = await makeKey(world);
    await deploySettings(world, 'signed', { signing: { kmsKey } });
    const report = await world.succeeded(await world.start(release('v4.1.0')));
    expectSame(report.totals.build, 0, 'builds of a release whose images exist');

    const key = join(world.folder, 'signing.pub');
    await writeFile(key, await publicKey(world, kmsKey));
    await logIn(world);
    for (const service of SERVICES) {
      const image = `${REGISTRY_HOST}/${NAMESPACE}/${service}:v4.1.0`;
      const { exitCode, stdout, stderr } = await verify(world, image, '--key', key);
      expect(exitCode === 0, `pipeline verify ${image} ended with ${exitCode}: ${stdout}${stderr}`);
    }
    await writeFile(key, await publicKey(world, await makeKey(world)));
    const { exitCode } = await verify(world, `${REGISTRY_HOST}/${NAMESPACE}/auth:v4.1.0`, '--key', key);
    expectSame(exitCode, 1, 'the exit code of pipeline verify with the public half of another key');
    return ['four images signed by the release function', 'verified with the public key', 'refused with another key'];
  },
};

/** Makes a key that signs as cosign does, and returns its ARN. */
async function makeKey(world: World): Promise<string> {
  const made = ['--key-spec', 'ECC_NIST_P256', '--key-usage', 'SIGN_VERIFY'];
  return (await world.aws<{ KeyMetadata: { Arn: string } }>('kms', 'create-key', ...made)).KeyMetadata.Arn;
}

/** Returns the public half of a key, in PEM. */
async function publicKey(world: World, key: string): Promise<string> {
  const { PublicKey } = await world.aws<{ PublicKey: string }>('kms', 'get-public-key', '--key-id', key);
  return `-----BEGIN PUBLIC KEY-----\n${PublicKey}\n-----END PUBLIC KEY-----\n`;
}

/** Logs the command line in to the registry, as a role that may only pull. */
async function logIn(world: World): Promise<void> {
  const trusting = statement({ Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } });
  const pulling = statement({
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:GetAuthorizationToken', 'ecr:ListImages'],
    Resource: '*',
  });
  const named = ['--role-name', 'stranger'];
  await world.aws('iam', 'create-role', ...named, '--assume-role-policy-document', trusting);
  await world.aws('iam', 'put-role-policy', ...named, '--policy-name', 'pull', '--policy-document', pulling);
  const assumed = ['--role-arn', `arn:aws:iam::${ACCOUNT}:role/stranger`, '--role-session-name', 'stranger'];
  const { Credentials } = await world.aws<{ Credentials: { AccessKeyId: string } }>('sts', 'assume-role', ...assumed);
  const auth = Buffer.from(`AWS:rehearsal-${Credentials.AccessKeyId}`).toString('base64');
  await mkdir(join(world.folder, '.docker'), { recursive: true });
  await writeFile(join(world.folder, '.docker/config.json'), JSON.stringify({ auths: { [REGISTRY_HOST]: { auth } } }));
}

function statement(parts: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...parts }] });
}

/** Runs `pipeline verify` as a stranger with a clone. */
function verify({ emulator, folder, repository }: World, image: string, ...more: readonly string[]) {
  const program = ['--require', HOST_HOOK, join(__dirname, '../../bin/pipeline.mjs')];
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...emulator.env };
  return run(process.execPath, [...program, 'verify', image, '--repo', repository.path, ...more], { env });
}

const FOUND = { name: 'CVE-2026-1234', severity: 'CRITICAL' };

export const scanned: Scene = {
  name: 'scanned',
  title: 'a critical vulnerability stops a release before any version; a waiver lets it pass',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    await deploySettings(world, 'scanned', { scan: { from: 'ecr', severity: 'CRITICAL' } });
    world.repository.commit('main', { 'ngui/index.html': `<html>${Date.now()}</html>\n` });
    await world.emulator.setFindings([FOUND, { name: 'CVE-2026-1', severity: 'LOW' }]);
    const before = await snapshot(world, 'main');
    const refused = await world.ended(await world.start(release('v4.2.0')));
    expectSame([refused.status, refused.error], ['FAILED', 'FindingsRefused'], 'the end of a run with a finding');
    expect((refused.cause ?? '').includes(FOUND.name), `the cause names no ${FOUND.name}: ${refused.cause}`);
    await expectNothingSince(world, 'main', { ...before, builds: before.builds + 1 });

    const until = new Date(Date.now() + 30 * 24 * 3600_000).toISOString().slice(0, 10);
    const waiver = { id: FOUND.name, reason: 'rehearsed', until, by: 'rehearsal' };
    world.repository.commit('main', { 'image-waivers.yaml': `waivers:\n  - ${JSON.stringify(waiver)}\n` });
    const passed = await world.succeeded(await world.start(release('v4.2.0')));
    expectSame(passed.totals, { build: 0, retag: SERVICES.length, keep: 0 }, 'the totals of the run with a waiver');
    await world.emulator.setFindings([]);
    return [
      '`FindingsRefused` names it; nothing tagged or committed',
      'with a waiver released, without a further build',
    ];
  },
};
