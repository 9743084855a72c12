/** Composes stages into series and parallels, so that each starts as soon as the stages that it needs have ended. Pure. */
import type { Stage } from '../../core/catalog/model';

/** Stages in the shape of a state machine: a single one, a series, or parallel branches. `part` is set for the modules of a stage alone. */
export type StageTree =
  | { readonly kind: 'stage'; readonly stage: Stage; readonly part?: 'modules' }
  | { readonly kind: 'series'; readonly steps: readonly StageTree[] }
  | { readonly kind: 'parallel'; readonly branches: readonly StageTree[] };

/** Returns true if the first stage must end before the second can start, directly or through others. */
type Precedes = (first: Stage, second: Stage) => boolean;

/**
 * Returns the tree in which every stage comes after all stages that it needs. If the needs are not series-parallel, a stage may also
 * wait for one that it does not need: `c` needs `a` and `b`, `d` needs `b` alone. Throws if there is no stage, or if needs form a circle.
 */
export function composeStages(stages: readonly Stage[]): StageTree {
  if (stages.length === 0) throw new Error('the catalog has no stages; name at least one');
  return compose(stages, precedence(stages));
}

/** Returns the tree in which stages with these names publish modules before they build images. */
export function withModules(tree: StageTree, publishing: readonly string[]): StageTree {
  if (tree.kind === 'parallel')
    return { ...tree, branches: tree.branches.map((each) => withModules(each, publishing)) };
  if (tree.kind === 'series') return inSeries(tree.steps.map((each) => withModules(each, publishing)));
  return publishing.includes(tree.stage.name) ? inSeries([{ ...tree, part: 'modules' }, tree]) : tree;
}

function compose(stages: readonly Stage[], precedes: Precedes): StageTree {
  const [first, ...others] = stages;
  if (first !== undefined && others.length === 0) return { kind: 'stage', stage: first };
  const related = (a: Stage, b: Stage) => precedes(a, b) || precedes(b, a);

  const branches = groups(stages, related);
  if (branches.length > 1) return { kind: 'parallel', branches: branches.map((branch) => compose(branch, precedes)) };

  // Stages without an order between them are one step. Two such steps have the same order for all of their members.
  const steps = groups(stages, (a, b) => !related(a, b));
  if (steps.length > 1)
    return series(
      steps.sort((a, b) => (isBefore(a, b, precedes) ? -1 : 1)),
      precedes,
    );

  const sources = stages.filter((stage) => !stages.some((other) => precedes(other, stage)));
  return series([sources, stages.filter((stage) => !sources.includes(stage))], precedes);
}

function series(steps: readonly (readonly Stage[])[], precedes: Precedes): StageTree {
  return inSeries(steps.map((step) => compose(step, precedes)));
}

/** Returns the steps as one series, and merges steps that are series themselves. */
function inSeries(trees: readonly StageTree[]): StageTree {
  return { kind: 'series', steps: trees.flatMap((tree) => (tree.kind === 'series' ? tree.steps : [tree])) };
}

function isBefore(a: readonly Stage[], b: readonly Stage[], precedes: Precedes): boolean {
  const [first] = a;
  const [second] = b;
  return first !== undefined && second !== undefined && precedes(first, second);
}

/** Returns the stages in groups that are connected directly or through others. Keeps the order of the stages. */
function groups(stages: readonly Stage[], linked: (a: Stage, b: Stage) => boolean): Stage[][] {
  const found: Stage[][] = [];
  const left = new Set(stages);
  for (const stage of stages) {
    if (!left.delete(stage)) continue;
    const members = new Set([stage]);
    for (const member of members) {
      for (const other of left) {
        if (!linked(member, other)) continue;
        members.add(other);
        left.delete(other);
      }
    }
    found.push(stages.filter((candidate) => members.has(candidate)));
  }
  return found;
}

function precedence(stages: readonly Stage[]): Precedes {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const awaited = new Map<string, ReadonlySet<string>>();
  const follow = (name: string, way: readonly string[]): ReadonlySet<string> => {
    const known = awaited.get(name);
    if (known !== undefined) return known;
    if (way.includes(name)) throw new Error(`stages wait for each other: ${[...way, name].join(' -> ')}`);
    const needs = byName.get(name)?.needs ?? [];
    const all = new Set(needs.flatMap((need) => [need, ...follow(need, [...way, name])]));
    awaited.set(name, all);
    return all;
  };
  for (const { name } of stages) follow(name, []);
  return (first, second) => awaited.get(second.name)?.has(first.name) ?? false;
}
