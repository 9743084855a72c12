/**
 * Findings of cdk-nag's rules (AwsSolutions) that are intended, each with its reason. They are acknowledged by CDK's own means, so the app
 * does not depend on cdk-nag. A test runs the rules: it fails on a finding that is not acknowledged, and on an acknowledgement without one.
 */
import { Aspects, Stack, Validations } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Findings about one resource, by its path within the pipeline. */
const RESOURCES: readonly { readonly at: string; readonly rule: string; readonly reason: string }[] = [
  {
    at: 'Store/Bucket/Resource',
    rule: 'AwsSolutions-S1',
    reason: 'private, read and written by roles of this stack only; access logs would cost more than the objects',
  },
  {
    at: 'Secrets/Git',
    rule: 'AwsSolutions-SMG4',
    reason: 'issued by the git host, which no rotation function can ask; tokens of an App expire after an hour anyway',
  },
  {
    at: 'Secrets/GitReader',
    rule: 'AwsSolutions-SMG4',
    reason: 'issued by the git host, which no rotation function can ask; it cannot commit',
  },
  {
    at: 'Secrets/Webhook',
    rule: 'AwsSolutions-SMG4',
    reason: 'changes here and at the git host together; the receiver accepts both secrets during a rotation by hand',
  },
  {
    at: 'Secrets/Registry',
    rule: 'AwsSolutions-SMG4',
    reason: 'issued by the registry, which no rotation function can ask',
  },
  {
    at: 'Secrets/Chat',
    rule: 'AwsSolutions-SMG4',
    reason: 'addresses are issued by Slack and Teams, which no rotation function can ask',
  },
  ...['Builder', 'ModuleBuilder', 'CommandRunner'].map((builder) => ({
    at: `${builder}/Project/Resource`,
    rule: 'AwsSolutions-CB4',
    reason: 'a job has no artifact and no cache in CodeBuild, so there is nothing to encrypt with a customer key',
  })),
  {
    at: 'DeadLetters/Resource',
    rule: 'AwsSolutions-SQS3',
    reason: 'it is the dead-letter queue of the functions',
  },
  {
    at: 'Endpoint/Api/POST--webhook/Resource',
    rule: 'AwsSolutions-APIG4',
    reason: 'git hosts sign the body; the function checks the signature before it reads anything else',
  },
];

/** Wildcards in the resources of rights, as the finding prints them. With `actions`, only for these. */
const WILDCARDS: readonly {
  readonly resource: RegExp;
  readonly actions?: readonly string[];
  readonly reason: string;
}[] = [
  {
    resource:
      /^<\w*StoreBucket\w+\.Arn>\/(built|candidates|inputs|manifests|packages|previews|runs|sources)\/[\w*./-]+$/,
    reason: 'one kind of object; its keys contain names of runs, commits and digests, which are unknown at synth',
  },
  {
    resource: /^arn:<AWS::Partition>:ecr:[^*]+:repository\/[^*]+\/\*$/,
    reason:
      'repositories below one prefix: those of the releases, one per image, or those that a pull-through cache makes',
  },
  {
    resource: /^arn:<AWS::Partition>:kms:[^*]+:key\/\*$/,
    reason: 'the one key of an alias, which a condition names: no policy can name an alias as its resource',
  },
  {
    resource: /^arn:aws[a-z-]*:kms:[^*]+:key\/\*$/,
    reason: 'the keys of secrets of builds; a condition names the secrets',
  },
  {
    resource: /^arn:<AWS::Partition>:codeartifact:[^*]+:package\/[^*]+\/(pypi\/\/|npm\/|maven\/)\*$/,
    reason: 'packages of one kind in one repository; their names are known only when a run reads the catalog',
  },
  {
    resource: /^arn:<AWS::Partition>:states:[^*]+:execution:<\w+\.Name>:\*$/,
    reason: 'runs of one state machine; their names are unknown at synth',
  },
  {
    resource: /^arn:<AWS::Partition>:states:[^*]+:execution:\{"Fn::Select"[^*]+\}(\/[\w-]+)?:\*$/,
    reason: 'executions of single jobs, which the state machine starts itself; CDK writes its name as part of its ARN',
  },
  {
    resource: /^<\w+Function\.Arn>:\*$/,
    reason: 'versions of one function, which CDK adds for a state machine; there are none',
  },
  {
    resource: /^arn:<AWS::Partition>:ec2:[^*]+:network-interface\/\*$/,
    reason:
      'network interfaces in the subnets of the settings, which a condition names; their ids are unknown at synth',
  },
  {
    resource: /^\*$/,
    actions: [
      'cloudwatch:DescribeAlarms',
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
      'ec2:UnassignPrivateIpAddresses',
      'ecr:GetAuthorizationToken',
      'inspector2:ListCoverage',
      'inspector2:ListFindings',
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
    reason: 'IAM has no narrower resource for these actions',
  },
];

/** Acknowledges the findings of the tables above at the end of synthesis, when the whole pipeline exists. */
export function acknowledgeFindings(pipeline: IConstruct): void {
  const stack = Stack.of(pipeline);
  Aspects.of(pipeline).add({
    visit: (node) => {
      for (const { at, rule, reason } of RESOURCES) {
        if (node.node.path === `${pipeline.node.path}/${at}`) Validations.of(node).acknowledge({ id: rule, reason });
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

/** Prints a value of the template like cdk-nag does: `<PlanFunction.Arn>:*`. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\$\{([^}]*)\}/g, '<$1>');
  const [[kind, argument] = ['', undefined]] = Object.entries(value as object);
  if (kind === 'Ref') return `<${argument}>`;
  if (kind === 'Fn::GetAtt') return `<${argument.join('.')}>`;
  if (kind === 'Fn::Join') return argument[1].map(printed).join(argument[0]);
  return kind === 'Fn::Sub' ? printed(argument) : JSON.stringify(value);
}
