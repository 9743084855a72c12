/** Refusals of registries: the error has the telling reason and advice that fits, at once. */
import { checkReference, digestOf, printName } from '../../../adapters/registry/check-reference';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf } from '../../support/registry/fake-registry-content';
import { startScriptedRegistry } from '../../support/registry/scripted-registry';

const { manifest } = imageOf('refused');
const errors = (...entries: readonly object[]) => JSON.stringify({ errors: entries });
const unknown = { code: 'UNKNOWN', message: 'unknown error' };

interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly body?: string;
  readonly says: string | RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: 'no right to push',
    status: 403,
    body: errors({ code: 'DENIED', message: 'requested access to the resource is denied' }),
    says: /denied; the credentials of me for \S+ do not allow it; check them and their permissions$/,
  },
  {
    name: 'a denial with another status',
    status: 400,
    body: errors({ code: 'DENIED', message: 'no' }),
    says: /the credentials of me for \S+ do not allow it/,
  },
  {
    name: 'a read-only registry, or a mirror',
    status: 405,
    body: errors({ code: 'UNSUPPORTED', message: 'The operation is unsupported.' }),
    says: /unsupported\.; \S+ takes no pushes: it is read-only, or a mirror; push to the registry behind it$/,
  },
  {
    name: 'an immutable tag of Harbor',
    status: 412,
    body: errors({ code: 'PRECONDITION', message: "'image:v1' configured as immutable" }),
    says: /the tag exists and is immutable; choose another one$/,
  },
  { name: 'an immutable tag of Quay', status: 409, says: /the tag exists and is immutable; choose another one$/ },
  {
    name: 'an immutable tag of ECR',
    status: 400,
    body: errors({ code: 'TAG_INVALID', message: "The image tag 'v1' already exists" }),
    says: /the tag exists and is immutable; choose another one$/,
  },
  {
    name: 'a repository that must be created first',
    status: 404,
    body: errors({ code: 'NAME_UNKNOWN', message: 'repository name not known' }),
    says: /not known; create the repository first, or check its name$/,
  },
  { name: 'a proxy with a limit', status: 413, body: '<html>', says: /raise its limit of request bodies$/ },
  {
    name: 'a missing blob behind an unknown error, with status 500',
    status: 500,
    body: errors(unknown, unknown, {
      code: 'MANIFEST_BLOB_UNKNOWN',
      message: 'blob unknown to registry',
      detail: { digest: manifest.digest },
    }),
    says: `500 MANIFEST_BLOB_UNKNOWN: blob unknown to registry: ${manifest.digest}`,
  },
];

test.each(REFUSALS)('$name gives an error with the fix, and no retry', async ({ status, body, says }) => {
  const server = await startScriptedRegistry(({ method, url }) =>
    method === 'PUT' && url.includes('/manifests/') ? { status, ...(body === undefined ? {} : { body }) } : undefined,
  );
  const clock = createStillClock();
  const credentials = async () => ({ username: 'me', password: 'swordfish' });
  const registry = createOciRegistry({ credentials, clock, allowLoopback: true });

  const error: Error = await registry
    .put({ host: server.host, repository: 'team/image' }, 'v1', manifest)
    .catch((thrown) => thrown);
  await server.close();

  expect(error.message).toMatch(says);
  expect(server.asked.filter(({ method }) => method === 'PUT')).toHaveLength(1);
});

test('a registry that always answers 500 fails the call after five tries, and not after 20 s', async () => {
  const server = await startScriptedRegistry(() => ({ status: 500, body: errors(unknown) }));
  const clock = createStillClock();
  const registry = createOciRegistry({ credentials: noCredentials, clock, random: () => 1, allowLoopback: true });

  await expect(registry.head({ host: server.host, repository: 'team/image' }, 'v1')).rejects.toMatchObject({
    status: 500,
  });
  await server.close();

  expect(server.asked).toHaveLength(5);
  expect(clock.waited()).toBe(500 + 1000 + 2000 + 4000);
});

test.each<[host: string, repository: string, reference: string, problems: readonly string[]]>([
  ['registry.example', 'team/image', 'x'.repeat(128), []],
  ['registry.example', 'team/image', manifest.digest, []],
  [
    'registry.example',
    'team/image',
    'x'.repeat(129),
    [
      `reference: '${'x'.repeat(80)}...' (129 characters) is no tag or digest; use at most 128 letters, digits and . _ -`,
    ],
  ],
  [
    'a b',
    `A${'a'.repeat(80)}`,
    'v1/2',
    [
      "host: 'a b' is no host name",
      `repository: 'A${'a'.repeat(79)}...' is no repository; use lower case letters, digits and . _ - / between them`,
      "reference: 'v1/2' is no tag or digest; use at most 128 letters, digits and . _ -",
    ],
  ],
])('the name of an image is refused with all its problems: %s %s %s', (host, repository, reference, expected) => {
  const problems: string[] = [];
  try {
    checkReference({ host, repository }, reference);
  } catch (error) {
    const { name, problems: found } = error as Error & {
      readonly problems: readonly { path: string; message: string }[];
    };
    expect(name).toBe('InvalidInput');
    problems.push(...found.map(({ path, message }) => `${path}: ${message}`));
  }
  expect(problems).toEqual(expected);
});

test('an image is printed as people write it, and has the digest of its bytes in the kind that is asked for', () => {
  const name = { host: 'registry.example', repository: 'team/image' };

  expect(printName(name, 'v1')).toBe('registry.example/team/image:v1');
  expect(printName(name, manifest.digest)).toBe(`registry.example/team/image@${manifest.digest}`);
  expect(digestOf(manifest.bytes)).toBe(manifest.digest);
  expect(digestOf(manifest.bytes, 'sha512:')).toMatch(/^sha512:[0-9a-f]{128}$/);
});
