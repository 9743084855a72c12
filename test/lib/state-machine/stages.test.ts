/** Stages as a tree: nothing starts too early, and nothing waits that need not. */
import fc from 'fast-check';
import type { Stage } from '../../../core/catalog/model';
import { composeStages, type StageTree } from '../../../lib/state-machine/stages';
import { STAGES, stage } from '../synthesized';

/** The tree as text: `(a b)` one after the other, `[a b]` side by side. */
function show(tree: StageTree): string {
  if (tree.kind === 'stage') return tree.stage.name;
  if (tree.kind === 'series') return `(${tree.steps.map(show).join(' ')})`;
  return `[${tree.branches.map(show).join(' ')}]`;
}

function namesIn(tree: StageTree): string[] {
  if (tree.kind === 'stage') return [tree.stage.name];
  return (tree.kind === 'series' ? tree.steps : tree.branches).flatMap(namesIn);
}

/** Every pair of stages of which the tree runs the first before the second. */
function orderIn(tree: StageTree): string[] {
  if (tree.kind === 'stage') return [];
  const parts = tree.kind === 'series' ? tree.steps : tree.branches;
  const within = parts.flatMap(orderIn);
  if (tree.kind === 'parallel') return within;
  const names = parts.map(namesIn);
  const between = names.flatMap((early, index) =>
    early.flatMap((a) => names.slice(index + 1).flatMap((late) => late.map((b) => `${a}<${b}`))),
  );
  return [...within, ...between];
}

/** Every pair of which the first is needed by the second, directly or through others. */
function orderNeeded(stages: readonly Stage[]): string[] {
  const byName = new Map(stages.map((each) => [each.name, each]));
  const needed = (name: string): string[] => {
    const needs = byName.get(name)?.needs ?? [];
    return [...new Set(needs.flatMap((need) => [need, ...needed(need)]))];
  };
  return stages.flatMap(({ name }) => needed(name).map((need) => `${need}<${name}`));
}

describe('composing stages', () => {
  test.each<[string, readonly Stage[], string]>([
    ['a single stage', [stage('a')], 'a'],
    ['stages that need nothing run side by side', [stage('a'), stage('b')], '[a b]'],
    ['a chain runs one by one', [stage('c', ['b']), stage('b', ['a']), stage('a')], '(a b c)'],
    [
      'a short way does not wait for a long one',
      [stage('a'), stage('b', ['a']), stage('c'), stage('d', ['b', 'c'])],
      '([(a b) c] d)',
    ],
    [
      'a need that another one implies changes nothing',
      [stage('a'), stage('b', ['a']), stage('c', ['a', 'b'])],
      '(a b c)',
    ],
    [
      'no tree can run this as early as it could',
      [stage('a'), stage('b'), stage('c', ['a', 'b']), stage('d', ['b'])],
      '([a b] [c d])',
    ],
    [
      "the user's stages: all but frontend and stable after tools",
      STAGES,
      '[(tools [critical workers schedulers]) frontend stable]',
    ],
  ])('%s', (_, stages, expected) => {
    expect(show(composeStages(stages))).toBe(expected);
  });

  test('needs that form a circle are refused with the circle', () => {
    const round = [stage('a', ['b']), stage('b', ['a'])];
    expect(() => composeStages(round)).toThrow('stages wait for each other: a -> b -> a');
  });

  test('a catalog without a stage is refused', () => {
    expect(() => composeStages([])).toThrow('no stages');
  });

  test('every stage occurs once, and never before one that it needs', () => {
    fc.assert(
      fc.property(acyclicStages(), (stages) => {
        const tree = composeStages(stages);
        expect(namesIn(tree).sort()).toEqual(stages.map(({ name }) => name).sort());
        expect(new Set(orderIn(tree))).toEqual(new Set([...orderIn(tree), ...orderNeeded(stages)]));
      }),
    );
  });

  test('series-parallel needs give exactly their order', () => {
    fc.assert(
      fc.property(seriesParallel(), ({ stages }) => {
        expect(orderIn(composeStages(stages)).sort()).toEqual(orderNeeded(stages).sort());
      }),
    );
  });
});

/** Stages of which each needs some of those before it, in any order. */
function acyclicStages(): fc.Arbitrary<Stage[]> {
  return fc
    .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 9 })
    .map((needs) => needs.map((each, index) => stage(`s${index}`, index === 0 ? [] : each.map((n) => `s${n % index}`))))
    .chain((stages) => fc.shuffledSubarray(stages, { minLength: stages.length }));
}

/** Stages built up as a tree. `last` are those that a following part has to wait for. */
interface Part {
  readonly stages: readonly Stage[];
  readonly first: readonly string[];
  readonly last: readonly string[];
}

function seriesParallel(): fc.Arbitrary<Part> {
  const { tree } = fc.letrec<{ tree: Shape }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constant<Shape>('stage'),
      fc.record({
        kind: fc.constantFrom('series', 'parallel'),
        parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  }));
  return tree.map((shape) => {
    let count = 0;
    const build = (each: Shape): Part => {
      if (each === 'stage') {
        count += 1;
        return { stages: [stage(`s${count}`)], first: [`s${count}`], last: [`s${count}`] };
      }
      const parts = each.parts.map(build);
      return each.kind === 'parallel' ? beside(parts) : parts.reduce(after);
    };
    return build(shape);
  });
}

type Shape = 'stage' | { readonly kind: string; readonly parts: readonly Shape[] };

function beside(parts: readonly Part[]): Part {
  return {
    stages: parts.flatMap(({ stages }) => stages),
    first: parts.flatMap(({ first }) => first),
    last: parts.flatMap(({ last }) => last),
  };
}

function after(early: Part, late: Part): Part {
  const waiting = late.stages.map((each) =>
    late.first.includes(each.name) ? { ...each, needs: [...each.needs, ...early.last] } : each,
  );
  return { stages: [...early.stages, ...waiting], first: early.first, last: late.last };
}
