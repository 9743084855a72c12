/** What the stack has where modules are published: an index, a machine that may not write it, and a function that may. */
import { Match } from 'aws-cdk-lib/assertions';
import type { ModuleJob } from '../../core/contract/job';
import type { PlanResult } from '../../core/contract/plan';
import { stateMachineDefinition, type Template } from '../../local/runtime/definition';
import { type Statement, statementsOf } from './rights/role-statements';
import { flat, named, plan, run, serviceOf } from './state-machine/machine-run';
import { STAGES, synthesize } from './synthesized';

const template = synthesize({ modules: [{ stage: 'tools' }, { stage: 'tools' }] });
const definition = stateMachineDefinition(template.toJSON() as Template);
const without = statementsOf(synthesize().toJSON());
const rights = statementsOf(template.toJSON());

const REPOSITORY = 'codeartifact:repository/PackagesDomain/PackagesRepository';
const PACKAGES = 'codeartifact:package/PackagesDomain/PackagesRepository/pypi//*';
const BEARER: Statement = {
  actions: ['sts:GetServiceBearerToken'],
  resources: ['*'],
  condition: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } },
};
const LOGIN: readonly Statement[] = [
  { actions: ['codeartifact:GetAuthorizationToken'], resources: ['codeartifact:domain/PackagesDomain'] },
  BEARER,
];
const ASKING: Statement = {
  actions: ['codeartifact:ListPackageVersionAssets', 'codeartifact:ListPackageVersions'],
  resources: [PACKAGES],
};

/** The rights that a role has because modules are published. */
function added(role: string): Statement[] {
  const before = (without[role] ?? []).map((statement) => JSON.stringify(statement));
  return (rights[role] ?? []).filter((statement) => !before.includes(JSON.stringify(statement)));
}

function moduleOf(name: string): ModuleJob {
  const packages = `bucket/packages/${name}/d/`;
  return {
    service: `module/${name}`,
    module: name,
    kind: 'python',
    contentDigest: 'd'.repeat(40),
    version: '1.0.0',
    packages,
    timeoutMinutes: 40,
  };
}

/** A run with the module, and with images in the stages. */
function planned(stages: Record<string, readonly string[]>, ...modules: string[]): PlanResult {
  return plan(stages, { modules: { tools: modules.map(moduleOf) } });
}

const PUBLISHED = { Publish: ({ module }: { module: string }) => ({ package: module, version: '0.1.0.dev7' }) };

describe('the index', () => {
  test('is a domain and a repository of the app, kept when it is removed, with the public index behind it', () => {
    template.hasResource('AWS::CodeArtifact::Domain', {
      Properties: { DomainName: 'imagepipeline-example--monorepo' },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    template.hasResource('AWS::CodeArtifact::Repository', {
      Properties: { RepositoryName: 'modules', ExternalConnections: ['public:pypi'] },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  test('is the one of the settings, and then none is created', () => {
    const packages = { domain: 'shop', repository: 'python' };
    const other = synthesize({ modules: [{ stage: 'tools' }], settings: { packages } });

    other.resourceCountIs('AWS::CodeArtifact::Domain', 0);
    other.resourceCountIs('AWS::CodeArtifact::Repository', 0);
    const publish = Object.values(other.findResources('AWS::Lambda::Function', Match.anyValue())).find(
      ({ Properties }) => Properties.Environment?.Variables.PACKAGE_INDEX !== undefined,
    );
    expect(publish?.Properties.Environment.Variables.PACKAGE_INDEX).toBe(
      JSON.stringify({ ...packages, kinds: ['python'] }),
    );
    expect(JSON.stringify(statementsOf(other.toJSON()).Publish)).toContain('codeartifact:package/shop/python/pypi//*');
  });

  test('does not exist if no module is published', () => {
    const none = synthesize();
    none.resourceCountIs('AWS::CodeArtifact::Domain', 0);
    none.resourceCountIs('AWS::CodeBuild::Project', 1);
    expect(Object.keys(without)).not.toContain('Publish');
  });
});

describe('rights', () => {
  test('a build reads the index and writes the folder that the publish step reads, nothing else', () => {
    const writing = rights.ModuleBuilder?.filter(({ actions }) => actions.some((action) => /Put|Publish/.test(action)));

    expect(writing).toEqual([
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['ModuleBuilderLog'] },
      { actions: ['s3:AbortMultipartUpload', 's3:PutObject'], resources: ['StoreBucket/packages/*/*/*'] },
    ]);
    expect(rights.ModuleBuilder).toEqual(
      expect.arrayContaining([
        ...LOGIN,
        { actions: ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'], resources: [REPOSITORY] },
      ]),
    );
    expect(rights.ModuleBuilder).toHaveLength(9);
  });

  test('only the publish step may publish, and otherwise only store its result', () => {
    const publishers = Object.entries(rights).filter(([, statements]) =>
      statements.some(({ actions }) => actions.includes('codeartifact:PublishPackageVersion')),
    );

    expect(publishers.map(([role]) => role)).toEqual(['Publish']);
    expect(new Set(rights.Publish)).toEqual(
      new Set([
        { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['PublishLog'] },
        { actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] },
        { actions: ['s3:AbortMultipartUpload', 's3:PutObject'], resources: ['StoreBucket/runs/*/published/*.json'] },
        { actions: ['s3:ListBucket'], resources: ['StoreBucket'] },
        { actions: ['s3:GetObject'], resources: ['StoreBucket/packages/*/*/*', 'StoreBucket/runs/*/plan.json'] },
        { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: ['ClaimsTable'] },
        ...LOGIN,
        ASKING,
        { actions: ['codeartifact:GetRepositoryEndpoint'], resources: [REPOSITORY] },
        { actions: ['codeartifact:PublishPackageVersion'], resources: [PACKAGES] },
      ]),
    );
  });

  test('other steps may list packages and look up claims, start the build and call the step', () => {
    const looking = [ASKING, { actions: ['dynamodb:GetItem'], resources: ['ClaimsTable'] }];
    expect(added('Plan')).toEqual(looking);
    expect(added('Preview')).toEqual(looking);
    expect(added('PipelineStateMachine')).toEqual([
      { actions: ['lambda:InvokeFunction'], resources: ['PublishFunction', 'PublishFunction:*'] },
      {
        actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
        resources: ['BuilderProject', 'ModuleBuilderProject'],
      },
    ]);
    const others = Object.keys(rights).filter(
      (role) => !['Plan', 'Preview', 'PipelineStateMachine', 'Publish', 'ModuleBuilder'].includes(role),
    );
    expect(others.flatMap(added)).toEqual([]);
  });

  test('the machine is not privileged, waits for no webhook, and has no secret', () => {
    template.hasResourceProperties('AWS::CodeBuild::Project', {
      Environment: Match.objectLike({ PrivilegedMode: false, ComputeType: 'BUILD_GENERAL1_SMALL' }),
      Source: Match.objectLike({ Type: 'NO_SOURCE', BuildSpec: Match.stringLikeRegexp('pytest') }),
      Triggers: Match.absent(),
      AutoRetryLimit: 0,
    });
  });
});

test('the alarm of costs counts the minutes of modules, too', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: Match.arrayWith([
      Match.objectLike({ Expression: 'FILL(seconds, 0) / 60 * 0.01 + FILL(modules, 0) / 60 * 0.005' }),
    ]),
  });
});

describe('a run', () => {
  test('publishes modules before it builds images of their stage or a later one', async () => {
    const order: string[] = [];
    const { result, payloads } = await run(() => planned({ tools: ['t'], critical: ['c'], frontend: ['f'] }, 'lib'), {
      definition,
      build: async (payload) => void order.push(serviceOf(payload) ?? 'module'),
      steps: {
        Publish: async (request) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push('published');
          return PUBLISHED.Publish(request);
        },
      },
    });

    expect(result.status).toBe('SUCCEEDED');
    expect(order.indexOf('t')).toBeGreaterThan(order.indexOf('published'));
    expect(order.indexOf('c')).toBeGreaterThan(order.indexOf('t'));
    expect(order.indexOf('f')).toBeLessThan(order.indexOf('published'));
    expect(payloads('Publish')).toEqual([{ run: 'run-1', module: 'lib', contentDigest: 'd'.repeat(40), build: {} }]);
    const [release] = payloads('Release') as { builds: never }[];
    expect(flat(release?.builds ?? [])).toContainEqual({
      service: 'module/lib',
      status: 'SUCCEEDED',
      version: '0.1.0.dev7',
    });
  });

  test('gives a module its variables as plain text, its source, its limit, and the machine of the project', async () => {
    const { payloads } = await run(() => planned({}, 'lib'), { definition, steps: PUBLISHED });

    expect(payloads('Build')).toEqual([
      {
        ProjectName: expect.stringContaining('ModuleBuilder'),
        IdempotencyToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        SourceTypeOverride: 'S3',
        SourceLocationOverride: 'bucket/sources/c/',
        TimeoutInMinutesOverride: 40,
        EnvironmentVariablesOverride: [
          { Name: 'RUN_ID', Type: 'PLAINTEXT', Value: 'run-1' },
          { Name: 'MODULE', Type: 'PLAINTEXT', Value: 'lib' },
          { Name: 'PACKAGE_KIND', Type: 'PLAINTEXT', Value: 'python' },
          { Name: 'CONTENT_DIGEST', Type: 'PLAINTEXT', Value: 'd'.repeat(40) },
          { Name: 'PACKAGE_VERSION', Type: 'PLAINTEXT', Value: '1.0.0' },
          { Name: 'PACKAGE_FOLDER', Type: 'PLAINTEXT', Value: 'bucket/packages/lib/d/' },
          { Name: 'SOURCE_COMMIT', Type: 'PLAINTEXT', Value: 'c'.repeat(40) },
        ],
      },
    ]);
  });

  test.each([
    ['build', { build: () => Promise.reject(named('States.TaskFailed', 'a test failed')), steps: PUBLISHED }],
    ['publish', { steps: { Publish: () => Promise.reject(named('PackageIndexError', 'the index is down')) } }],
  ])('a module that cannot %s fails the run after all other jobs', async (_, fakes) => {
    const { result, steps, payloads } = await run(() => planned({ tools: ['t'], critical: ['c'] }, 'lib'), {
      definition,
      ...fakes,
      build: async (payload) => {
        if (serviceOf(payload) === undefined) return 'build' in fakes ? fakes.build() : undefined;
        return { Build: {} };
      },
    });

    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
    expect(payloads('Outcome')).toMatchObject([{ service: 'module/lib', attempt: 1 }]);
    expect(steps).not.toContain('Commit');
    const [release] = payloads('Release') as { builds: never }[];
    expect(flat(release?.builds ?? []).map(({ service, status }) => `${service} ${status}`)).toEqual([
      'module/lib FAILED',
      't SUCCEEDED',
      'c SUCCEEDED',
    ]);
  });

  test('reads modules from the store if jobs are there', async () => {
    const stored = stateMachineDefinition(
      synthesize({ modules: [{ stage: 'tools' }], settings: { maxConcurrency: 60 } }).toJSON() as Template,
    );
    const none = { count: 0, key: 'none' };
    const places = {
      stored: Object.fromEntries(STAGES.map(({ name }) => [name, none])),
      storedModules: { tools: { count: 1, key: 'modules' } },
    };

    const { payloads } = await run(() => plan({}, { ...places, modules: { tools: [] } }), {
      definition: stored,
      stored: { modules: [moduleOf('lib')] },
      steps: PUBLISHED,
    });

    expect(payloads('Publish')).toHaveLength(1);
  });
});
