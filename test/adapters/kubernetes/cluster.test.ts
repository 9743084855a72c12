/** The cluster's API, with answers that neither the embedded cluster nor a healthy one gives. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCluster } from '../../../adapters/kubernetes/cluster';
import type { ClusterTls } from '../../../adapters/kubernetes/cluster-access';
import { clock, useServers } from '../../support/http/client-and-servers';
import { type LoopbackServer, listen } from '../../support/http/listen';
import type { Answer, Asked } from '../../support/registry/scripted-registry';

const start = useServers();

const SECRET = 'a-token-that-nobody-may-see';

const json = (body: object, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const refusal = (code: number, reason: string, message: string) =>
  json({ kind: 'Status', status: 'Failure', code, reason, message }, code);

function open(server: URL, tls: ClusterTls = {}, retries = 1) {
  const login = async () => ({ authorization: `Bearer ${SECRET}` });
  const retry = { tries: retries, firstWait: 10, longestWait: 10 };
  return openCluster({ server, label: 'context test', tls, login }, { clock, random: () => 1, retry, pageSize: 2 });
}

/** Starts an API that has no extensions and no objects, except for what `answer` gives. */
async function opened(answer: (asked: Asked, nth: number) => Answer | undefined, retries?: number) {
  const server = await start(
    (asked, nth) => answer(asked, nth) ?? json(asked.url === '/apis' ? { groups: [] } : { items: [] }),
  );
  return { server, cluster: open(new URL(`http://${server.host}`), {}, retries) };
}

const job = (name: string) => ({
  metadata: { name, uid: name },
  spec: { template: { spec: { containers: [] } } },
  status: null,
});

describe('a list', () => {
  test('is read page by page, and sends its login with each request', async () => {
    const { server, cluster } = await opened(({ url }) => {
      if (!url.includes('/jobs')) return undefined;
      return url.includes('continue=next')
        ? json({ metadata: { continue: '' }, items: [job('c')] })
        : json({ metadata: { continue: 'next' }, items: [job('a'), job('b')] });
    });
    const { jobs } = await cluster.snapshot('shop');
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(jobs[0]).not.toHaveProperty('status');
    expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${SECRET}`]));
    expect(server.asked.find(({ url }) => url.includes('/events'))?.url).toContain('fieldSelector=type%3DWarning');
  });

  test('whose page expired starts again, and is read without pages if that happens again', async () => {
    const { server, cluster } = await opened(({ url }) => {
      if (!url.includes('/jobs')) return undefined;
      if (url.includes('continue')) return refusal(410, 'Expired', 'too old');
      return json({ metadata: url.includes('limit') ? { continue: 'next' } : {}, items: [job('a')] });
    });
    expect((await cluster.snapshot('shop')).jobs).toHaveLength(1);
    expect(server.asked.filter(({ url }) => url.includes('/jobs')).map(({ url }) => url.split('jobs')[1])).toEqual([
      '?limit=2',
      '?limit=2&continue=next',
      '?limit=2',
      '?limit=2&continue=next',
      '',
    ]);
  });

  test('waits as long as a busy server asks for', async () => {
    const { server, cluster } = await opened(
      ({ url }, nth) =>
        url.includes('/jobs') && nth === 1
          ? { ...refusal(429, 'TooManyRequests', 'busy'), headers: { 'retry-after': '1' } }
          : undefined,
      3,
    );
    expect((await cluster.snapshot('shop')).jobs).toEqual([]);
    expect(server.asked.filter(({ url }) => url.includes('/jobs'))).toHaveLength(2);
  });

  test('of a kind that is not installed is empty, and is not asked for', async () => {
    const groups = [{ name: 'argoproj.io', preferredVersion: { version: 'v1alpha1' } }];
    const { server, cluster } = await opened(({ url }) => {
      if (url === '/apis') return json({ groups });
      if (url === '/apis/argoproj.io/v1alpha1') return json({ resources: [{ name: 'applications' }] });
      return undefined;
    });
    expect(await cluster.snapshot('shop')).toMatchObject({ rollouts: [], canaries: [] });
    expect((await cluster.deliveries('argocd')).applications).toEqual([]);
    const asked = server.asked
      .map(({ url }) => url)
      .filter((url) => url.includes('namespaces/') && /argo|flux|flagger/.test(url));
    expect(asked).toEqual(['/apis/argoproj.io/v1alpha1/namespaces/argocd/applications?limit=2']);
  });

  test('with an object that cannot be read names the object and the field', async () => {
    const { cluster } = await opened(({ url }) =>
      url.includes('/jobs') ? json({ items: [{ metadata: { name: 'a' } }] }) : undefined,
    );
    await expect(cluster.snapshot('shop')).rejects.toThrow(
      'context test: an object of apis/batch/v1/namespaces/shop/jobs cannot be read: metadata.uid',
    );
  });
});

describe('a refusal', () => {
  test('for missing rights lists all rules to add at once', async () => {
    const { cluster } = await opened(({ url }) =>
      /pods|jobs|events/.test(url)
        ? refusal(403, 'Forbidden', 'pods is forbidden: User "reader" cannot list')
        : undefined,
    );
    const error = await cluster.snapshot('shop').catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'ClusterError' });
    expect(String(error)).toContain('refuses to list 4 kinds in namespace shop: pods is forbidden');
    expect(String(error)).toContain('{ apiGroups: [""], resources: ["events","pods"], verbs: ["get", "list"] }');
    expect(String(error)).toContain('{ apiGroups: ["batch"], resources: ["cronjobs","jobs"], verbs: ["get", "list"] }');
  });

  test('of a login says what may be wrong and never repeats it', async () => {
    const { cluster } = await opened(() => refusal(401, 'Unauthorized', `token ${SECRET} is not valid`));
    const error = await cluster.snapshot('shop').catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'ClusterError', isRetryable: false });
    expect(String(error)).toMatch(/context test does not accept the login: the token may have expired/);
    expect(String(error)).not.toContain(SECRET);
  });

  test.each([json({}), json({ message: 'not here' }, 404)])(
    'of a server that is no cluster says so',
    async (answer) => {
      const { cluster } = await opened(() => answer);
      await expect(cluster.snapshot('shop')).rejects.toThrow(
        /context test: 127.0.0.1:\d+ does not answer as a Kubernetes API/,
      );
    },
  );

  test('to connect may pass', async () => {
    const error = await open(new URL('http://127.0.0.1:1'))
      .snapshot('shop')
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'ClusterError', isRetryable: true });
    expect(String(error)).toMatch(/nothing answers at 127.0.0.1:1.*the cluster is context test/);
  });
});

describe('the certificate of the server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const certificate = (name: string) => {
    const [key, cert] = ['key', 'crt'].map((end) => join(folder, `${name}.${end}`)) as [string, string];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  };
  const own = certificate('own');
  let server: LoopbackServer;
  let url: URL;
  beforeAll(async () => {
    server = await listen(createServer(own, (_, response) => response.end('{"groups":[],"items":[]}')));
    url = new URL(`https://${server.host}`);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test('is accepted if the access has its authority, and refused for another authority', async () => {
    await expect(open(url, { ca: own.cert }).snapshot('shop')).resolves.toMatchObject({ pods: [] });
    await expect(open(url, { ca: certificate('other').cert }).snapshot('shop')).rejects.toThrow(
      /the certificate of the server is not signed by the authority that context test names/,
    );
    await expect(open(url, { rejectUnauthorized: false }).snapshot('shop')).resolves.toMatchObject({ pods: [] });
  });
});
