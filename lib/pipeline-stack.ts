/** The architecture on one page. `functions/steps.ts` has the rights of each step. */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Stage } from '../core/catalog/model';
import { jobSource } from '../core/planning/job-source';
import { hasReader, type Settings } from '../core/settings/schema';
import { JobTool } from './builders/build-project';
import { ImageBuilder, ModuleBuilder } from './builders/builders';
import { previewFunction, reconcileFunction, reportAllEnds } from './functions/outside-runs';
import * as steps from './functions/steps';
import { WebhookEndpoint, webhookFunction } from './functions/webhook';
import { acknowledgeFindings } from './operations/acknowledged-findings';
import { Operations } from './operations/operations';
import { PipelineStateMachine } from './state-machine/state-machine';
import { isEcr } from './storage/ecr-host';
import { ImageRepositories } from './storage/image-repositories';
import { PackageRepository } from './storage/package-repository';
import { Secrets } from './storage/secrets';
import { ClaimsTable, ObjectStore } from './storage/stores';

/** SQS keeps no message longer. */
const DEAD_LETTER_DAYS = 14;

export interface PipelineStackProps extends StackProps {
  readonly settings: Settings;
  /** Stages of the catalog, which become states of the state machine. */
  readonly stages: readonly Stage[];
  /** Image names of the catalog. Their number decides where the jobs of a run are stored. */
  readonly images: readonly string[];
  /** Modules of the catalog that are published. */
  readonly modules: readonly PublishedModule[];
}

/** A published module, by the stage that publishes it. */
export interface PublishedModule {
  readonly stage: string;
}

/** The pipeline of one monorepo: webhook -> plan -> builds -> release -> commit -> report. */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, { settings, stages, images, modules, ...props }: PipelineStackProps) {
    super(scope, id, { description: 'Builds and releases the container images of a monorepo', ...props });
    const { maxConcurrency, catalogFile, network } = settings;
    const logRetention = settings.logDays;

    const store = new ObjectStore(this, 'Store');
    const claims = new ClaimsTable(this, 'Claims');
    const secrets = new Secrets(this, 'Secrets', {
      reader: hasReader(settings),
      registry: !isEcr(settings.releases.host),
      chat: settings.notices.chats.length > 0,
    });
    const repositories = new ImageRepositories(this, 'Images', { settings });
    const publishing = modules.length === 0 ? undefined : this.publishing(settings, modules);
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });

    const builds = { store, tool: new JobTool(this, 'JobTool'), logRetention, network };
    const { project } = new ImageBuilder(this, 'Builder', { ...builds, repositories });
    const moduleProject =
      publishing && new ModuleBuilder(this, 'ModuleBuilder', { ...builds, ...publishing, catalogFile }).project;

    const resources = {
      platform: { logRetention, network, deadLetters },
      settings: this.toJsonString(repositories.settings),
      store,
      claims,
      secrets,
      repositories,
      publishing,
    };
    const jobs = jobSource({ maxConcurrency, stages, jobs: images.length + modules.length });
    const report = steps.reportFunction(this, resources);
    const { stateMachine } = new PipelineStateMachine(this, 'Pipeline', {
      stages,
      maxConcurrency,
      jobs,
      store,
      project,
      logRetention,
      plan: steps.planFunction(this, resources, stages, jobs),
      candidate: steps.candidateFunction(this, resources),
      outcome: steps.outcomeFunction(this, resources),
      approval: steps.approvalFunction(this, resources),
      approvalHours: Math.max(0, ...settings.environments.map(({ approval }) => approval?.hours ?? 0)),
      release: steps.releaseFunction(this, resources),
      commit: steps.commitFunction(this, resources),
      report,
      end: steps.endFunction(this, resources),
      failFast: settings.stopAtFirstFailure ? steps.failFastFunction(this, resources) : undefined,
      publishing: publishing &&
        moduleProject && {
          stages: publishing.stages,
          project: moduleProject,
          publish: steps.publishFunction(this, resources, publishing),
        },
    });
    reportAllEnds(this, stateMachine, report, deadLetters);
    const preview = previewFunction(this, resources, stages);
    const webhook = webhookFunction(this, resources, stateMachine, preview, settings.webhookConcurrency);
    const { url, api } = new WebhookEndpoint(this, 'Endpoint', { receiver: webhook, logRetention });
    const reconcile = reconcileFunction(this, resources, stateMachine);
    const watched = { stateMachine, project, moduleProject, api, webhook, reconcile };
    const operations = new Operations(this, 'Operations', { ...watched, settings, resources });

    this.outputs({
      StateMachineArn: stateMachine.stateMachineArn,
      StoreBucketName: store.bucket.bucketName,
      NoticeTopicArn: operations.topicArn,
      DeadLetterQueueUrl: deadLetters.queueUrl,
      WebhookUrl: url,
      WebhookSecretArn: secrets.webhook,
      GitSecretArn: secrets.git,
      GitReaderSecretArn: hasReader(settings) ? secrets.gitReader : undefined,
      RegistrySecretArn: secrets.registry,
      ChatSecretArn: secrets.chat,
      PackageDomain: publishing?.packages.domain,
      PackageRepositoryName: publishing?.packages.repository,
    });
    acknowledgeFindings(this);
  }

  private publishing({ packages: existing }: Settings, modules: readonly PublishedModule[]): steps.Publishing {
    const packages = new PackageRepository(this, 'Packages', { existing });
    return { packages, stages: [...new Set(modules.map(({ stage }) => stage))] };
  }

  /** Adds an output for each value that there is. */
  private outputs(values: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) new CfnOutput(this, name, { value });
    }
  }
}
