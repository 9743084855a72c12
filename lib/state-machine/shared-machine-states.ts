/** The states of one machine that may build several images. Each image that it did not push is built once more, on a machine of its own. */
import { Choice, Condition, type IChainable, Map as MapState, Pass, Result } from 'aws-cdk-lib/aws-stepfunctions';
import type { BuildJob, CandidateRequest, MachineJob } from '../../core/contract/job';
import { MACHINE_JOB_ENV } from '../../core/contract/job-environment';
import {
  type BuildStates,
  fromPaths,
  IMAGE_JOB,
  imageJob,
  SHARED_BY_JOBS,
  type SharedByJobs,
  storeManifests,
} from './job-states';
import { type RequestPaths, startBuild } from './tasks';

const MACHINE_PATHS: RequestPaths<MachineJob & SharedByJobs> = {
  service: '$$.Map.Item.Value.service',
  images: '$$.Map.Item.Value.images',
  together: '$$.Map.Item.Value.together',
  list: '$$.Map.Item.Value.list',
  machine: '$$.Map.Item.Value.machine',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  ...SHARED_BY_JOBS,
};

/** The item selector of a Map of machines. The attempts of an image begin with 1, so that the tokens of both builds differ. */
export const MACHINE_ITEM = { ...fromPaths(MACHINE_PATHS), attempt: 0 };

/** The image, and what it needs of its machine. */
const IMAGE_PATHS: RequestPaths<
  BuildJob & SharedByJobs & Pick<MachineJob, 'together'> & Pick<CandidateRequest, 'build'>
> = {
  ...IMAGE_JOB,
  run: '$.run',
  commit: '$.commit',
  source: '$.source',
  redrives: '$.redrives',
  together: '$.together',
  build: '$.build',
};

/**
 * Returns the states of one machine, whose result is the outcomes of its images. The registry proves what was built, not the end of the
 * machine: one that fails takes no image with it that it had pushed.
 */
export function machineJob(states: BuildStates, label: string): IChainable {
  const { scope, project, maxConcurrency, machine } = states;
  const text = {
    name: `Build images together (${label})`,
    comment: 'Builds several images on one machine, and pushes each as a candidate.',
  };
  const build = startBuild(scope, text, { project, variables: MACHINE_JOB_ENV, machine });
  const images = new MapState(scope, `Images of a machine (${label})`, {
    comment: 'Finds out which images were built. The others are built alone.',
    itemsPath: '$.images',
    itemSelector: { ...fromPaths(IMAGE_PATHS), attempt: 1 },
    maxConcurrency,
  }).itemProcessor(eachImage(states, label));
  const alone = new Pass(scope, `One image (${label})`, {
    comment: 'Nothing was built together.',
    result: Result.fromObject({}),
    resultPath: '$.build',
  });
  build.addCatch(images, { errors: ['States.ALL'], resultPath: '$.build' });
  return new Choice(scope, `Several images? (${label})`, { comment: 'Small images share a machine.' })
    .when(Condition.booleanEquals('$.together', true), build.next(images))
    .otherwise(alone.next(images));
}

/** Returns the states of one image of a machine, whose result is a `BuildOutcome`. */
function eachImage(states: BuildStates, label: string): IChainable {
  const own = imageJob(states, label);
  const request: RequestPaths<CandidateRequest> = {
    run: '$.run',
    candidate: '$.candidate',
    build: '$.build',
    sharedBy: '$.service',
  };
  // `$.error` is that of the image's own build, for progress and timeline, too.
  const built = storeManifests(states, `${label}, shared`, request, own, '$.missing');
  return new Choice(states.scope, `Built together? (${label})`, { comment: 'An image alone was not built yet.' })
    .when(Condition.booleanEquals('$.together', true), built)
    .otherwise(own);
}
