/**
 * What the rules of cdk-nag (AwsSolutions) find in the stack and is meant, each with its reason. It is written down by the CDK's own
 * means, so that nothing here needs cdk-nag, and whoever checks the app with it finds it clean. A test runs the rules: it fails on a
 * finding that is not acknowledged, and on an acknowledgement of nothing.
 */
import { Aspects, type Stack, Validations } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Findings about one resource: its path within the stack, the rule, the reason. */
const RESOURCES: readonly { readonly at: string; readonly rule: string; readonly reason: string }[] = [
  {
    at: 'Store/Bucket/Resource',
    rule: 'AwsSolutions-S1',
    reason:
      'private, read and written by roles of this stack alone; access logs would cost more to keep than the objects',
  },
  {
    at: 'Secrets/Git',
    rule: 'AwsSolutions-SMG4',
    reason: 'issued by the git host, which no rotation function can ask; of an App, tokens are good for an hour anyway',
  },
  {
    at: 'Secrets/GitReader',
    rule: 'AwsSolutions-SMG4',
    reason: 'issued by the git host, which no rotation function can ask; it cannot commit',
  },
  {
    at: 'Secrets/Webhook',
    rule: 'AwsSolutions-SMG4',
    reason: 'has to change here and at the git host; the receiver accepts both during a rotation by hand',
  },
  {
    at: 'Secrets/Registry',
    rule: 'AwsSolutions-SMG4',
    reason: 'issued by the registry, which no rotation function can ask',
  },
  {
    at: 'Secrets/Chat',
    rule: 'AwsSolutions-SMG4',
    reason: 'addresses that Slack and Teams make, which no rotation function can ask',
  },
  {
    at: 'Builder/Project/Resource',
    rule: 'AwsSolutions-CB4',
    reason: 'a job has no artifact and no cache in CodeBuild, so that there is nothing to encrypt with an own key',
  },
  {
    at: 'ModuleBuilder/Project/Resource',
    rule: 'AwsSolutions-CB4',
    reason: 'a job has no artifact and no cache in CodeBuild, so that there is nothing to encrypt with an own key',
  },
  {
    at: 'Endpoint/Api/POST--webhook/Resource',
    rule: 'AwsSolutions-APIG4',
    reason: 'git hosts sign the body; the function checks the signature before it reads anything else',
  },
];

/** Wildcards in the resources of rights, as the finding prints them. Where `actions` is given, they hold for these alone. */
const WILDCARDS: readonly {
  readonly resource: RegExp;
  readonly actions?: readonly string[];
  readonly reason: string;
}[] = [
  {
    resource: /^<StoreBucket\w+\.Arn>\/(candidates|inputs|manifests|packages|previews|runs|sources)\/[\w*./-]+$/,
    reason: 'one kind of object; its keys have names of runs, commits and digests, which are not known at synth',
  },
  {
    resource: /^arn:<AWS::Partition>:ecr:[^*]+:repository\/[^*]+\/\*$/,
    reason:
      'repositories below one prefix: those of the releases, one per image, or those that a pull-through cache makes',
  },
  {
    resource: /^arn:<AWS::Partition>:codeartifact:[^*]+:package\/[^*]+\/pypi\/\/\*$/,
    reason: 'Python packages of one repository; which ones there are is known only when the catalog is read',
  },
  {
    resource: /^arn:<AWS::Partition>:states:[^*]+:execution:<\w+\.Name>:\*$/,
    reason: 'runs of one state machine; their names are not known at synth',
  },
  {
    resource: /^arn:<AWS::Partition>:states:[^*]+:execution:\{"Fn::Select"[^*]+\}(\/[\w-]+)?:\*$/,
    reason:
      'executions of single jobs, which the state machine starts itself; CDK writes its name as a part of its ARN',
  },
  {
    resource: /^<\w+Function\.Arn>:\*$/,
    reason: 'versions of one function, as the CDK gives them to a state machine; there are none',
  },
  {
    resource: /^\*$/,
    actions: [
      'ecr:GetAuthorizationToken',
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'sts:GetServiceBearerToken',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ],
    reason: 'IAM knows no narrower resource for these actions',
  },
];

/** Acknowledges in the stack, when all of it is there, what is in the tables above. */
export function acknowledgeFindings(stack: Stack): void {
  Aspects.of(stack).add({
    visit: (node) => {
      for (const { at, rule, reason } of RESOURCES) {
        if (node.node.path === `${stack.node.path}/${at}`) Validations.of(node).acknowledge({ id: rule, reason });
      }
      if (node instanceof CfnPolicy) acknowledgeWildcards(node, stack.resolve(node.policyDocument).Statement);
    },
  });
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function acknowledgeWildcards(policy: IConstruct, statements: readonly Statement[]): void {
  for (const { Action, Resource } of statements) {
    const actions = [Action].flat();
    for (const resource of [Resource].flat().map(printed)) {
      const meant = WILDCARDS.find(
        (wildcard) =>
          wildcard.resource.test(resource) && actions.every((action) => wildcard.actions?.includes(action) ?? true),
      );
      if (meant === undefined) continue;
      Validations.of(policy).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: meant.reason });
    }
  }
}

/** A value of the template as cdk-nag prints it: `<PlanFunction.Arn>:*`. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\$\{([^}]*)\}/g, '<$1>');
  const [[kind, argument] = ['', undefined]] = Object.entries(value as object);
  if (kind === 'Ref') return `<${argument}>`;
  if (kind === 'Fn::GetAtt') return `<${argument.join('.')}>`;
  if (kind === 'Fn::Join') return argument[1].map(printed).join(argument[0]);
  return kind === 'Fn::Sub' ? printed(argument) : JSON.stringify(value);
}
