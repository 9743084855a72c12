/** Whole runs that sign, into an environment with a registry of its own. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { RELEASE_TYPE, readRelease, SIGNATURE_TYPE } from '../../../../core/signing/statement';
import { findStatements } from '../../../../lambdas/shared/find-statements';
import { type MemoryPipeline, openMemoryPipeline } from '../../../support/pipeline/memory-pipeline';
import { FILES } from '../../../support/pipeline/small-pipeline';

const LIVE = 'live.example';
const environments = [
  { name: 'staging', values: 'chart/values.yaml' },
  { name: 'live', values: 'chart/values-live.yaml', registry: { host: LIVE, namespace: 'shop' } },
];
const PROMOTE = { action: 'promote', ref: 'main', environment: 'live', version: 'v1.4.0' };
const NAMES = ['etcd', 'auth', 'restapi', 'ngui'];

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });

let pipeline: MemoryPipeline;

beforeEach(async () => {
  process.env.TEST_SIGNING_KEY = pem;
  const settings = { environments, signing: { keyVariable: 'TEST_SIGNING_KEY' } };
  pipeline = await openMemoryPipeline(settings, { 'chart/values-live.yaml': String(FILES['chart/values.yaml']) });
});

afterEach(() => {
  Reflect.deleteProperty(process.env, 'TEST_SIGNING_KEY');
  pipeline.remove();
});

/** The environments of the valid statements of an image in the registry of `live`, and the number of its valid signatures. */
async function inLive(name: string) {
  const to = { host: LIVE, repository: `shop/${name}` };
  const digest = await pipeline.registry.head(to, 'v1.4.0');
  if (digest === undefined) return undefined;
  const signed = async (predicateType: string) =>
    (await findStatements(to, digest, { predicateType }, pipeline.registry)).filter((each) =>
      each.isSignedBy(publicKey),
    );
  const releases = (await signed(RELEASE_TYPE)).map(({ statement }) => readRelease(statement)?.environment);
  return { signatures: (await signed(SIGNATURE_TYPE)).length, releases: releases.toSorted() };
}

test('a promotion brings signature and both statements to the registry of its environment', async () => {
  const { result } = await pipeline.run('promote-1', PROMOTE);

  expect(result).toMatchObject({ status: 'SUCCEEDED' });
  for (const name of NAMES) expect(await inLive(name)).toEqual({ signatures: 1, releases: ['live', 'staging'] });
});

test('a key that is gone fails the run without a version there and without a commit; redriven with it, the run ends well', async () => {
  process.env.TEST_SIGNING_KEY = '';
  const failed = await pipeline.run('promote-1', PROMOTE);
  expect(failed.result).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('TEST_SIGNING_KEY') });
  expect(await Promise.all(NAMES.map(inLive))).toEqual(NAMES.map(() => undefined));
  expect(pipeline.commitsOf('promote-1')).toEqual([]);

  process.env.TEST_SIGNING_KEY = pem;
  const { result } = await pipeline.run('promote-1', PROMOTE, { redrive: 'again' });

  expect(result).toMatchObject({ status: 'SUCCEEDED' });
  expect(pipeline.commitsOf('promote-1')).toHaveLength(1);
  for (const name of NAMES) expect(await inLive(name)).toEqual({ signatures: 1, releases: ['live', 'staging'] });
});

test('killed while the images are delivered, it ends with each statement once', async () => {
  let calls = 0;
  pipeline.registry.failWhen((_method, repository) => {
    calls += repository.startsWith('shop/') ? 1 : 0;
    if (calls > 14) throw new Error('killed');
  });
  expect((await pipeline.run('promote-1', PROMOTE)).result.status).toBe('FAILED');
  pipeline.registry.failWhen(() => undefined);

  const { result } = await pipeline.run('promote-1', PROMOTE, { redrive: 'again' });

  expect(result).toMatchObject({ status: 'SUCCEEDED' });
  for (const name of NAMES) expect(await inLive(name)).toEqual({ signatures: 1, releases: ['live', 'staging'] });
});
