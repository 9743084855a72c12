/** Judges the registries: pull-through caches, release repositories, pulls from Docker Hub, and names that block a deployment. */
import { movablePatterns } from '../contract/keys';
import type { PullLimit } from '../image/exhausted-rate-limit';
import type { Settings } from '../settings/schema';
import { type Finding, ok, problem } from './finding';

/** ECR's names of the registries that it can cache, by the host in image names. Others have the same name. */
const UPSTREAM: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** Returns a finding for each mirror of the settings (`"docker.io": "ecr/docker-hub"`). `prefixes` are those of the account's rules. */
export function judgeMirrors({ mirrors }: Settings, prefixes: readonly string[], region: string): readonly Finding[] {
  return Object.entries(mirrors).map(([host, mirror]) => {
    const check = `mirror of ${host}`;
    const prefix = mirror.split('/').slice(1).join('/');
    if (prefixes.includes(prefix)) return ok(check, `the pull-through cache '${prefix}' exists`);
    const upstream = UPSTREAM[host] ?? host;
    const fix = `aws ecr create-pull-through-cache-rule --ecr-repository-prefix ${prefix} --upstream-registry-url ${upstream} --credential-arn ARN --region ${region}`;
    return problem(check, `there is no pull-through cache '${prefix}' in ${region}`, fix);
  });
}

/** A repository of ECR: its tag mutability in ECR's words, and the patterns of tags that are excepted from it. */
export interface EcrRepository {
  readonly name: string;
  readonly mutability: string;
  readonly patterns: readonly string[];
}

const CHECK = 'release repositories';

const WRITE_ONCE = 'IMMUTABLE_WITH_EXCLUSION';

/** The most names in one text. */
const MAX_NAMES = 5;

/**
 * Returns the finding about the tag mutability of the release repositories. The release step creates repositories, and has no right to change
 * one. A person fixes those that were made by hand, or before a change of the settings.
 */
export function judgeRepositories(
  { releases: { namespace, movableTags } }: Settings,
  repositories: readonly EcrRepository[],
  region: string,
): Finding {
  const wanted = movablePatterns(movableTags);
  const ours = repositories.filter(({ name }) => name.startsWith(`${namespace}/`));
  const others = ours.filter(
    ({ mutability, patterns }) =>
      mutability !== WRITE_ONCE || [...patterns].sort().join(' ') !== [...wanted].sort().join(' '),
  );
  const [first] = others;
  if (first === undefined) return ok(CHECK, `${ours.length} exist; versions are write-once in all of them`);
  const names = others.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : '';
  const exceptions = wanted.map((pattern) => `filterType=WILDCARD,filter='${pattern}'`).join(' ');
  return problem(
    CHECK,
    `${names.join(', ')}${more}: the movable tags differ from releases.movableTags in the settings`,
    `aws ecr put-image-tag-mutability --repository-name ${first.name} --image-tag-mutability ${WRITE_ONCE} --image-tag-mutability-exclusion-filters ${exceptions} --region ${region}`,
  );
}

/** Parses Docker Hub's rate limit `100;w=21600`. Returns undefined for anything else. */
export function parseRateLimit(
  header: string | null,
): { readonly count: number; readonly windowSeconds: number } | undefined {
  const match = /^(\d+);\s*w=(\d+)$/.exec(header?.trim() ?? '');
  return match === null ? undefined : { count: Number(match[1]), windowSeconds: Number(match[2]) };
}

/** Returns the finding about pulls from Docker Hub. `wanted` is the number of images of a full build, each of which may pull a base image. */
export function judgePulls({ limit, remaining, windowSeconds = 0, user }: PullLimit, wanted: number): Finding {
  const check = 'Docker Hub pulls';
  if (remaining === undefined) return ok(check, 'are not limited here');
  const whose = user === undefined ? "this machine's address" : user;
  const text = `${remaining} of ${limit ?? remaining} left for ${whose}, renewed every ${Math.round(windowSeconds / 3600)} h; a full build needs up to ${wanted}`;
  return remaining >= wanted ? ok(check, text) : problem(check, text, 'docker login');
}

/** Resources with fixed names that exist, although no stack of this name has them; each is undefined if it does not block a deployment. */
export interface Leftovers {
  readonly stackName: string;
  /** The candidate repository, if there is no stack yet. */
  readonly candidates: string | undefined;
  /** The package index, if the stack would make it. */
  readonly packages: { readonly domain: string; readonly repository: string } | undefined;
}

/** Returns a finding for each resource whose name blocks the next deployment. It was left by a stack that was removed, or had modules. */
export function judgeLeftovers({ stackName, candidates, packages }: Leftovers): readonly Finding[] {
  const check = 'names of the stack';
  const findings: Finding[] = [];
  if (candidates !== undefined) {
    const text = `the candidate repository ${candidates} exists without a stack ${stackName}; CloudFormation cannot create it again`;
    findings.push(problem(check, text, 'npx cdk deploy --import-existing-resources'));
  }
  if (packages !== undefined) {
    const text = `the package index ${packages.domain}/${packages.repository} exists outside of the stack; CloudFormation cannot create it again`;
    const fix = `write "packages": ${JSON.stringify(packages)} into the settings, and deploy again`;
    findings.push(problem(check, text, fix));
  }
  return findings;
}
