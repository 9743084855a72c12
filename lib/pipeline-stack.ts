/** The architecture on one page. What each step may do is in `steps.ts`. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from '../core/catalog/model';
import { jobSource } from '../core/planning/job-source';
import { hasReader, type Settings } from '../core/settings/schema';
import { JobTool } from './builders/build-project';
import { ImageBuilder } from './builders/image-builder';
import { ModuleBuilder } from './builders/module-builder';
import { previewFunction } from './functions/preview';
import { reconcileFunction } from './functions/reconcile';
import * as steps from './functions/steps';
import { reportAllEnds } from './functions/unreported-runs';
import { WebhookEndpoint, webhookFunction } from './functions/webhook';
import { acknowledgeFindings } from './operations/acknowledged-findings';
import { Operations } from './operations/operations';
import { PipelineStateMachine } from './state-machine/state-machine';
import { ClaimsTable } from './storage/claims-table';
import { isEcr } from './storage/ecr-host';
import { ImageRepositories } from './storage/image-repositories';
import { ObjectStore } from './storage/object-store';
import { PackageRepository } from './storage/package-repository';
import { Secrets } from './storage/secrets';

export interface PipelineStackProps extends StackProps {
  readonly settings: Settings;
  /** Stages of the catalog; they become states of the state machine. */
  readonly stages: readonly Stage[];
  /** Image names of the catalog; how many there are decides where the jobs of a run lie. */
  readonly images: readonly string[];
  /** Modules of the catalog that are published: the stages that publish them. */
  readonly modules: readonly ModulePlace[];
}

/** A published module, by the stage that publishes it. */
export interface ModulePlace {
  readonly stage: string;
}

/** The pipeline of one monorepo: webhook -> plan -> builds -> release -> commit -> report. */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, { settings, stages, images, modules, ...props }: PipelineStackProps) {
    super(scope, id, { description: 'Builds and releases the container images of a monorepo', ...props });

    const store = new ObjectStore(this, 'Store');
    const claims = new ClaimsTable(this, 'Claims');
    const secrets = new Secrets(this, 'Secrets', {
      reader: hasReader(settings),
      registry: !isEcr(settings.releases.host),
      chat: settings.notices.chats.length > 0,
    });
    const repositories = new ImageRepositories(this, 'Images', { settings });
    const tool = new JobTool(this, 'JobTool');
    const builder = new ImageBuilder(this, 'Builder', { store, repositories, tool });
    const publishing = modules.length === 0 ? undefined : this.publishing(settings, modules);

    const resources = {
      settings: this.toJsonString(repositories.settings),
      store,
      claims,
      secrets,
      repositories,
      publishing,
    };
    const { maxConcurrency, catalogFile } = settings;
    const jobs = jobSource({ maxConcurrency, stages, jobs: images.length + modules.length });
    const moduleProject =
      publishing && new ModuleBuilder(this, 'ModuleBuilder', { store, tool, catalogFile, ...publishing }).project;
    const report = steps.reportFunction(this, resources);
    const { stateMachine } = new PipelineStateMachine(this, 'Pipeline', {
      stages,
      maxConcurrency,
      jobs,
      store,
      project: builder.project,
      logRetention: RetentionDays.THREE_MONTHS,
      plan: steps.planFunction(this, resources, stages, jobs),
      candidate: steps.candidateFunction(this, resources),
      outcome: steps.outcomeFunction(this, resources),
      approval: steps.approvalFunction(this, resources),
      approvalHours: Math.max(0, ...settings.environments.map(({ approval }) => approval?.hours ?? 0)),
      release: steps.releaseFunction(this, resources),
      commit: steps.commitFunction(this, resources),
      report,
      end: steps.endFunction(this),
      failFast: settings.stopAtFirstFailure ? steps.failFastFunction(this, resources) : undefined,
      publishing: publishing &&
        moduleProject && {
          stages: publishing.stages,
          project: moduleProject,
          publish: steps.publishFunction(this, resources, publishing),
        },
    });
    reportAllEnds(this, stateMachine, report);
    const preview = previewFunction(this, resources, stages);
    const webhook = webhookFunction(this, resources, stateMachine, preview, settings.webhookConcurrency);
    const { url, api } = new WebhookEndpoint(this, 'Endpoint', { receiver: webhook });
    const reconcile = reconcileFunction(this, resources, stateMachine);
    const { project } = builder;
    const watched = { stateMachine, project, moduleProject, api, webhook, reconcile };
    const operations = new Operations(this, 'Operations', { ...watched, settings, resources });

    new CfnOutput(this, 'StateMachineArn', { value: stateMachine.stateMachineArn });
    new CfnOutput(this, 'StoreBucketName', { value: store.bucket.bucketName });
    new CfnOutput(this, 'NoticeTopicArn', { value: operations.topicArn });
    new CfnOutput(this, 'WebhookUrl', { value: url });
    new CfnOutput(this, 'WebhookSecretArn', { value: secrets.webhook });
    new CfnOutput(this, 'GitSecretArn', { value: secrets.git });
    if (hasReader(settings)) new CfnOutput(this, 'GitReaderSecretArn', { value: secrets.gitReader });
    if (secrets.registry !== undefined) new CfnOutput(this, 'RegistrySecretArn', { value: secrets.registry });
    if (secrets.chat !== undefined) new CfnOutput(this, 'ChatSecretArn', { value: secrets.chat });
    if (publishing !== undefined) {
      new CfnOutput(this, 'PackageDomain', { value: publishing.packages.domain });
      new CfnOutput(this, 'PackageRepositoryName', { value: publishing.packages.repository });
    }
    acknowledgeFindings(this);
  }

  private publishing({ packages: existing }: Settings, modules: readonly ModulePlace[]): steps.Publishing {
    const packages = new PackageRepository(this, 'Packages', { existing });
    return { packages, stages: [...new Set(modules.map(({ stage }) => stage))] };
  }
}
