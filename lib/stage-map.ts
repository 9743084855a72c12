/** One stage as a Map of jobs. The same states build an image, wherever its job comes from. */
import {
  type Chain,
  Choice,
  Condition,
  DistributedMap,
  JsonPath,
  Map as MapState,
  Pass,
  Result,
  S3JsonItemReader,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Stage } from '../core/catalog/catalog';
import { type BuildStates, buildJob, FIRST_ATTEMPT } from './job-states';

/** The stage's title is the state's name in the console. The jobs run in the order of the plan, the most urgent first. */
export function stageMap(states: BuildStates, stage: Stage, resultPath: string | undefined): MapState | Chain {
  const maxConcurrency = stage.maxConcurrency ?? states.maxConcurrency;
  if (states.jobs === 'store') return storedStage(states, stage, maxConcurrency, resultPath);
  const map = new MapState(states.scope, stage.title, {
    itemsPath: `$.stages.${stage.name}`,
    itemSelector: FIRST_ATTEMPT,
    maxConcurrency,
    resultPath,
  });
  return map.itemProcessor(buildJob(states, stage.title));
}

/** Reads the jobs from the store. Each is an execution of its own, with its own history; a stage without jobs starts no Map. */
function storedStage(states: BuildStates, stage: Stage, maxConcurrency: number, resultPath: string | undefined): Chain {
  const { scope, bucketName } = states;
  const jobs = `$.stored.${stage.name}`;
  const map = new DistributedMap(scope, stage.title, {
    // By its name and not as a bucket: CDK would let the state machine read all of it.
    itemReader: new S3JsonItemReader({ bucketNamePath: bucketName, key: JsonPath.stringAt(`${jobs}.key`) }),
    itemSelector: FIRST_ATTEMPT,
    mapExecutionType: StateMachineType.STANDARD,
    maxConcurrency,
    // Names the executions of its jobs. CDK would make it up of the ids of the states.
    label: stage.name,
    resultPath,
  });
  const none = new Pass(scope, `Nothing: ${stage.title}`, { result: Result.fromArray([]), resultPath });
  return new Choice(scope, `Any jobs? ${stage.title}`)
    .when(Condition.numberGreaterThan(`${jobs}.count`, 0), map.itemProcessor(buildJob(states, stage.title)))
    .otherwise(none)
    .afterwards();
}
