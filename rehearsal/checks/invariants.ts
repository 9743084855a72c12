/** What must hold after every scene: the invariants of docs/design.md, section 6, read off the account and the repository. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { expect, expectSame } from '../failure';
import { NAMESPACE, VALUES_FILES } from '../monorepo';
import { objectKeys, TOKEN } from '../product';
import type { World } from '../world';
import { type ClaimItem, readClaims, readKeys, readObject, readRuns, readTags, type Tags } from './account';

/** What earlier scenes left, which later ones may not change. */
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
/** A rule may take a moment to call the report function. */
const REPORT_MS = 15_000;

/** Checks all of them; returns what was checked, as half sentences. `open` runs may still be under way. Throws `SceneFailure`. */
export async function checkInvariants(world: World, memory: Memory, open: ReadonlySet<string>): Promise<string[]> {
  await checkRuns(world, open);
  const [tags, claims] = await Promise.all([readTags(world), readClaims(world)]);
  checkVersions(tags, claims, memory);
  const commits = checkCommits(world, tags, memory);
  const objects = await checkSecrets(world, memory);
  return [`${claims.length} claims`, `${tags.size} tags`, `${commits} commits`, `${objects} objects`];
}

/** L1, L4: every run ended, and is reported once, as the end that it had. */
async function checkRuns(world: World, open: ReadonlySet<string>): Promise<void> {
  for (const { name = '', status = '' } of await readRuns(world)) {
    if (open.has(name)) continue;
    expect(!OPEN.has(status), `run ${name} is ${status} (L1)`);
    const report = await eventually(() => readObject(world, objectKeys.report(name)), REPORT_MS);
    expect(report !== undefined, `run ${name}, which is ${status}, has no report (L4)`);
    const told = (JSON.parse(report) as { status: string }).status;
    const isTold = status === 'SUCCEEDED' ? !BAD_ENDS.has(told) : BAD_ENDS.has(told);
    expect(isTold, `run ${name} is ${status} and reported as ${told} (L4)`);
  }
}

/** I2, and the design's claims: a version has one digest for ever, and no version exists without a claim. */
function checkVersions(tags: Tags, claims: readonly ClaimItem[], { versions }: Memory): void {
  const claimed = new Map(
    claims.map(({ image, version, digest }) => [`${NAMESPACE}/${nameOf(image)}:${version}`, digest]),
  );
  const given = [...tags].filter(([tag]) => tag.startsWith(`${NAMESPACE}/`) && VERSION.test(tag));
  for (const [tag, digest] of given) {
    expect(claimed.get(tag) === digest, `${tag} is ${digest} and its claim says ${claimed.get(tag)} (I2)`);
    const before = versions.get(tag) ?? digest;
    expect(before === digest, `${tag} was ${before} and is ${digest} now (I2)`);
    versions.set(tag, digest);
  }
  for (const [tag, digest] of versions) expect(tags.get(tag) === digest, `${tag} is gone (I1)`);
}

/** The image's name without host and namespace, whatever of them the claim holds. */
function nameOf(image: string): string {
  return image.split('/').at(-1) ?? image;
}

/** I1, I9, I10: every image that a commit of the pipeline names can be pulled with the recorded digest, and the commit changed only its files. */
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

/** I13: no stored text has the git host's token or the webhook's secret. */
async function checkSecrets(world: World, { objects }: Memory): Promise<number> {
  const secret = await webhookSecret(world);
  const keys = (await readKeys(world)).filter((key) => /\.(json|md)$/.test(key) && !objects.has(key));
  for (const key of keys) {
    objects.add(key);
    const text = (await readObject(world, key)) ?? '';
    expect(!text.includes(TOKEN) && !text.includes(secret), `the object ${key} has a secret in it (I13)`);
  }
  return keys.length;
}

/** The secret that signs deliveries, as a person reads it to enter it at the git host. */
export async function webhookSecret(world: World): Promise<string> {
  const id = ['--secret-id', world.stack.outputs.WebhookSecretArn ?? ''];
  return (await world.aws<{ SecretString: string }>('secretsmanager', 'get-secret-value', ...id)).SecretString;
}

/** Asks until there is an answer, for so many milliseconds; undefined if there is none by then. */
export async function eventually<Value>(ask: () => Promise<Value | undefined>, ms: number): Promise<Value | undefined> {
  const until = Date.now() + ms;
  for (;;) {
    const value = await ask();
    if (value !== undefined || Date.now() > until) return value;
    await sleep(200);
  }
}
