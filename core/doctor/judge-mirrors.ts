/** Whether the pull-through caches are there that builds pull base images from. */
import type { Settings } from '../settings';
import { type Finding, ok, problem } from './finding';

/** What ECR calls the registries that it can cache, by the host in image names; others are called as they are. */
const UPSTREAM: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** One finding for each mirror of the settings (`"docker.io": "ecr/docker-hub"`). `prefixes` are those of the account's rules. */
export function judgeMirrors({ mirrors }: Settings, prefixes: readonly string[], region: string): readonly Finding[] {
  return Object.entries(mirrors).map(([host, mirror]) => {
    const check = `mirror of ${host}`;
    const prefix = mirror.split('/').slice(1).join('/');
    if (prefixes.includes(prefix)) return ok(check, `the pull-through cache '${prefix}' is there`);
    const upstream = UPSTREAM[host] ?? host;
    const mend = `aws ecr create-pull-through-cache-rule --ecr-repository-prefix ${prefix} --upstream-registry-url ${upstream} --credential-arn ARN --region ${region}`;
    return problem(check, `there is no pull-through cache '${prefix}' in ${region}`, mend);
  });
}
