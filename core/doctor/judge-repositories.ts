/** Whether the release repositories that there are in ECR hold to what the settings say of tags. */
import { movablePatterns } from '../keys';
import type { Settings } from '../settings';
import { type Finding, ok, problem } from './finding';

/** A repository of ECR: its tag mutability in ECR's words, and the patterns of tags that are excepted from it. */
export interface EcrRepository {
  readonly name: string;
  readonly mutability: string;
  readonly patterns: readonly string[];
}

const CHECK = 'release repositories';
const WRITE_ONCE = 'IMMUTABLE_WITH_EXCLUSION';
/** Names in one text. */
const MOST_NAMES = 5;

/**
 * The release step makes repositories and may change none: those made by hand, or before the settings were changed, are a person's
 * to mend, who alone has the right.
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
  if (first === undefined) return ok(CHECK, `${ours.length} are there, versions are write-once in all of them`);
  const names = others.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : '';
  const exceptions = wanted.map((pattern) => `filterType=WILDCARD,filter='${pattern}'`).join(' ');
  return problem(
    CHECK,
    `${names.join(', ')}${more}: tags that may move there are not those that the settings say`,
    `aws ecr put-image-tag-mutability --repository-name ${first.name} --image-tag-mutability ${WRITE_ONCE} --image-tag-mutability-exclusion-filters ${exceptions} --region ${region}`,
  );
}
