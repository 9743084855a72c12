/** The policies of a template as plain statements: resources by the names that a reader of the stack knows them by. */

/** Actions and resources of one statement, each in order. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** What has to hold besides, where anything has. */
  readonly condition?: object;
}

interface Policy {
  readonly Type: string;
  readonly Properties: {
    readonly PolicyDocument: {
      readonly Statement: readonly {
        Effect: string;
        Action: string | string[];
        Resource: unknown;
        Condition?: object;
      }[];
    };
    readonly Roles: readonly { readonly Ref: string }[];
  };
}

/** All statements of all roles, by the role's name without `Role` and hash. Throws if there is one that does not allow. */
export function statementsOf(template: { readonly [section: string]: unknown }): Record<string, Statement[]> {
  const found: Record<string, Statement[]> = {};
  for (const resource of Object.values(template.Resources as Record<string, Policy>)) {
    if (resource.Type !== 'AWS::IAM::Policy') continue;
    for (const { Ref } of resource.Properties.Roles) {
      const role = plain(Ref).replace(/Role$/, '');
      found[role] = [...(found[role] ?? []), ...resource.Properties.PolicyDocument.Statement.map(statement)];
    }
  }
  return found;
}

function statement({
  Effect,
  Action,
  Resource,
  Condition,
}: Policy['Properties']['PolicyDocument']['Statement'][number]): Statement {
  if (Effect !== 'Allow') throw new Error(`unexpected ${Effect}`);
  return {
    actions: [Action].flat().sort(),
    resources: [Resource].flat().map(nameOf).sort(),
    ...(Condition === undefined ? {} : { condition: Condition }),
  };
}

/** `StoreBucket/sources/*.tar.gz` for an object, `ecr:repository/x` for an ARN of this account, `asset` for bootstrap assets. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, argument] = ['', undefined]] = Object.entries(value as object);
  if (kind === 'Ref')
    return argument === 'AWS::Partition' ? 'aws' : String(argument).startsWith('AWS::') ? '' : plain(argument);
  if (kind === 'Fn::GetAtt') return plain(argument[0]);
  if (kind === 'Fn::Join') {
    const text = (argument as [string, unknown[]])[1].map(nameOf).join('');
    return text.replace(/^arn:aws:(\w+):::?/, '$1:').replace(/^s3:.*assets.*/, 'asset');
  }
  // The name of the state machine, cut out of its ARN.
  if (kind === 'Fn::Select') return nameOf(argument[1]);
  if (kind === 'Fn::Split') return nameOf(argument[1]);
  if (kind === 'Fn::Sub') return String(argument);
  throw new Error(`unexpected ${kind}`);
}

/** A logical id without the hash that CDK puts behind it. */
function plain(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}
