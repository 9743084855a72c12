/** The builds: each stage is a Map of jobs, and the stages run in the order that the catalog's `needs` allow. */
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
import { type BuildStates, IMAGE_ITEM, imageJob, MODULE_ITEM, moduleJob } from './job-states';
import { MACHINE_ITEM, machineJob } from './shared-machine-states';
import type { StageTree } from './stages';

/**
 * Returns the state of all builds. Its result has the run's name, the outcomes and the deadline of an approval. The jobs, which are most of
 * the data, end here. The deadline needs a separate branch, because the result of a Parallel contains only those of its branches.
 */
export function buildImages(states: BuildStates, tree: StageTree): Parallel {
  const branches = tree.kind === 'parallel' ? tree.branches : [tree];
  const outcomes = branches.map((_, index) => `$[${index}]`);
  const parallel = new Parallel(states.scope, 'Build images', {
    comment: 'Builds all stages. A failed job does not stop the others.',
    resultSelector: {
      'run.$': '$$.Execution.Name',
      'builds.$': `States.Array(${outcomes.join(', ')})`,
      'approvalSeconds.$': `$[${branches.length}]`,
      // Replaced by the answer of a person.
      approval: false,
    },
  });
  const deadline = new Pass(states.scope, 'Pass on the approval deadline', {
    comment: 'Keeps the seconds that an approval may take.',
    inputPath: '$.approvalSeconds',
  });
  return withBranches(states, parallel, branches).branch(deadline);
}

/** Returns a part of the tree as states. Their result is the outcomes, in arrays nested like the Maps and Parallels. */
function statesOf(states: BuildStates, tree: StageTree, resultPath?: string): MapState | Parallel | Chain {
  if (tree.kind === 'stage') return stageMap(states, tree, resultPath);
  if (tree.kind === 'series') return oneByOne(states, tree);
  const comment = 'These stages do not need each other.';
  const parallel = new Parallel(states.scope, `In parallel: ${stageNames(tree)}`, { comment, resultPath });
  return withBranches(states, parallel, tree.branches);
}

function withBranches(states: BuildStates, parallel: Parallel, branches: readonly StageTree[]): Parallel {
  return parallel.branch(...branches.map((branch) => statesOf(states, branch)));
}

/** Runs the steps one after the other, sets their outcomes aside and returns all of them. */
function oneByOne(states: BuildStates, tree: StageTree & { readonly kind: 'series' }): Chain {
  const paths = tree.steps.map((_, index) => `$.outcomes.step${index + 1}`);
  const collect = new Pass(states.scope, `Collect results: ${stageNames(tree)}`, {
    comment: 'Puts the results of these stages into one list.',
    parameters: { 'outcomes.$': `States.Array(${paths.join(', ')})` },
    outputPath: '$.outcomes',
  });
  const steps = tree.steps.map((step, index) => statesOf(states, step, paths[index]));
  return steps.reduceRight<IChainable>((rest, step) => step.next(rest), collect) as Chain;
}

/** Step Functions allows 80 characters in the name of a state; `Collect results: ` takes 17 of them. */
const MAX_NAME_CHARACTERS = 63;

/**
 * Lists the stages of a part for a state's name, which has to be unique. First stage and number of stages identify a part,
 * because a part that begins with the same stage is nested in this one and has fewer.
 */
function stageNames(tree: StageTree): string {
  const [first = '', ...others] = stagesOf(tree).map(({ name }) => name);
  const all = [first, ...others].join(', ');
  return all.length <= MAX_NAME_CHARACTERS ? all : `${first} and ${others.length} more`;
}

function stagesOf(tree: StageTree): readonly Stage[] {
  if (tree.kind === 'stage') return tree.part === 'modules' ? [] : [tree.stage];
  return (tree.kind === 'series' ? tree.steps : tree.branches).flatMap(stagesOf);
}

/** The jobs of one stage: its images, or its modules, which are built before its images. */
interface StageJobs {
  readonly stage: Stage;
  readonly title: string;
  readonly comment: string;
  /** Paths of the jobs in the run's data, or of their place in the object store. */
  readonly inState: string;
  readonly inStore: string;
  /** Makes the names of the job's states unique. */
  readonly label: string;
  /** Names the executions of the jobs if they are stored; at most 40 characters. */
  readonly mapLabel: string;
  readonly itemSelector: Record<string, unknown>;
  readonly job: IChainable;
}

/** Returns the Map of a stage. Jobs start in the order of the plan, the most urgent one first. */
function stageMap(
  states: BuildStates,
  { stage, part }: StageTree & { readonly kind: 'stage' },
  resultPath: string | undefined,
): MapState | Chain {
  const { name, title } = stage;
  if (part !== 'modules') {
    return jobMap(states, resultPath, {
      stage,
      title,
      comment: 'Builds the images of this stage.',
      inState: `$.stages.${name}`,
      inStore: `$.stored.${name}`,
      label: name,
      mapLabel: name,
      ...(states.shared
        ? { itemSelector: MACHINE_ITEM, job: machineJob(states, name) }
        : { itemSelector: IMAGE_ITEM, job: imageJob(states, name) }),
    });
  }
  if (states.publishing === undefined) throw new Error('a stage publishes modules, and the app has no package index');
  const label = `${name} modules`;
  return jobMap(states, resultPath, {
    stage,
    title: `Modules: ${title}`,
    comment: 'Builds and publishes the modules of this stage, before its images.',
    inState: `$.modules.${name}`,
    inStore: `$.storedModules.${name}`,
    label,
    // No stage name contains `-`.
    mapLabel: `${name.slice(0, 38)}-m`,
    itemSelector: MODULE_ITEM,
    job: moduleJob(states, states.publishing, label),
  });
}

function jobMap(states: BuildStates, resultPath: string | undefined, jobs: StageJobs): MapState | Chain {
  const { title, comment, inState, itemSelector, job, stage } = jobs;
  const maxConcurrency = stage.maxConcurrency ?? states.maxConcurrency;
  if (states.jobs === 'store') return storedJobs(states, { ...jobs, maxConcurrency, resultPath });
  const options = { comment, itemsPath: inState, itemSelector, maxConcurrency, resultPath };
  return new MapState(states.scope, title, options).itemProcessor(job);
}

/** Reads the jobs from the object store. Each becomes an execution with its own history. A stage without jobs starts no Map. */
function storedJobs(
  { scope, bucketName }: BuildStates,
  jobs: StageJobs & { readonly maxConcurrency: number; readonly resultPath: string | undefined },
): Chain {
  const { title, comment, inStore, label, mapLabel, itemSelector, job, maxConcurrency, resultPath } = jobs;
  const map = new DistributedMap(scope, title, {
    comment,
    // By name, because CDK would let the state machine read all objects of a bucket that it is given.
    itemReader: new S3JsonItemReader({ bucketNamePath: bucketName, key: JsonPath.stringAt(`${inStore}.key`) }),
    itemSelector,
    mapExecutionType: StateMachineType.STANDARD,
    maxConcurrency,
    label: mapLabel,
    resultPath,
  });
  const none = new Pass(scope, `No jobs (${label})`, {
    comment: 'Records that there was nothing to build.',
    result: Result.fromArray([]),
    resultPath,
  });
  return new Choice(scope, `Any jobs? (${label})`, { comment: 'A stage without jobs is skipped.' })
    .when(Condition.numberGreaterThan(`${inStore}.count`, 0), map.itemProcessor(job))
    .otherwise(none)
    .afterwards();
}
