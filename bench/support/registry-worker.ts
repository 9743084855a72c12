/** One contender of the registry benchmark, in a process of its own: prints milliseconds of each round, and the most memory it took. */
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { systemClock } from '../../adapters/clock';
import { createDiskObjectStore } from '../../adapters/disk/disk-store';
import { noCredentials } from '../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../adapters/registry/oci-registry';
import { openKeyVariable } from '../../adapters/signing/key-file';
import type { ImageRegistry } from '../../core/ports/registry';
import type { OpenSigner } from '../../core/ports/signer';
import { cachedManifest, findManifest } from '../../lambdas/release/find-manifest';
import { CANDIDATES, candidateTag, furtherReleases, imageNames, repositories } from './registry-images';

/** Each contender's way to tag one image, or to copy its candidate to a release repository and tag it there. */
type Work = (repository: string, tag: string) => Promise<void>;

/** One round. */
type Round = (tag: string) => Promise<void>;

/** Contenders that get something ready first, which is part of no measurement. */
const wholeRounds: Readonly<Record<string, () => Promise<Round>>> = {
  'tag-kept': keptRound,
  'release-ours': () => releaseRound(),
  'release-signed': signedRound,
};

const [contender = '', host = '', from = '', label = '', count = '', rounds = '', concurrency = '', home = ''] =
  process.argv.slice(2);
const AT_ONCE = Number(concurrency);
const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

void main();

async function main(): Promise<void> {
  const round = await (wholeRounds[contender]?.() ?? eachImage);
  const times: number[] = [];
  for (let number = 0; number < Number(rounds); number += 1) {
    const start = performance.now();
    await round(`${label}-${number}`);
    times.push(performance.now() - start);
  }
  process.stdout.write(JSON.stringify({ times, megabytes: await mostMemory() }));
}

async function eachImage(tag: string): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const work = contenders()[contender];
  if (work === undefined) throw new Error(`no contender ${contender}`);
  await Promise.all(repositories(Number(count)).map((name) => limit(() => work(name, tag))));
}

/** With manifests that were kept when the images were built, as a release has them: no image is asked for its manifest. */
async function keptRound(): Promise<Round> {
  const limit = pLimit(AT_ONCE);
  const store = createDiskObjectStore(join(home, 'kept'));
  const shelves = { registry: openRegistry(), store };
  const eachOf = <Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) =>
    Promise.all(items.map((item) => limit(() => work(item))));
  const images = await eachOf(repositories(Number(count)), async (repository) => {
    const name = { host, repository };
    return { name, digest: (await findManifest(name, from, shelves))?.digest ?? '' };
  });
  return async (tag) => {
    const registry = openRegistry();
    await eachOf(images, async ({ name, digest }) => {
      const manifest = await cachedManifest(store, digest);
      if (manifest === undefined) throw new Error(`${digest} was not kept`);
      await registry.put(name, tag, manifest);
    });
  };
}

async function releaseRound(openSigner?: OpenSigner): Promise<Round> {
  const images = imageNames(Number(count));
  const signing = openSigner === undefined ? {} : { openSigner };
  const release = await furtherReleases({ host, images, from, home, ...signing }, openRegistry());
  return (tag) => release(tag, openRegistry());
}

/** With a key of this machine: a statement of each image, whose signature an earlier release made. */
async function signedRound(): Promise<Round> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const text = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return releaseRound(async () => openKeyVariable('KEY', { KEY: text }));
}

/** In MB. Not `maxRSS`, which on Linux starts with what the parent process had when it made this one. */
async function mostMemory(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? process.memoryUsage().rss / 1e6 : Number(kilobytes) / 1000;
}

/** For every round another, as every run has its own. */
function openRegistry(): ImageRegistry {
  const options = { credentials: noCredentials, clock: systemClock, allowLoopback: true, concurrency: AT_ONCE };
  return createOciRegistry(options);
}

/** Returns a new client for each round, so that the floor opens its connections again, too. */
function contenders(): Readonly<Record<string, Work>> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const registry = openRegistry();
  return {
    'tag-ours': async (repository, tag) => {
      const name = { host, repository };
      const manifest = await registry.get(name, from);
      if (manifest !== undefined) await registry.put(name, tag, manifest);
    },
    'tag-floor': async (repository, tag) => {
      const body = await call(agent, 'GET', `/v2/${repository}/manifests/${from}`);
      await call(agent, 'PUT', `/v2/${repository}/manifests/${tag}`, body);
    },
    'copy-ours': async (repository, tag) => {
      const candidates = { host, repository: CANDIDATES };
      const to = { host, repository: `${tag}/${repository}` };
      const manifest = await registry.get(candidates, candidateTag(repository));
      if (manifest === undefined) return;
      await registry.copyContent(candidates, to, manifest);
      await registry.put(to, tag, manifest);
    },
    'copy-floor': async (repository, tag) => {
      const body = await call(agent, 'GET', `/v2/${CANDIDATES}/manifests/${candidateTag(repository)}`);
      const { config, layers } = JSON.parse(body.toString('utf8'));
      for (const { digest } of [config, ...layers]) {
        await call(
          agent,
          'POST',
          `/v2/${tag}/${repository}/blobs/uploads/?mount=${digest}&from=${CANDIDATES}`,
          Buffer.alloc(0),
        );
      }
      await call(agent, 'PUT', `/v2/${tag}/${repository}/manifests/${tag}`, body);
    },
  };
}

/** As little as can be done: no check of anything but the status. */
function call(agent: Agent, method: string, path: string, body?: Buffer): Promise<Buffer> {
  const [hostname, port] = host.split(':');
  const headers = body === undefined ? { accept: TYPE } : { 'content-type': TYPE, 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, agent, method, path, headers }, (reply) => {
      if ((reply.statusCode ?? 500) > 201) reject(new Error(`${method} ${path}: ${reply.statusCode}`));
      buffer(reply).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
