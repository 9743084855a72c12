/** The real SDK client and real uploads over HTTP against a fake repository. */
import { createHash } from 'node:crypto';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { createCodeArtifactIndex } from '../../../adapters/packages/code-artifact-index';
import { packageIndexContract } from '../../contracts/package-index-contract';
import { PLACE, startFakeCodeArtifact } from '../../support/aws/fake-code-artifact';
import { eachTest } from '../../support/each-test';
import { createStillClock } from '../../support/pipeline/memory-state';

const SDIST = { name: 'cloud_adapter-1.0.dev7.tar.gz', bytes: Buffer.from('an sdist') };
const WHEEL = { name: 'cloud_adapter-1.0.dev7-py3-none-any.whl', bytes: Buffer.from('a wheel') };
const PLACED = 'in CodeArtifact, domain shop, repository modules: ';

const fake = eachTest(startFakeCodeArtifact, (fake) => fake.stop());

function open(part: Partial<{ domain: string; repository: string; allowLoopback: boolean }> = {}) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new CodeartifactClient({ endpoint: fake.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  return createCodeArtifactIndex({
    ...PLACE,
    kind: 'python',
    client,
    clock: createStillClock(),
    allowLoopback: true,
    ...part,
  });
}

/** Returns all text of the error and its causes. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: Error) => thrown,
  );
  const causes: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    causes.push(`${at.name}: ${at.message}`, JSON.stringify(at), String(at.stack));
  }
  return causes.join('\n');
}

const add = (file = SDIST, index = open()) => index.add('cloud_adapter', '1.0.dev7', file);

describe('a package index in CodeArtifact', () => {
  packageIndexContract(() => ({ index: open(), bytesOf: async (name, file) => fake.bytesOf(name, file) }));

  test('searches the newest versions of the package by its normalized name', async () => {
    await add();
    await open().find('Cloud_Adapter', '.dev7');

    const asked = { ...PLACE, format: 'pypi', package: 'cloud-adapter' };
    expect(fake.calls.slice(-2)).toEqual([
      {
        path: '/v1/package/versions',
        query: { ...asked, sortBy: 'PUBLISHED_TIME', 'max-results': '1000' },
      },
      { path: '/v1/package/version/assets', query: { ...asked, version: '1.0.dev7', 'max-results': '100' } },
    ]);
  });

  test('requests a token with the shortest possible lifetime', async () => {
    await add();

    expect(fake.calls.find(({ path }) => path === '/v1/authorization-token')?.query).toEqual({
      domain: 'shop',
      duration: '900',
    });
  });

  test.each([
    [WHEEL, { filetype: 'bdist_wheel', pyversion: 'py3' }],
    [SDIST, { filetype: 'sdist', pyversion: 'source' }],
  ])('uploads $name with the same form as twine', async (file, kind) => {
    await add(file);

    expect(fake.uploads).toEqual([
      {
        fields: {
          ':action': 'file_upload',
          protocol_version: '1',
          metadata_version: '2.1',
          name: 'cloud_adapter',
          version: '1.0.dev7',
          ...kind,
          sha256_digest: createHash('sha256').update(file.bytes).digest('hex'),
        },
        file: file.name,
        bytes: file.bytes,
      },
    ]);
  });

  test('accepts a file that is already published', async () => {
    await add();
    await add();

    expect(fake.uploads).toHaveLength(2);
    expect((await open().find('cloud_adapter', '.dev7'))?.files).toEqual([SDIST.name]);
  });

  test('publishes a file once if the reply is lost and the upload is retried', async () => {
    fake.upsets.push('reply lost');
    await add();

    expect(fake.uploads).toHaveLength(2);
    expect(fake.bytesOf('cloud_adapter', SDIST.name)).toEqual(SDIST.bytes);
  });

  test('retries an index that is down for a moment', async () => {
    fake.upsets.push({ status: 500, says: 'sorry' }, { status: 503, says: 'sorry' });
    await add();

    expect(fake.bytesOf('cloud_adapter', SDIST.name)).toEqual(SDIST.bytes);
  });

  test('reports the refused file, the place and the reply of the index, without a retry', async () => {
    fake.upsets.push({ status: 400, says: 'the metadata is invalid' });
    const told = await failureOf(add());

    expect(told).toContain(
      `PackageIndexError: ${SDIST.name} cannot be published ${PLACED}POST ${fake.url}/pypi/modules/: 400`,
    );
    expect(told).toContain('the metadata is invalid');
    expect(fake.uploads).toEqual([]);
  });

  test.each([
    [401, 1],
    [403, 1],
    [500, 5],
  ])('removes the token from the error of a %d, even if the index repeats it', async (status, tries) => {
    const login = Buffer.from(`aws:${fake.token}`).toString('base64');
    for (let tried = 0; tried < tries; tried += 1) {
      fake.upsets.push({ status, says: `you sent Basic ${login}, which is ${fake.token}` });
    }
    const told = await failureOf(add());

    expect(told).toContain(`PackageIndexError: ${SDIST.name} cannot be published ${PLACED}`);
    expect(told).not.toContain(fake.token);
    expect(told).not.toContain(login);
    expect(told).not.toContain('an sdist');
  });

  test.each([
    [{ domain: 'other' }, 'domain other'],
    [{ repository: 'other' }, 'repository other'],
  ])('that is missing is an error, not an empty index: %j', async (part, named) => {
    const told = await failureOf(open(part).find('cloud_adapter', '.dev7'));

    expect(told).toContain('PackageIndexError: cloud_adapter cannot be looked up in CodeArtifact');
    expect(told).toContain(`there is no ${named}`);
  });

  test('without a token or an endpoint is an error', async () => {
    fake.answers.set('/v1/authorization-token', {});
    expect(await failureOf(add())).toContain(
      `${SDIST.name} cannot be published ${PLACED}CodeArtifact gave no token or no endpoint`,
    );

    fake.answers.clear();
    fake.answers.set('/v1/repository/endpoint', {});
    expect(await failureOf(add())).toContain('CodeArtifact gave no token or no endpoint');
  });

  test.each([
    ['http://shop.d.codeartifact.example/pypi/modules/', 'http:// is not https'],
    ['http://127.0.0.1:1/pypi/modules/', 'it is an address of this machine'],
  ])('sends no token to %s in a deployed pipeline', async (repositoryEndpoint, why) => {
    fake.answers.set('/v1/repository/endpoint', { repositoryEndpoint });

    expect(await failureOf(add(SDIST, open({ allowLoopback: false })))).toContain(
      `${PLACED}the endpoint ${repositoryEndpoint} gets no token: ${why}`,
    );
  });
});
