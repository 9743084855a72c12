/** The jobs of one stage as a Map. The same states do a job, wherever it comes from. */
import {
  type Chain,
  Choice,
  Condition,
  DistributedMap,
  type IChainable,
  JsonPath,
  Map as MapState,
  Pass,
  Result,
  S3JsonItemReader,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Stage } from '../core/catalog/catalog';
import { IMAGE_ITEM, imageJob } from './image-job-states';
import type { BuildStates } from './job-states';
import { MODULE_ITEM, moduleJob, type PublishingStates } from './module-job-states';

/** The stage's images. Its title is the state's name in the console. The jobs run in the order of the plan, the most urgent first. */
export function stageMap(states: BuildStates, stage: Stage, resultPath: string | undefined): MapState | Chain {
  return jobMap(states, stage, {
    title: stage.title,
    inState: `$.stages.${stage.name}`,
    inStore: `$.stored.${stage.name}`,
    // Names the executions of its jobs. CDK would make it up of the ids of the states.
    label: stage.name,
    itemSelector: IMAGE_ITEM,
    job: imageJob(states, stage.title),
    resultPath,
  });
}

/** The stage's modules, which come before its images. */
export function moduleMap(
  states: BuildStates,
  publishing: PublishingStates,
  stage: Stage,
  resultPath: string | undefined,
): MapState | Chain {
  const title = `Modules: ${stage.title}`;
  return jobMap(states, stage, {
    title,
    inState: `$.modules.${stage.name}`,
    inStore: `$.storedModules.${stage.name}`,
    // A name of a stage has no `-`, and a label 40 characters at the most.
    label: `${stage.name.slice(0, 38)}-m`,
    itemSelector: MODULE_ITEM,
    job: moduleJob(states, publishing, title),
    resultPath,
  });
}

interface JobMapProps {
  readonly title: string;
  /** Path of the jobs in the state machine's data, and of where they are in the object store. */
  readonly inState: string;
  readonly inStore: string;
  readonly label: string;
  readonly itemSelector: Record<string, unknown>;
  readonly job: IChainable;
  readonly resultPath: string | undefined;
}

function jobMap(states: BuildStates, stage: Stage, props: JobMapProps): MapState | Chain {
  const { title, inState, itemSelector, job, resultPath } = props;
  const maxConcurrency = stage.maxConcurrency ?? states.maxConcurrency;
  if (states.jobs === 'store') return storedJobs(states, maxConcurrency, props);
  const map = new MapState(states.scope, title, { itemsPath: inState, itemSelector, maxConcurrency, resultPath });
  return map.itemProcessor(job);
}

/** Reads the jobs from the store. Each is an execution of its own, with its own history; a stage without jobs starts no Map. */
function storedJobs({ scope, bucketName }: BuildStates, maxConcurrency: number, props: JobMapProps): Chain {
  const { title, inStore, label, itemSelector, job, resultPath } = props;
  const map = new DistributedMap(scope, title, {
    // By its name and not as a bucket: CDK would let the state machine read all of it.
    itemReader: new S3JsonItemReader({ bucketNamePath: bucketName, key: JsonPath.stringAt(`${inStore}.key`) }),
    itemSelector,
    mapExecutionType: StateMachineType.STANDARD,
    maxConcurrency,
    label,
    resultPath,
  });
  const none = new Pass(scope, `Nothing: ${title}`, { result: Result.fromArray([]), resultPath });
  return new Choice(scope, `Any jobs? ${title}`)
    .when(Condition.numberGreaterThan(`${inStore}.count`, 0), map.itemProcessor(job))
    .otherwise(none)
    .afterwards();
}
