/** The functions that the state machine calls, and the rights of each. A test compares the rights one by one. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import type { JobSource } from '../../core/planning/job-source';
import type { OptionalRecord } from '../../core/settings/rollout-rules';
import { LAMBDA_ENV, STEP_ENV } from '../../lambdas/shared/environment';
import type { ImageRepositories } from '../storage/image-repositories';
import type { PackageRepository } from '../storage/package-repository';
import { readingSecrets, type Secrets } from '../storage/secrets';
import type { ClaimsTable, ObjectStore } from '../storage/stores';
import { type FunctionPlatform, lambdaEnvironment, nodeLambda } from './node-lambda';

/** The resources that steps use. */
export interface StepResources {
  readonly platform: FunctionPlatform;
  /** Values of variables: settings as JSON, names of bucket and table, and the ARN of the secret of functions that do not commit. */
  readonly variables: Readonly<Record<'settings' | 'bucket' | 'claimsTable' | 'gitSecret', string>>;
  readonly store: ObjectStore;
  readonly claims: ClaimsTable;
  readonly secrets: Secrets;
  readonly repositories: ImageRepositories;
  /** Undefined if no module is published. */
  readonly publishing: Publishing | undefined;
}

/** The package index, and the stages that publish to it. */
export interface Publishing {
  readonly packages: PackageRepository;
  readonly stages: readonly string[];
}

/** Makes the plan function. It reads git and registry, and stores the plan, the source archive and the lists that explain later differences. */
export function planFunction(
  scope: Construct,
  resources: StepResources,
  stages: readonly Stage[],
  { jobs, shared }: { readonly jobs: JobSource; readonly shared: boolean },
): LambdaFunction {
  const { platform, variables, store, claims, secrets, repositories, publishing } = resources;
  const own = [objectKeys.plan('*'), objectKeys.source('*'), objectKeys.inputs('*', '*'), objectKeys.manifest('*')];
  return nodeLambda(scope, 'Plan', platform, {
    description: 'Decides which images a run builds, retags or keeps, and why',
    environment: {
      ...lambdaEnvironment(STEP_ENV.plan, { ...variables, stages: namesOf(stages), jobs }),
      ...registryLogin(secrets),
      ...packageIndex(resources),
    },
    timeout: Duration.minutes(10),
    memory: 3008,
    repositoryUse: 'read',
    valuesUse: 'read',
    rights: [
      store.asking(),
      store.reading(...own, objectKeys.candidate('*'), objectKeys.times()),
      store.writing(
        ...own,
        ...(jobs === 'store' ? [objectKeys.jobs('*', '*')] : []),
        ...(jobs === 'store' && publishing !== undefined ? [objectKeys.moduleJobs('*', '*')] : []),
        ...(shared ? [objectKeys.machine('*', '*')] : []),
      ),
      readingSecrets(secrets.gitReader, secrets.registry),
      ...repositories.asking(),
      ...(publishing === undefined ? [] : [...publishing.packages.asking(), claims.reading()]),
    ],
  });
}

/** Makes the candidate function, which stores the manifests of new images. */
export function candidateFunction(scope: Construct, resources: StepResources): LambdaFunction {
  const { platform, variables, store, repositories } = resources;
  return nodeLambda(scope, 'Candidate', platform, {
    description: 'Checks that an image was pushed, and stores its manifests',
    environment: lambdaEnvironment(STEP_ENV.candidate, variables),
    timeout: Duration.minutes(5),
    memory: 512,
    rights: [
      store.asking(),
      store.reading(objectKeys.manifest('*')),
      store.writing(objectKeys.manifest('*'), objectKeys.candidate('*'), objectKeys.built('*')),
      ...repositories.seeingCandidates(),
    ],
  });
}

/** Makes the outcome function, which turns the error of a build into one line and stores it for the report. */
export function outcomeFunction(scope: Construct, { platform, variables, store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Outcome', platform, {
    description: 'Explains in one line why a build failed',
    environment: lambdaEnvironment(STEP_ENV.outcome, variables),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [store.writing(objectKeys.failure('*', '*'), objectKeys.failed('*', '*'))],
  });
}

/** Makes the fail-fast function, which looks up whether a job of the run has failed. */
export function failFastFunction(scope: Construct, { platform, variables, store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'FailFast', platform, {
    description: 'Lets no job start after another one has failed',
    environment: lambdaEnvironment(STEP_ENV['fail-fast'], variables),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [store.asking(), store.reading(objectKeys.failed('*', '*'))],
  });
}

/** Makes the commit function. Besides the tag function, no other has a login that may write. It only reads the monorepo beside a values repository. */
export function commitFunction(scope: Construct, resources: StepResources, proposes: boolean): LambdaFunction {
  const { platform, variables, store, secrets } = resources;
  const isOne = platform.values === undefined;
  const use = proposes ? 'propose' : 'commit';
  const gitSecret = isOne ? secrets.git : secrets.gitReader;
  const proposals = [objectKeys.proposal('*'), objectKeys.proposed('*', '*'), objectKeys.overtaken('*')];
  return nodeLambda(scope, 'Commit', platform, {
    description: 'Updates values file, version lock and version table in one commit',
    environment: lambdaEnvironment(STEP_ENV.commit, { ...variables, gitSecret }),
    timeout: Duration.minutes(5),
    memory: 1024,
    repositoryUse: isOne ? use : 'read',
    valuesUse: use,
    rights: [
      store.asking(),
      store.reading(objectKeys.release('*'), ...(proposes ? [objectKeys.plan('*'), ...proposals] : [])),
      store.writing(objectKeys.commit('*'), ...(proposes ? proposals : [])),
      readingSecrets(gitSecret),
    ],
  });
}

/** Makes the report function, which stores report and summary and writes the commit's status. EventBridge calls it, too. */
export function reportFunction(
  scope: Construct,
  resources: StepResources,
  optional: readonly OptionalRecord[],
): LambdaFunction {
  const { platform, variables, store, secrets } = resources;
  const { report, summary, page, timeline } = objectKeys;
  return nodeLambda(scope, 'Report', platform, {
    description: 'Reports how a run ended',
    environment: lambdaEnvironment(STEP_ENV.report, variables),
    timeout: Duration.minutes(2),
    memory: 512,
    asynchronous: true,
    repositoryUse: 'read',
    rights: [
      store.asking(),
      store.reading(
        objectKeys.plan('*'),
        objectKeys.candidate('*'),
        objectKeys.published('*', '*'),
        objectKeys.failure('*', '*'),
        objectKeys.tagged('*', '*'),
        objectKeys.release('*'),
        objectKeys.commit('*'),
        ...optional.map((name) => objectKeys[name]('*')),
        objectKeys.report('*'),
        objectKeys.times(),
      ),
      store.writing(...[report, summary, page, timeline].map((key) => key('*')), objectKeys.times()),
      readingSecrets(secrets.gitReader),
    ],
  });
}

/** Makes the end function, which throws the error of a failed run. It has no rights. */
export function endFunction(scope: Construct, { platform }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'End', platform, {
    description: 'Ends a run that failed with its error, unless it is redriven',
    environment: {},
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [],
  });
}

/** Returns the names of the stages, as a variable has them. */
export function namesOf(stages: readonly Stage[]): string {
  return JSON.stringify(stages.map(({ name }) => name));
}

/** Returns the variables that name package index, claims and publishing stages; none if no module is published. */
export function packageIndex({
  publishing,
  claims,
}: Pick<StepResources, 'publishing' | 'claims'>): Readonly<Record<string, string>> {
  if (publishing === undefined) return {};
  return {
    [LAMBDA_ENV.packageIndex]: indexName(publishing),
    [LAMBDA_ENV.claimsTable]: claims.table.tableName,
    [LAMBDA_ENV.publishing]: JSON.stringify(publishing.stages),
  };
}

/** Returns the name of the package index, as a variable has it. */
export function indexName({ packages }: Publishing): string {
  const { domain, repository, kinds } = packages;
  return Stack.of(packages).toJsonString({ domain, repository, kinds });
}

/** Returns the variable that names the secret of the release registry; none for ECR, where the role is the login. */
export function registryLogin({ registry }: Secrets): Readonly<Record<string, string>> {
  return registry === undefined ? {} : { [LAMBDA_ENV.registrySecret]: registry };
}

/** Makes the scan function. It writes no image, and reads the waivers of the monorepo with the login of readers. */
export function scanFunction(scope: Construct, resources: StepResources): LambdaFunction {
  const { platform, variables, store, secrets, repositories } = resources;
  return nodeLambda(scope, 'Scan', platform, {
    description: 'Keeps images from their versions whose vulnerabilities reach a severity',
    environment: lambdaEnvironment(STEP_ENV.scan, variables),
    timeout: Duration.minutes(10),
    memory: 1024,
    repositoryUse: 'read',
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), objectKeys.failure('*', '*'), objectKeys.scan('*'), objectKeys.manifest('*')),
      store.writing(objectKeys.scan('*'), objectKeys.manifest('*')),
      readingSecrets(secrets.gitReader),
      ...repositories.scanning(),
    ],
  });
}

/** Makes the approval function, which stores the task token that an approval uses. `announceApprovals` gives it the topic. */
export function approvalFunction(scope: Construct, { platform, variables, store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Approval', platform, {
    description: 'Asks a person to approve a run',
    environment: lambdaEnvironment(['settings', 'bucket', 'stack'], { ...variables, stack: Stack.of(scope).stackName }),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), objectKeys.failure('*', '*')),
      store.writing(objectKeys.approval('*')),
    ],
  });
}

/** Lets the approval function tell the topic's subscribers about a run that waits. The topic is made after the state machine. */
export function announceApprovals(approval: LambdaFunction, topic: ITopic): void {
  approval.addEnvironment(LAMBDA_ENV.topic, topic.topicArn);
  approval.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
}
