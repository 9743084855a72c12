/** Checks the invariants of docs/design.md, section 5, after a scene, on the account and the repository. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { expect, expectSame } from '../failure';
import { NAMESPACE, VALUES_FILES } from '../monorepo';
import { objectKeys, TOKEN } from '../product';
import type { World } from '../world';
import { type ClaimItem, readClaims, readKeys, readObject, readRuns, readTags, type Tags } from './account';

/** Facts that earlier scenes established, and that later ones must not change. */
export interface Memory {
  /** Digests by `repository:version`. */
  readonly versions: Map<string, string>;
  /** Commits whose values files were checked. */
  readonly commits: Set<string>;
  /** Objects that were searched for secrets. */
  readonly objects: Set<string>;
}

export function emptyMemory(): Memory {
  return { versions: new Map(), commits: new Set(), objects: new Set() };
}

const OPEN = new Set(['RUNNING', 'PENDING_REDRIVE']);
const BAD_ENDS = new Set(['FAILED', 'ABORTED', 'TIMED_OUT']);
const VERSION = /:v\d/;
/** The time until a rule has called the report function. */
const REPORT_MS = 15_000;

/** Checks all invariants, and returns how much was checked, one phrase each. Throws `SceneFailure` at the first violation. */
export async function checkInvariants(world: World, memory: Memory): Promise<string[]> {
  await checkRuns(world);
  const [tags, claims] = await Promise.all([readTags(world), readClaims(world)]);
  checkVersions(tags, claims, memory);
  const commits = checkCommits(world, tags, memory);
  const objects = await checkSecrets(world, memory);
  return [`${claims.length} claims`, `${tags.size} tags`, `${commits} commits`, `${objects} objects`];
}

/** L1, L4: every run has ended, and its report has the same end. */
async function checkRuns(world: World): Promise<void> {
  for (const { name = '', status = '' } of await readRuns(world)) {
    expect(!OPEN.has(status), `run ${name} is ${status} (L1)`);
    const report = await eventually(() => readObject(world, objectKeys.report(name)), REPORT_MS);
    expect(report !== undefined, `run ${name}, which is ${status}, has no report (L4)`);
    const reported = (JSON.parse(report) as { status: string }).status;
    const isCorrect = status === 'SUCCEEDED' ? !BAD_ENDS.has(reported) : BAD_ENDS.has(reported);
    expect(isCorrect, `run ${name} is ${status} and reported as ${reported} (L4)`);
  }
}

/** I2: a version never changes its digest. No version exists without a claim. */
function checkVersions(tags: Tags, claims: readonly ClaimItem[], { versions }: Memory): void {
  const claimed = new Map(
    claims.map(({ image, version, digest }) => [`${NAMESPACE}/${nameOf(image)}:${version}`, digest]),
  );
  const released = [...tags].filter(([tag]) => tag.startsWith(`${NAMESPACE}/`) && VERSION.test(tag));
  for (const [tag, digest] of released) {
    expect(claimed.get(tag) === digest, `${tag} is ${digest} and its claim says ${claimed.get(tag)} (I2)`);
    const before = versions.get(tag) ?? digest;
    expect(before === digest, `${tag} was ${before} and is ${digest} now (I2)`);
    versions.set(tag, digest);
  }
  for (const [tag, digest] of versions) expect(tags.get(tag) === digest, `${tag} is gone (I1)`);
}

/** Returns the image's name without host and namespace. */
function nameOf(image: string): string {
  return image.split('/').at(-1) ?? image;
}

/** I1, I9: a commit of the pipeline names only images that can be pulled with the recorded digest, and changes only the pipeline's files. */
function checkCommits({ repository }: World, tags: Tags, { commits }: Memory): number {
  const all = repository
    .git('log', '--all', '--format=%H')
    .split('\n')
    .filter((commit) => !commits.has(commit));
  for (const commit of all) {
    commits.add(commit);
    const message = repository.git('log', '-1', '--format=%B', commit);
    if (!/^Run-Id: /m.test(message)) continue;
    const changed = repository.git('diff-tree', '--no-commit-id', '--name-only', '-r', commit).split('\n');
    const foreign = changed.filter(
      (path) => !/^chart\/(values|version-lock|IMAGE_VERSIONS)(-\w+)?\.(yaml|md)$/.test(path),
    );
    expectSame(foreign, [], `what commit ${commit.slice(0, 7)} changed besides the pipeline's files (I9)`);
    for (const values of Object.values(VALUES_FILES)) {
      if (changed.includes(values)) checkValues(repository.git, commit, values, tags);
    }
  }
  return all.length;
}

interface Locked {
  readonly version: string;
  readonly digest: string;
}

function checkValues(git: World['repository']['git'], commit: string, values: string, tags: Tags): void {
  const show = (path: string) => parse(git('show', `${commit}:${path}`)) as Record<string, unknown>;
  const chart = show(values) as Record<string, { image?: { tag?: string } }>;
  const lock = show(values.replace('values', 'version-lock')) as Record<string, Locked>;
  for (const [service, { version, digest }] of Object.entries(lock)) {
    const tag = chart[service]?.image?.tag;
    expect(tag === version, `${values} of ${commit.slice(0, 7)} has ${service} at ${tag}, the lock at ${version} (I1)`);
    const found = tags.get(`${NAMESPACE}/${service}:${version}`);
    expect(found === digest, `${service} ${version} of ${commit.slice(0, 7)} is ${found}, recorded ${digest} (I1)`);
  }
}

/** I13: no stored object contains the git host's token or the webhook's secret. */
async function checkSecrets(world: World, { objects }: Memory): Promise<number> {
  const secret = await webhookSecret(world);
  const keys = (await readKeys(world)).filter((key) => /\.(json|md)$/.test(key) && !objects.has(key));
  for (const key of keys) {
    objects.add(key);
    const text = (await readObject(world, key)) ?? '';
    expect(!text.includes(TOKEN) && !text.includes(secret), `the object ${key} contains a secret (I13)`);
  }
  return keys.length;
}

/** Returns the secret that signs deliveries. */
export async function webhookSecret(world: World): Promise<string> {
  const id = ['--secret-id', world.stack.outputs.WebhookSecretArn ?? ''];
  return (await world.aws<{ SecretString: string }>('secretsmanager', 'get-secret-value', ...id)).SecretString;
}

/** Calls `read` until it returns a value; returns undefined if it has returned none after `ms` milliseconds. */
export async function eventually<Value>(
  read: () => Promise<Value | undefined>,
  ms: number,
): Promise<Value | undefined> {
  const until = Date.now() + ms;
  for (;;) {
    const value = await read();
    if (value !== undefined || Date.now() > until) return value;
    await sleep(200);
  }
}
