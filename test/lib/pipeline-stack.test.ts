/** The resources of the stack, besides rights and state machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import { LAMBDA_ENV, STEP_ENV } from '../../lambdas/shared/environment';
import { synthesize } from './synthesized';

const template = synthesize();

describe('repositories', () => {
  test('the stack has only that of the candidates, because the release step creates those of images', () => {
    const images = Array.from({ length: 1000 }, (_, index) => `image-${index}`);
    for (const each of [template, synthesize({ images })]) {
      each.resourceCountIs('AWS::ECR::Repository', 1);
      expect(JSON.stringify(each.toJSON())).not.toContain('image-999');
    }
  });

  test('candidates have one repository, which keeps them for 14 days', () => {
    const [candidates] = Object.values(
      template.findResources('AWS::ECR::Repository', { Properties: { RepositoryName: 'pipeline/candidates' } }),
    );
    const { rules } = JSON.parse(candidates?.Properties.LifecyclePolicy.LifecyclePolicyText);
    expect(candidates).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { ImageTagMutability: 'MUTABLE', ImageScanningConfiguration: { ScanOnPush: true } },
    });
    expect(rules).toEqual([
      expect.objectContaining({
        selection: { tagStatus: 'any', countType: 'sinceImagePushed', countNumber: 14, countUnit: 'days' },
        action: { type: 'expire' },
      }),
    ]);
  });

  test('a registry that is not ECR gets a secret for its login', () => {
    const other = synthesize({ settings: { releases: { host: 'registry-1.docker.io', namespace: 'shop' } } });

    other.resourceCountIs('AWS::ECR::Repository', 1);
    other.resourceCountIs('AWS::SecretsManager::Secret', 3);
    for (const name of ['PlanFunction', 'ReleaseFunction']) {
      expect(other.toJSON().Resources[name].Properties.Environment.Variables).toHaveProperty(LAMBDA_ENV.registrySecret);
    }
  });
});

describe('the host name ecr', () => {
  test('is resolved in the settings of functions and builds', () => {
    const host = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
    const variables = template.toJSON().Resources.PlanFunction.Properties.Environment.Variables;
    const settings = JSON.parse(resolved(variables[LAMBDA_ENV.settings]));

    expect(settings.releases).toMatchObject({ host, namespace: 'shop' });
    expect(settings.candidates).toEqual({ host, repository: 'pipeline/candidates' });
    expect(jobVariables()).toMatchObject({ RELEASE_NAMESPACE: `${host}/shop`, LOGIN_REGISTRY: host });
  });
});

describe('the build project', () => {
  test('has no source, no trigger, no limit of jobs of its own, and the buildspec of the file', () => {
    template.hasResourceProperties('AWS::CodeBuild::Project', {
      Source: { Type: 'NO_SOURCE' },
      Triggers: Match.absent(),
      ConcurrentBuildLimit: Match.absent(),
      AutoRetryLimit: 0,
      TimeoutInMinutes: 60,
      QueuedTimeoutInMinutes: 480,
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED' } },
    });
    const file = readFileSync(join(__dirname, '../../buildspecs/image.yml'), 'utf8');
    const [project] = Object.values(template.findResources('AWS::CodeBuild::Project'));
    expect(parse(project?.Properties.Source.BuildSpec)).toEqual(parse(file));
  });

  test('is the only privileged machine, and its variables are plain text that the settings give', () => {
    const [project, ...others] = Object.values(template.findResources('AWS::CodeBuild::Project'));
    expect(others).toEqual([]);
    expect(project?.Properties.Environment.PrivilegedMode).toBe(true);
    expect(Object.keys(jobVariables()).sort()).toEqual([
      'BASE_MIRRORS',
      'BUILD_IMAGES',
      'BUILD_SECRETS',
      'CACHE_REPOSITORY',
      'CATALOG_FILE',
      'JOB_TOOL',
      'LOGIN_REGISTRY',
      'RELEASE_NAMESPACE',
      'REPOSITORY_URL',
    ]);
  });
});

describe('storage', () => {
  test('the bucket is private, answers over TLS only, and forgets source archives after 14 days', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: Match.anyValue(),
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            Match.objectLike({ Prefix: 'sources/', ExpirationInDays: 14 }),
            Match.objectLike({ Prefix: 'packages/', ExpirationInDays: 14 }),
            Match.objectLike({ Prefix: 'previews/', ExpirationInDays: 14 }),
          ]),
        },
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ],
      },
    });
  });

  test('claims are keyed by image and version, paid by use, and can be restored', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'image', KeyType: 'HASH' },
          { AttributeName: 'version', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [
          Match.objectLike({
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            DeletionProtectionEnabled: true,
          }),
        ],
      },
    });
  });
});

describe('functions', () => {
  const functions = template.findResources('AWS::Lambda::Function');

  test('exist for every step, with its name', () => {
    expect(Object.keys(functions).sort()).toEqual([
      'ApprovalFunction',
      'CandidateFunction',
      'CommitFunction',
      'EndFunction',
      'OutcomeFunction',
      'PlanFunction',
      'PreviewFunction',
      'ReconcileFunction',
      'ReleaseFunction',
      'ReportFunction',
      'WebhookFunction',
    ]);
  });

  test('each runs on the newest Node, has a timeout, and a log that is kept for a time', () => {
    for (const { Properties } of Object.values(functions)) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'handler.handler',
        Timeout: expect.any(Number),
        LoggingConfig: { LogGroup: expect.anything() },
      });
    }
    for (const { Properties } of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
      expect(Properties.RetentionInDays).toBe(90);
    }
  });

  test('the plan function knows the stages of the state machine, and has every variable that it reads', () => {
    const variables = functions.PlanFunction?.Properties.Environment.Variables;
    expect(JSON.parse(variables[LAMBDA_ENV.stages])).toEqual([
      'tools',
      'critical',
      'workers',
      'schedulers',
      'frontend',
      'stable',
    ]);
    expect(Object.keys(variables).sort()).toEqual(STEP_ENV.plan.map((name) => LAMBDA_ENV[name]).sort());
  });

  test('the webhook function answers before the git host times out', () => {
    expect(functions.WebhookFunction?.Properties.Timeout).toBeLessThan(10);
  });

  test('only the webhook function reserves concurrency, if the settings say so', () => {
    const reserved = (stack: typeof template) =>
      Object.entries(stack.findResources('AWS::Lambda::Function'))
        .map(([name, { Properties }]) => [name, Properties.ReservedConcurrentExecutions])
        .filter(([, concurrency]) => concurrency !== undefined);

    expect(reserved(template)).toEqual([]);
    expect(reserved(synthesize({ settings: { webhookConcurrency: 20 } }))).toEqual([['WebhookFunction', 20]]);
  });
});

describe('the schedule', () => {
  test('calls the reconcile function every 15 minutes, and repeats no round that failed', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(15 minutes)',
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': ['ReconcileFunction', 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 900 },
        }),
      ],
    });
  });

  test('is the only caller of it', () => {
    const callers = Object.values(template.findResources('AWS::Lambda::Permission')).filter(
      ({ Properties }) => Properties.FunctionName['Fn::GetAtt'][0] === 'ReconcileFunction',
    );
    expect(callers.map(({ Properties }) => Properties.Principal)).toEqual(['events.amazonaws.com']);
  });
});

describe('the end of a run that did not succeed', () => {
  test('reaches the report function for every kind of end', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [Match.anyValue()], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': ['ReportFunction', 'Arn'] } })],
    });
  });
});

describe('the public endpoint', () => {
  test('is POST /webhook and nothing else, throttled and logged', () => {
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
    expect(routes.map(({ Properties }) => Properties.RouteKey)).toEqual(['POST /webhook']);
    template.resourceCountIs('AWS::Lambda::Url', 0);
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
      AccessLogSettings: Match.anyValue(),
    });
  });

  test('may call the webhook function by that route alone', () => {
    const [permission, ...others] = Object.values(
      template.findResources('AWS::Lambda::Permission', { Properties: { Principal: 'apigateway.amazonaws.com' } }),
    );
    expect(others).toEqual([]);
    expect(permission?.Properties).toMatchObject({ FunctionName: { 'Fn::GetAtt': ['WebhookFunction', 'Arn'] } });
    expect(JSON.stringify(permission?.Properties.SourceArn)).toContain('/webhook');
  });
});

/** A template value as CloudFormation would resolve it in one account. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (join !== undefined) return join[1].map(resolved).join(join[0]);
  const known: Record<string, string> = {
    'AWS::AccountId': '111122223333',
    'AWS::Region': 'eu-central-1',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return known[Ref ?? ''] ?? JSON.stringify(value);
}

function jobVariables(): Record<string, string> {
  const [project] = Object.values(template.findResources('AWS::CodeBuild::Project'));
  const variables: { Name: string; Type: string; Value: unknown }[] =
    project?.Properties.Environment.EnvironmentVariables;
  return Object.fromEntries(
    variables.filter(({ Type }) => Type === 'PLAINTEXT').map(({ Name, Value }) => [Name, resolved(Value)]),
  );
}
