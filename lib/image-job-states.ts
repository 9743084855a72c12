/** One image as a job: built on a machine of its own, then its manifests are kept. */
import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import { type BuildJob, ERROR_NAMES } from '../core/contract';
import type { CandidateRequest } from '../core/job-contract';
import { JOB_ENV } from '../core/job-env';
import { invokeStep, type RequestPaths } from './invoke-step';
import { type BuildStates, fromPaths, jobStates, outcome, SHARED_BY_JOBS, type SharedByJobs } from './job-states';
import { startBuild } from './start-build';

const ITEM: RequestPaths<BuildJob & SharedByJobs> = {
  service: '$$.Map.Item.Value.service',
  inputDigest: '$$.Map.Item.Value.inputDigest',
  candidate: '$$.Map.Item.Value.candidate',
  bases: '$$.Map.Item.Value.bases',
  machine: '$$.Map.Item.Value.machine',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  ...SHARED_BY_JOBS,
};

/** The Map's item selector. */
export const IMAGE_ITEM = { ...fromPaths(ITEM), attempt: 1 };

/** The states of one image. A candidate that is not there is a failure; manifests that cannot be kept now are pulled by the release. */
export function imageJob(states: BuildStates, title: string): IChainable {
  const { scope, project, candidate } = states;
  return jobStates(states, title, {
    build: startBuild(scope, `Build: ${title}`, { project, variables: JOB_ENV, ownMachine: true }),
    fields: Object.keys(ITEM),
    last: (explain) => {
      const request: RequestPaths<CandidateRequest> = { run: '$.run', candidate: '$.candidate' };
      const keep = invokeStep(scope, `Keep: ${title}`, candidate, request, { resultPath: '$.kept' });
      const built = outcome(scope, `Built: ${title}`, { status: 'SUCCEEDED' });
      keep.addCatch(explain, { errors: [ERROR_NAMES.imageMissing], resultPath: '$.error' });
      keep.addCatch(built, { errors: ['States.ALL'], resultPath: '$.keepError' });
      return keep.next(built);
    },
  });
}
