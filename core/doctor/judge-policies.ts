/** Judges the repository policies by which other AWS accounts pull released images. */
import { shellWord } from '../text/escape';
import { type Finding, ok, problem } from './finding';

/** A repository of ECR with the text of its policy; undefined if it has none. */
export interface RepositoryPolicy {
  readonly repository: string;
  readonly policy: string | undefined;
}

/** The name of our statement. Statements that people added under other names stay as they are. */
const OWN_STATEMENT = 'PullFromOtherAccounts';

/** Returns a repository policy that lets all of these accounts pull. Their own policies decide which roles may. */
export function pullPolicy(accounts: readonly string[]) {
  return { Version: '2012-10-17', Statement: [pullStatement(accounts)] };
}

function pullStatement(accounts: readonly string[]) {
  return {
    Sid: OWN_STATEMENT,
    Effect: 'Allow',
    Principal: { AWS: [...accounts] },
    Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  };
}

/** Returns one finding for all release repositories whose policy needs the same text, or one that all policies are right. */
export function judgePolicies(
  accounts: readonly string[],
  policies: readonly RepositoryPolicy[],
  region: string,
): readonly Finding[] {
  const check = 'accounts that may pull';
  const fixes = new Map<string, string[]>();
  for (const { repository, policy } of policies) {
    const statements = readStatements(policy);
    if (isRight(statements, accounts)) continue;
    const fix = fixOf(statements, accounts);
    fixes.set(fix, [...(fixes.get(fix) ?? []), repository]);
  }
  if (fixes.size === 0) return [ok(check, accounts.length === 0 ? 'no other account' : accounts.join(', '))];
  return [...fixes].map(([command, repositories]) => {
    const text = `the policies of ${repositories.length} release repositories differ from releases.pullAccounts`;
    const loop = `for repository in ${repositories.join(' ')}; do ${command} --repository-name "$repository" --region ${region}; done`;
    return problem(check, text, loop);
  });
}

type Statement = Readonly<Record<string, unknown>>;

/** ECR stores only valid JSON. A single statement needs no list. */
function readStatements(policy: string | undefined): readonly Statement[] {
  if (policy === undefined) return [];
  const { Statement: statements = [] } = JSON.parse(policy) as { readonly Statement?: Statement | Statement[] };
  return [statements].flat();
}

function isRight(statements: readonly Statement[], accounts: readonly string[]): boolean {
  const own = statements.filter(({ Sid }) => Sid === OWN_STATEMENT);
  const wanted = accounts.length === 0 ? [] : [pullStatement(accounts)];
  return JSON.stringify(own.map(normalized)) === JSON.stringify(wanted.map(normalized));
}

/** ECR returns an account as the ARN of its root user, and a list of one as a text. */
function normalized({ Effect, Principal, Action, Condition }: Statement): unknown {
  const accounts = [Object(Principal).AWS ?? Principal]
    .flat()
    .map((each) => String(each).replace(/^arn:aws[\w-]*:iam::(\d{12}):root$/, '$1'));
  return [Effect, accounts.sort(), [Action].flat().map(String).sort(), Condition ?? null];
}

/** Returns the command without repository and region. */
function fixOf(statements: readonly Statement[], accounts: readonly string[]): string {
  const others = statements.filter(({ Sid }) => Sid !== OWN_STATEMENT);
  const all = [...others, ...(accounts.length === 0 ? [] : [pullStatement(accounts)])];
  if (all.length === 0) return 'aws ecr delete-repository-policy';
  return `aws ecr set-repository-policy --policy-text ${shellWord(JSON.stringify({ Version: '2012-10-17', Statement: all }))}`;
}
