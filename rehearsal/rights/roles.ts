/** Reads and changes the policies of a deployed stack's roles. */
import {
  GetRolePolicyCommand,
  type IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';

/** A statement of a policy, in which single values are lists of one. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Values by condition key, by operator. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** A role's inline policy. */
export interface RolePolicy {
  readonly role: string;
  readonly policy: string;
  readonly document: PolicyDocument;
  readonly statements: readonly Statement[];
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly DocumentStatement[];
}

interface DocumentStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Returns the inline policies of all roles whose names start with the stack's name. */
export async function readRoles(iam: IAMClient, stackName: string): Promise<readonly RolePolicy[]> {
  const found: RolePolicy[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) {
    for (const { RoleName = '' } of Roles.filter(({ RoleName: name = '' }) => name.startsWith(`${stackName}-`))) {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      for (const PolicyName of PolicyNames) found.push(await readPolicy(iam, RoleName, PolicyName));
    }
  }
  return found;
}

async function readPolicy(iam: IAMClient, RoleName: string, PolicyName: string): Promise<RolePolicy> {
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const text = PolicyDocument.startsWith('{') ? PolicyDocument : decodeURIComponent(PolicyDocument);
  const document = JSON.parse(text) as PolicyDocument;
  return { role: RoleName, policy: PolicyName, document, statements: document.Statement.map(readStatement) };
}

function readStatement({ Effect, Action, Resource, Condition = {} }: DocumentStatement): Statement {
  const conditions = Object.entries(Condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, listOf(values)])),
  ]);
  const [actions, resources] = [listOf(Action), listOf(Resource)];
  return { effect: Effect, actions, resources, conditions: Object.fromEntries(conditions) };
}

/** Deploys the policy without the action, or unchanged if `action` is undefined. */
export async function putWithout(
  iam: IAMClient,
  { role, policy, document }: RolePolicy,
  action?: string,
): Promise<void> {
  const statements = document.Statement.map((statement) => {
    const kept = listOf(statement.Action).filter((each) => each !== action);
    return { ...statement, Action: kept };
  }).filter(({ Action }) => Action.length > 0);
  const PolicyDocument = JSON.stringify({ ...document, Statement: statements });
  await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: policy, PolicyDocument }));
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** Returns the names of role and policy, such as `PipelineStateMachineRole PipelineOwnRuns`. The default policy has no name of its own. */
export function policyName({ role, policy }: Pick<RolePolicy, 'role' | 'policy'>, stackName: string): string {
  const own = policy.includes('DefaultPolicy') ? '' : ` ${policy.replace(/[0-9A-F]{8}$/, '')}`;
  return `${plainRole(role, stackName)}${own}`;
}

/** Returns the role's name without the stack's name and CloudFormation's suffix, such as `ReleaseRole`. */
export function plainRole(role: string, stackName: string): string {
  return role.replace(`${stackName}-`, '').replace(/[0-9A-F]{8}-[0-9A-F]+$/, '');
}
