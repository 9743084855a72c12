/** The builds: stages as Maps of jobs, put together as the catalog's `needs` allow. */
import {
  type Chain,
  Choice,
  Condition,
  DistributedMap,
  type IChainable,
  JsonPath,
  Map as MapState,
  Parallel,
  Pass,
  Result,
  S3JsonItemReader,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Stage } from '../../core/catalog/model';
import { type BuildStates, IMAGE_ITEM, imageJob, MODULE_ITEM, moduleJob, type PublishingStates } from './job-states';
import type { StageTree } from './stages';

/**
 * All builds. From then on the state is the run's name, the outcomes and the time for an approval: the jobs, which are most of it, have
 * done their part. A branch of its own keeps the time, since a result can be made of results only.
 */
export function buildImages(states: BuildStates, tree: StageTree): Parallel {
  const branches = tree.kind === 'parallel' ? tree.branches : [tree];
  const outcomes = branches.map((_, index) => `$[${index}]`);
  const parallel = new Parallel(states.scope, 'Build images', {
    resultSelector: {
      'run.$': '$$.Execution.Name',
      'builds.$': `States.Array(${outcomes.join(', ')})`,
      'approvalSeconds.$': `$[${branches.length}]`,
    },
  });
  const keep = new Pass(states.scope, 'Keep the time for an approval', { inputPath: '$.approvalSeconds' });
  return withBranches(states, parallel, branches).branch(keep);
}

/** A part of the tree as states. Its result is its outcomes, in arrays as Maps and Parallels nest them. */
function statesOf(states: BuildStates, tree: StageTree, resultPath?: string): MapState | Parallel | Chain {
  if (tree.kind === 'stage' && tree.part === 'modules')
    return moduleMap(states, publishingOf(states), tree.stage, resultPath);
  if (tree.kind === 'stage') return stageMap(states, tree.stage, resultPath);
  if (tree.kind === 'series') return oneByOne(states, tree);
  return withBranches(states, new Parallel(states.scope, nameOf(tree), { resultPath }), tree.branches);
}

/** A tree has modules only where the app publishes any. */
function publishingOf({ publishing }: BuildStates): PublishingStates {
  if (publishing === undefined) throw new Error('a stage publishes modules, and the app has no package index');
  return publishing;
}

function withBranches(states: BuildStates, parallel: Parallel, branches: readonly StageTree[]): Parallel {
  return parallel.branch(...branches.map((branch) => statesOf(states, branch)));
}

/** A series keeps the outcomes of its steps aside and ends with all of them as its result. */
function oneByOne(states: BuildStates, tree: StageTree & { readonly kind: 'series' }): Chain {
  const paths = tree.steps.map((_, index) => `$.outcomes.step${index + 1}`);
  const collect = new Pass(states.scope, `Collect ${nameOf(tree)}`, {
    parameters: { 'outcomes.$': `States.Array(${paths.join(', ')})` },
    outputPath: '$.outcomes',
  });
  const steps = tree.steps.map((step, index) => statesOf(states, step, paths[index]));
  return steps.reduceRight<IChainable>((rest, step) => step.next(rest), collect) as Chain;
}

/** Unlike any other part's: a stage is in one series with its own modules at the most, and a part that begins with the same stage lies within this one, and has fewer. */
function nameOf(tree: StageTree): string {
  const [first, ...others] = stagesOf(tree);
  return others.length === 0 ? (first?.title ?? '') : `${first?.title} and ${others.length} more`;
}

function stagesOf(tree: StageTree): readonly Stage[] {
  if (tree.kind === 'stage') return tree.part === 'modules' ? [] : [tree.stage];
  return (tree.kind === 'series' ? tree.steps : tree.branches).flatMap(stagesOf);
}

// The jobs of one stage as a Map. The same states do a job, wherever it comes from.

/** The stage's images. Its title is the state's name in the console. The jobs run in the order of the plan, the most urgent first. */
function stageMap(states: BuildStates, stage: Stage, resultPath: string | undefined): MapState | Chain {
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
function moduleMap(
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
