/** The architecture on one page. `functions/steps.ts` has the rights of each step. */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, type IVpc, SecurityGroup, type SubnetSelection, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Publishing, Stage } from '../core/catalog/model';
import { jobSource } from '../core/planning/job-source';
import { valuesSettings } from '../core/settings/files/values-repository';
import { hasReader, mergeHours, usesPullRequests } from '../core/settings/git-login';
import type { Network } from '../core/settings/network/network-schema';
import { environmentRegistries, loginHosts } from '../core/settings/registry/environment-registry';
import { optionalRecords, rolloutNeeds } from '../core/settings/rollout-rules';
import type { Settings } from '../core/settings/schema';
import { Authorities } from './builders/authorities';
import { JobTool } from './builders/build-project';
import { CommandRunner, ImageBuilder, ModuleBuilder } from './builders/builders';
import { previewFunction, reconcileFunction, reportAllEnds } from './functions/outside-runs';
import { releaseFunction } from './functions/release';
import { codeCommitRepository, repositoryEventsFunction } from './functions/repository-events';
import { rolloutFunction } from './functions/rollout';
import * as steps from './functions/steps';
import { publishFunction, tagFunction } from './functions/tag';
import { WebhookEndpoint, webhookFunction } from './functions/webhook';
import { logicalId, namePipeline } from './naming';
import { acknowledgeFindings } from './operations/acknowledged-findings';
import { Operations } from './operations/operations';
import { PipelineStateMachine } from './state-machine/state-machine';
import { OWN_MACHINE, OWN_MACHINE_OR_FLEET } from './state-machine/tasks';
import { ImageRepositories } from './storage/image-repositories';
import { PackageRepository } from './storage/package-repository';
import { type ExistingSecrets, Secrets } from './storage/secrets';
import { ClaimsTable, ObjectStore } from './storage/stores';

export const STACK_DESCRIPTION = 'Builds and releases the container images of a monorepo';

/** SQS keeps no message longer. */
const DEAD_LETTER_DAYS = 14;

/** A pipeline whose settings and catalog are checked already. */
export interface PipelineProps extends ExistingResources {
  readonly settings: Settings;
  /** Stages of the catalog, which become states of the state machine. */
  readonly stages: readonly Stage[];
  /** Image names of the catalog. Their number decides where the jobs of a run are stored. */
  readonly images: readonly string[];
  /** Modules of the catalog that are published. */
  readonly modules: readonly PublishedModule[];
}

/** Existing resources. The pipeline creates those that are left out. */
export interface ExistingResources {
  /** The network of functions and builds: `network` of the settings, in the form of the CDK. */
  readonly vpc?: IVpc;
  /** Default: private subnets with a way to the internet. */
  readonly vpcSubnets?: SubnetSelection;
  /** Default: a group of the pipeline's own, which lets everything out and nothing in. */
  readonly securityGroups?: readonly ISecurityGroup[];
  readonly secrets?: ExistingSecrets;
  /** The repository of candidates, in the registry of this account and region. */
  readonly candidates?: IRepository;
  /** Receives notices and alarms. The policy of an imported topic must let EventBridge and CloudWatch publish. */
  readonly topic?: ITopic;
  /**
   * Encrypts bucket, table, candidates, dead letters, and the topic and secrets that are made. The policy of an imported key must let
   * EventBridge and CloudWatch use it.
   */
  readonly encryptionKey?: IKey;
  /** Signs releases: `signing.kmsKey` of the settings, in the form of the CDK. `ECC_NIST_P256` for `SIGN_VERIFY`. */
  readonly signingKey?: IKey;
}

/** A published module, by the stage that publishes it and the kind of its package. */
export type PublishedModule = Pick<Publishing, 'kind' | 'stage'>;

/**
 * The pipeline of one monorepo: webhook -> plan -> builds -> release -> commit -> report. A stack can have several. One with the id
 * `Default` has logical ids and names without an id of its own.
 */
export class Pipeline extends Construct {
  /** Runs the pipeline. */
  readonly stateMachine: StateMachine;
  /** Gets all notices and alarms. */
  readonly topic: ITopic;
  /** Keeps plans, release records, reports and source archives. */
  readonly bucket: IBucket;
  /** Keeps the claims of versions. */
  readonly claims: ITableV2;
  /** The repository that builds push to; undefined if it is not in ECR. */
  readonly candidates: IRepository | undefined;
  /** Events that a function could not process. */
  readonly deadLetters: IQueue;
  /** The address to enter at the git host. */
  readonly webhookUrl: string;
  /** ARNs of the secrets. */
  readonly secrets: Secrets;

  constructor(scope: Construct, id: string, { settings, stages, images, modules, ...existing }: PipelineProps) {
    super(scope, id);
    namePipeline(this);
    const { maxConcurrency, catalogFile, certificateAuthorities: file } = settings;
    const { encryptionKey: key } = existing;
    const network = existing.vpc === undefined ? settings.network : this.network(existing.vpc, existing);
    const authorities = file === undefined ? undefined : new Authorities(this, 'Authorities', file);
    const platform = { logRetention: settings.logDays, network, proxy: settings.proxy, authorities };

    const values = valuesSettings(settings);
    const store = new ObjectStore(this, 'Store', key);
    const claims = new ClaimsTable(this, 'Claims', key);
    const secrets = new Secrets(this, 'Secrets', {
      reader: hasReader(settings),
      values: values === undefined || values.git.host === 'codecommit' ? undefined : { reader: hasReader(values) },
      registry: loginHosts(settings).length > 0,
      chat: settings.notices.chats.length > 0,
      existing: existing.secrets,
      key,
    });
    const repositories = new ImageRepositories(this, 'Images', { settings, existing: existing.candidates, key });
    const publishing = modules.length === 0 ? undefined : this.publishing(settings, modules);
    const deadLetters = new Queue(this, 'DeadLetters', {
      ...(key === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: key }),
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });

    const builds = { ...platform, store, tool: new JobTool(this, 'JobTool'), key };
    const shared = settings.builders !== undefined;
    const { project } = new ImageBuilder(this, 'Builder', { ...builds, repositories, shared });
    const moduleProject =
      publishing && new ModuleBuilder(this, 'ModuleBuilder', { ...builds, ...publishing, catalogFile }).project;

    const needs = rolloutNeeds(settings);
    const commandProject = needs.commands
      ? new CommandRunner(this, 'CommandRunner', { ...builds, clusters: needs.clusters }).project
      : undefined;

    const repository = codeCommitRepository(this, settings);
    const { valuesGit: secret, valuesGitReader: readerSecret } = secrets;
    const valuesAccess = values && { repository: codeCommitRepository(this, values), secret, readerSecret };
    const resources = {
      platform: { ...platform, deadLetters, repository, values: valuesAccess, keys: keysOf(existing) },
      variables: {
        settings: Stack.of(this).toJsonString({ ...repositories.settings, certificateAuthorities: undefined }),
        bucket: store.bucket.bucketName,
        claimsTable: claims.table.tableName,
        gitSecret: secrets.gitReader,
      },
      store,
      claims,
      secrets,
      repositories,
      publishing,
    };
    const release = releaseFunction(this, resources, settings.signing?.kmsKey);
    const jobs = jobSource({ maxConcurrency, stages, jobs: images.length + modules.length });
    const commit = steps.commitFunction(this, resources, usesPullRequests(settings));
    const report = steps.reportFunction(this, resources, optionalRecords(settings));
    const approval = steps.approvalFunction(this, resources);
    const { stateMachine } = new PipelineStateMachine(this, 'Pipeline', {
      stages,
      maxConcurrency,
      shared,
      machine: settings.fleets === undefined ? OWN_MACHINE : OWN_MACHINE_OR_FLEET,
      jobs,
      store,
      project,
      logRetention: settings.logDays,
      plan: steps.planFunction(this, resources, stages, { jobs, shared }),
      candidate: steps.candidateFunction(this, resources),
      outcome: steps.outcomeFunction(this, resources),
      scan: settings.scan === undefined ? undefined : steps.scanFunction(this, resources),
      approval,
      approvalHours: Math.max(0, ...settings.environments.map(({ approval }) => approval?.hours ?? 0)),
      mergeHours: mergeHours(settings),
      deliveryHours: Math.max(0, ...environmentRegistries(settings).map(({ minutes }) => minutes / 60)),
      release,
      commit,
      tag: settings.releaseTag === undefined ? undefined : tagFunction(this, resources, needs.any),
      report,
      end: steps.endFunction(this, resources),
      failFast: settings.stopAtFirstFailure ? steps.failFastFunction(this, resources) : undefined,
      publishing: publishing &&
        moduleProject && {
          stages: publishing.stages,
          project: moduleProject,
          publish: publishFunction(this, resources, publishing),
        },
      rollouts: needs.any
        ? { ...needs, rollout: rolloutFunction(this, resources, settings), commands: commandProject }
        : undefined,
    });
    key?.grantDecrypt(stateMachine);
    reportAllEnds(this, stateMachine, report, deadLetters);
    const preview = previewFunction(this, resources, stages);
    const webhook = webhookFunction(this, resources, stateMachine, preview, settings.webhookConcurrency);
    if (repository !== undefined) {
      repositoryEventsFunction(this, resources, { repository, stateMachine, preview, committer: commit });
    }
    const { url, api } = new WebhookEndpoint(this, 'Endpoint', { receiver: webhook, logRetention: settings.logDays });
    const reconcile = reconcileFunction(this, resources, stateMachine);
    const watched = { stateMachine, project, moduleProject, api, webhook, reconcile };
    const operations = new Operations(this, 'Operations', {
      ...watched,
      settings,
      resources,
      existing: existing.topic,
      key,
    });
    steps.announceApprovals(approval, operations.topic);

    this.outputs({
      StateMachineArn: stateMachine.stateMachineArn,
      StoreBucketName: store.bucket.bucketName,
      NoticeTopicArn: operations.topic.topicArn,
      DeadLetterQueueUrl: deadLetters.queueUrl,
      ReleaseRoleArn: release.role?.roleArn,
      ReleaseFunctionName: environmentRegistries(settings).length > 0 ? release.functionName : undefined,
      WebhookUrl: url,
      WebhookSecretArn: secrets.webhook,
      GitSecretArn: repository === undefined ? secrets.git : undefined,
      GitReaderSecretArn: hasReader(settings) ? secrets.gitReader : undefined,
      ValuesGitSecretArn: secret,
      ValuesGitReaderSecretArn: readerSecret === secret ? undefined : readerSecret,
      RegistrySecretArn: secrets.registry,
      ChatSecretArn: secrets.chat,
      PackageDomain: publishing?.packages.domain,
      PackageRepositoryName: publishing?.packages.repository,
      PackageKinds: publishing?.packages.kinds.join(' '),
    });
    acknowledgeFindings(this);
    this.stateMachine = stateMachine;
    this.topic = operations.topic;
    this.bucket = store.bucket;
    this.claims = claims.table;
    this.candidates = repositories.repository;
    this.deadLetters = deadLetters;
    this.webhookUrl = url;
    this.secrets = secrets;
  }

  /** Lets a role, user or function start runs and see how they end. */
  grantStart(grantee: IGrantable): Grant {
    this.stateMachine.grantRead(grantee);
    return this.stateMachine.grantStartExecution(grantee);
  }

  private network(vpc: IVpc, { vpcSubnets, securityGroups }: ExistingResources): Network {
    const { subnetIds } = vpc.selectSubnets(vpcSubnets ?? { subnetType: SubnetType.PRIVATE_WITH_EGRESS });
    const description = 'Functions and builds of the image pipeline';
    const groups = securityGroups ?? [new SecurityGroup(this, 'SecurityGroup', { vpc, description })];
    return { vpcId: vpc.vpcId, subnetIds, securityGroupIds: groups.map((group) => group.securityGroupId) };
  }

  private publishing({ packages: existing }: Settings, modules: readonly PublishedModule[]): steps.Publishing {
    const packages = new PackageRepository(this, 'Packages', { existing, modules });
    return { packages, stages: [...new Set(modules.map(({ stage }) => stage))] };
  }

  /** Adds an output for each value that there is. */
  private outputs(values: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) new CfnOutput(this, name, { value }).overrideLogicalId(logicalId(this, name));
    }
  }
}

/** Returns the keys of everything that functions read: the pipeline's own, and those of secrets that exist already. */
function keysOf({ encryptionKey, secrets = {} }: ExistingResources): readonly IKey[] {
  const keys = [encryptionKey, ...Object.values(secrets).map(({ encryptionKey: key }) => key)];
  return [...new Set(keys.filter((key) => key !== undefined))];
}

/** A stack that is one pipeline. */
export class PipelineStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, stages, images, modules, ...props }: PipelineProps & StackProps,
  ) {
    super(scope, id, { description: STACK_DESCRIPTION, ...props });
    new Pipeline(this, 'Default', { settings, stages, images, modules });
  }
}
