/** Composes stages into series and parallels, so that each starts as soon as what it needs has ended. Pure. */
import type { Stage } from '../../core/catalog/model';

/** Stages in the shape that a state machine can have: one, one after the other, or side by side. A part of a stage is its modules alone. */
export type StageTree =
  | { readonly kind: 'stage'; readonly stage: Stage; readonly part?: 'modules' }
  | { readonly kind: 'series'; readonly steps: readonly StageTree[] }
  | { readonly kind: 'parallel'; readonly branches: readonly StageTree[] };

/** True if the first stage must have ended before the second may start, directly or through others. */
type Precedes = (first: Stage, second: Stage) => boolean;

/**
 * The tree in which every stage comes after all it needs. Exact where the needs are series-parallel; elsewhere (`c` needs `a` and
 * `b`, `d` needs `b` alone) a stage may wait for one more than it needs. Throws if there is no stage, or if needs go round.
 */
export function composeStages(stages: readonly Stage[]): StageTree {
  if (stages.length === 0) throw new Error('the catalog has no stages; name at least one');
  return compose(stages, precedence(stages));
}

/** The same tree, in which stages with these names publish modules first. */
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

  // Stages that no order connects stay in one step; between two such groups the order is the same for all members.
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

/** Steps one after the other; a step that is a series itself becomes part of this one. */
function inSeries(trees: readonly StageTree[]): StageTree {
  return { kind: 'series', steps: trees.flatMap((tree) => (tree.kind === 'series' ? tree.steps : [tree])) };
}

function isBefore(a: readonly Stage[], b: readonly Stage[], precedes: Precedes): boolean {
  const [first] = a;
  const [second] = b;
  return first !== undefined && second !== undefined && precedes(first, second);
}

/** Stages that are connected, by whatever number of links, come into one group. Keeps the order of the stages. */
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
