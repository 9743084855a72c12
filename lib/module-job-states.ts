/** One module as a job: built and tested on a machine of its own, then published by a function that no code of the module reaches. */
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { ModuleJob, PublishRequest } from '../core/job-contract';
import { MODULE_JOB_ENV } from '../core/job-env';
import { invokeStep, type RequestPaths } from './invoke-step';
import { type BuildStates, fromPaths, jobStates, outcome, SHARED_BY_JOBS, type SharedByJobs } from './job-states';
import { startBuild } from './start-build';

/** What the states of modules use. */
export interface PublishingStates {
  /** Names of the stages that publish modules. */
  readonly stages: readonly string[];
  readonly project: IProject;
  readonly publish: IFunction;
}

const ITEM: RequestPaths<ModuleJob & SharedByJobs> = {
  service: '$$.Map.Item.Value.service',
  module: '$$.Map.Item.Value.module',
  contentDigest: '$$.Map.Item.Value.contentDigest',
  packages: '$$.Map.Item.Value.packages',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  ...SHARED_BY_JOBS,
};

/** The Map's item selector. */
export const MODULE_ITEM = { ...fromPaths(ITEM), attempt: 1 };

/** The states of one module. */
export function moduleJob(states: BuildStates, { project, publish }: PublishingStates, title: string): IChainable {
  const { scope } = states;
  return jobStates(states, title, {
    build: startBuild(scope, `Build: ${title}`, { project, variables: MODULE_JOB_ENV, ownMachine: false }),
    fields: Object.keys(ITEM),
    last: (explain) => {
      const request: RequestPaths<PublishRequest> = {
        run: '$.run',
        module: '$.module',
        contentDigest: '$.contentDigest',
      };
      const task = invokeStep(scope, `Publish: ${title}`, publish, request, { resultPath: '$.published' });
      task.addCatch(explain, { errors: ['States.ALL'], resultPath: '$.error' });
      const version = '$.published.Payload.version';
      return task.next(outcome(scope, `Published: ${title}`, { status: 'SUCCEEDED' }, { version }));
    },
  });
}
