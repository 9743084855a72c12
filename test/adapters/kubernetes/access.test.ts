/** Ways to a cluster: kubeconfig files, and clusters of EKS. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
import { parseAllDocuments, stringify } from 'yaml';
import { eksToken, readEksAccess, type StsConfig } from '../../../adapters/kubernetes/eks-access';
import { DELIVERY_KINDS, WORKLOAD_KINDS } from '../../../adapters/kubernetes/kinds';
import { readKubeconfig } from '../../../adapters/kubernetes/kubeconfig';

describe('a kubeconfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config');
  const write = (user: object, cluster: object = {}) =>
    writeFileSync(
      path,
      stringify({
        'current-context': 'staging',
        contexts: [{ name: 'staging', context: { cluster: 'east', user: 'me', namespace: 'shop' } }],
        clusters: [{ name: 'east', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
        users: [{ name: 'me', user }],
      }),
    );
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  test('gives server, certificates and token of its current context', async () => {
    write({ token: 'secret' }, { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'east' });
    const { server, tls, login, label } = await readKubeconfig(path);
    expect(server.href).toBe('https://10.0.0.1:6443/');
    expect(tls).toEqual({ ca: 'CA', servername: 'east' });
    expect(await login()).toEqual({ authorization: 'Bearer secret' });
    expect(label).toBe(`context staging of ${path}`);
  });

  test('reads files beside it, and a token file again for each request', async () => {
    writeFileSync(join(folder, 'client.crt'), 'CERT');
    writeFileSync(join(folder, 'client.key'), 'KEY');
    writeFileSync(join(folder, 'token'), 'first\n');
    write(
      { 'client-certificate': 'client.crt', 'client-key': 'client.key', tokenFile: 'token' },
      { 'insecure-skip-tls-verify': true },
    );
    const { tls, login } = await readKubeconfig(path, 'staging');
    expect(tls).toEqual({ cert: 'CERT', key: 'KEY', rejectUnauthorized: false });
    expect(await login()).toEqual({ authorization: 'Bearer first' });
    writeFileSync(join(folder, 'token'), 'second\n');
    expect(await login()).toEqual({ authorization: 'Bearer second' });
  });

  test.each([
    [
      'a login by a program',
      () => write({ exec: { command: 'aws' } }),
      /users.me: logs in by a program .* use a token/,
    ],
    [
      'files that do not exist',
      () => write({ 'client-certificate': 'no.crt', 'client-key': 'no.key' }),
      /no.crt: there is no such file\n.*no.key: there is no such file/,
    ],
    ['an address that is none', () => write({}, { server: 'east' }), /clusters.0.cluster.server: /],
    [
      'a user that is missing',
      () =>
        writeFileSync(
          path,
          stringify({
            'current-context': 'a',
            contexts: [{ name: 'a', context: { cluster: 'x', user: 'y' } }],
            clusters: [],
            users: [],
          }),
        ),
      /clusters: there is no cluster 'x'; there are: none\n.*users: there is no user 'y'/,
    ],
  ])('is refused for %s', async (_, prepare, message) => {
    prepare();
    await expect(readKubeconfig(path)).rejects.toThrow(message);
  });

  test('is refused for a context that it does not have, and names those it has', async () => {
    write({});
    await expect(readKubeconfig(path, 'production')).rejects.toThrow(
      "there is no context 'production'; there are: staging",
    );
    await expect(readKubeconfig(join(folder, 'missing'))).rejects.toThrow('there is no such file');
  });

  test('that is no YAML is refused without a line of it', async () => {
    writeFileSync(path, 'token: "secret');
    const error = await readKubeconfig(path).catch(String);
    expect(error).toContain('is not YAML');
    expect(error).not.toContain('secret');
  });
});

describe('a cluster of EKS', () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret-key', sessionToken: 'session' };
  const sts = (region = 'eu-central-1'): StsConfig => new STSClient({ region, credentials }).config;

  test('is asked with a presigned request to STS that is bound to its name', async () => {
    const token = await eksToken('shop', sts(), new Date('2026-01-02T03:04:05Z'));
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
    expect(url.host).toBe('sts.eu-central-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Security-Token': 'session',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(url.searchParams.has('x-k8s-aws-id')).toBe(false);
    expect(await eksToken('other', sts(), new Date('2026-01-02T03:04:05Z'))).not.toBe(token);
  });

  test('of a region in China has the name of its partition', async () => {
    const token = await eksToken('shop', sts('cn-north-1'));
    expect(Buffer.from(token.slice(11), 'base64url').toString()).toContain('https://sts.cn-north-1.amazonaws.com.cn/?');
  });

  const described = (cluster: object): Pick<EKSClient, 'send'> => ({ send: async () => ({ cluster }) });

  test('has the endpoint and authority that EKS describes', async () => {
    const certificateAuthority = { data: Buffer.from('CA').toString('base64') };
    const access = await readEksAccess(
      'shop',
      described({ endpoint: 'https://x.eks.amazonaws.com', certificateAuthority }),
      sts(),
    );
    expect(access).toMatchObject({
      server: new URL('https://x.eks.amazonaws.com'),
      tls: { ca: 'CA' },
      label: 'EKS cluster shop',
    });
    expect(await access.login()).toEqual({ authorization: expect.stringMatching(/^Bearer k8s-aws-v1\./) });
  });

  test('that is not there yet, or may not be described, is named', async () => {
    await expect(readEksAccess('shop', described({ status: 'CREATING' }), sts())).rejects.toThrow(
      'EKS cluster shop has no endpoint yet: its status is CREATING',
    );
    const refuses: Pick<EKSClient, 'send'> = {
      send: async () => Promise.reject(new Error('No cluster found for name: shop.')),
    };
    await expect(readEksAccess('shop', refuses, sts())).rejects.toThrow(
      /cannot be described: No cluster found.*eks:DescribeCluster/,
    );
  });
});

test('the documented role has a rule for every kind that is listed, and for nothing else', () => {
  const guide = readFileSync(join(__dirname, '../../../docs/deploy.md'), 'utf8');
  const manifest = /```yaml\n(# Role for reading a cluster[\s\S]*?)```/.exec(guide)?.[1] ?? '';
  interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }
  const [role] = parseAllDocuments(manifest).map((document) => document.toJS() as { readonly rules: readonly Rule[] });
  const rules = role?.rules ?? [];
  const granted = rules.flatMap(({ apiGroups, resources }) => resources.map((each) => `${apiGroups[0]}/${each}`));
  const listed = Object.values({ ...WORKLOAD_KINDS, ...DELIVERY_KINDS }).map(
    ({ group, plural }) => `${group}/${plural}`,
  );
  expect(granted.toSorted()).toEqual(listed.toSorted());
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list']));
});
