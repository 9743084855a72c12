/** The builds: stages as Maps of jobs, put together as the catalog's `needs` allow. */
import { type Chain, type IChainable, type Map as MapState, Parallel, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Stage } from '../core/catalog/catalog';
import type { BuildStates } from './job-states';
import type { PublishingStates } from './module-job-states';
import { moduleMap, stageMap } from './stage-map';
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
