/** Whole runs that sign, on one machine. */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../adapters/clock';
import { createOciRegistry, type OciRegistry } from '../../adapters/registry/oci-registry';
import { RELEASE_TYPE, readRelease, SIGNATURE_TYPE } from '../../core/signing/statement';
import { findStatements } from '../../lambdas/shared/find-statements';
import { type RunningRegistry, startRegistry } from '../../local/registry/start-registry';
import { homePaths } from '../../local/runtime/home';
import { runCommand } from '../support/pipeline/small-pipeline';
import { makeSignedPipeline, type SignedPipeline } from '../support/signing/signed-pipeline';

const SERVICES = ['etcd', 'auth', 'restapi', 'ngui'];

let pipeline: SignedPipeline;
let server: RunningRegistry | undefined;
let registry: OciRegistry;

beforeAll(async () => {
  pipeline = await makeSignedPipeline();
  registry = createOciRegistry({ credentials: async () => undefined, clock: systemClock, allowLoopback: true });
}, 60_000);

afterAll(async () => {
  await server?.close();
  pipeline.remove();
});

const at = (service: string) => ({ host: pipeline.registry, repository: `team/${service}` });

/** Serves the registry of the home, which each run serves only while it lasts. */
async function serve(): Promise<void> {
  const port = Number(pipeline.registry.split(':')[1]);
  server = await startRegistry({ directory: homePaths(pipeline.home).registry, port });
}

async function statementsOf(service: string, version: string) {
  const digest = (await registry.head(at(service), version)) ?? '';
  const signed = async (predicateType: string) => {
    const found = await findStatements(at(service), digest, { predicateType }, registry);
    return found.filter((each) => each.isSignedBy(pipeline.publicKey)).map(({ statement }) => statement);
  };
  return { digest, signatures: await signed(SIGNATURE_TYPE), releases: (await signed(RELEASE_TYPE)).map(readRelease) };
}

test('without its key a run fails with one clear error: no version, no commit, nothing built twice afterwards', async () => {
  const head = pipeline.repository.git('rev-parse', 'main');

  const { exitCode, stdout, stderr } = await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main');

  expect(exitCode).toBe(1);
  const shown = `${stdout}${stderr}`;
  expect(shown).toContain('SigningError');
  expect(shown).toContain(`the signing key ${pipeline.keyFile}: there is no such file`);
  expect(shown).toContain('openssl ecparam -name prime256v1');
  expect(pipeline.repository.git('rev-parse', 'main')).toBe(head);
  await serve();
  for (const service of SERVICES) expect(await registry.head(at(service), 'v1.4.0')).toBeUndefined();
  await server?.close();

  pipeline.writeKey();
  const report = await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');
  expect(report).toMatchObject({ status: 'SUCCEEDED', counts: { built: 0, retagged: 4 } });
}, 60_000);

test('a later release keeps three images, and says so in a second statement of each', async () => {
  pipeline.repository.commit('main', { 'auth/main.py': 'print(9)\n' });
  const { run, source } = await pipeline.report('release', '--version', 'v1.5.0', '--ref', 'main');
  await serve();

  for (const service of SERVICES) {
    const { signatures, releases } = await statementsOf(service, 'v1.5.0');
    expect(signatures).toHaveLength(1);
    const isBuilt = service === 'auth';
    const versions = releases.map((release) => release?.version ?? '');
    expect(versions.toSorted()).toEqual(isBuilt ? ['v1.5.0'] : ['v1.4.0', 'v1.5.0']);
    expect(releases[versions.indexOf('v1.5.0')]).toMatchObject({
      service,
      action: isBuilt ? 'build' : 'retag',
      source,
      builtBy: {
        run: isBuilt ? run : expect.not.stringContaining(run),
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      },
      run: { id: run, commit: source, action: 'release' },
    });
  }
  const { digest } = await statementsOf('etcd', 'v1.5.0');
  expect((await statementsOf('etcd', 'v1.4.0')).digest).toBe(digest);
}, 60_000);

describe('pipeline verify', () => {
  const verify = (image: string, ...options: string[]) => {
    const given = ['--repo', pipeline.repository.path, '--ref', 'main', ...options];
    return runCommand('verify', `http://${pipeline.registry}/team/${image}`, ...given);
  };

  test('with the public key tells signature and statement beside what git says', async () => {
    const { exitCode, stdout } = await verify('etcd:v1.5.0', '--key', pipeline.publicKeyFile);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ok +signature +the key signed this digest$/m);
    expect(stdout).toMatch(
      /^ok +statement +etcd v1\.5\.0 was kept \(.+\) by run release-v1-5-0-\S+ at [0-9a-f]{12}, built by run /m,
    );
  });

  test('with another key it is wrong, and without one it says so', async () => {
    const other = join(pipeline.home, 'keys', 'other.pem');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    writeFileSync(other, publicKey.export({ format: 'pem', type: 'spki' }));

    const wrong = await verify('etcd:v1.5.0', '--key', other);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stdout).toMatch(/^WRONG +signature +not signed with this key: another one made the signature/m);

    const unchecked = await verify('etcd:v1.5.0');
    expect(unchecked.exitCode).toBe(0);
    expect(unchecked.stdout).toMatch(
      /^signed +unchecked: 3 signed statements are attached; give the public key with --key$/m,
    );
    expect(unchecked.stdout).not.toMatch(/^(ok|WRONG) +(signature|statement) /m);
  });

  test('a file that is no key is bad input', async () => {
    const { exitCode, stderr } = await verify('etcd:v1.5.0', '--key', join(pipeline.home, 'settings.json'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('settings.json: is no key in PEM');
    expect((await verify('etcd:v1.5.0', '--key', 'none.pub')).exitCode).toBe(2);
  });
});

test('the key is in no file of the home but its own', () => {
  const [, secret = ''] = readFileSync(pipeline.keyFile, 'utf8').split('\n');
  expect(secret).toHaveLength(64);
  const files = readdirSync(pipeline.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holders = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(secret));
  expect(files.length).toBeGreaterThan(50);
  expect(holders).toEqual([pipeline.keyFile]);
});
