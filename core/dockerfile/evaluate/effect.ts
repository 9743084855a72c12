/** What of a Dockerfile can change an image: the instructions of the stages that are built, without comments, blank lines and all other stages. */

import type { ArgInstruction, Dockerfile, LogicalLine } from '../instruction';
import type { EvaluationOptions, Origin, ReachedStage } from './stages';

/**
 * Returns a text that two Dockerfiles have in common if BuildKit makes the same image of both, apart from its attestations. Instructions count
 * as written, white space at their end included: history, shell and the triggers of an image show it. A comment inside a heredoc is content.
 */
export function effectOf(
  { escapeMark, syntax, check, globalArgs }: Dockerfile,
  stages: ReadonlyMap<number, ReachedStage>,
  { target, platform }: Pick<EvaluationOptions, 'target' | 'platform'>,
): string {
  const inOrder = [...stages].sort(([a], [b]) => a - b);
  const places = new Map(inOrder.map(([index], place) => [index, place]));
  const reached = inOrder.map(([, stage]) => stage);
  return JSON.stringify([
    [target, platform, escapeMark, syntax, check],
    usedArgs(globalArgs, reached).map(({ name, value }) => [name, value]),
    reached.map(({ stage, base, sources }) => [
      stage.lines.map(textsOf),
      [base, ...sources.map(({ origin }) => origin)].map((origin) => wordsOf(origin, places)),
    ]),
  ]);
}

function textsOf({ text, heredocs }: LogicalLine): readonly string[] {
  return [text, ...heredocs];
}

/** Numbers and names of stages depend on the stages between them, so each origin counts by its place among those that are built. */
function wordsOf(origin: Origin, places: ReadonlyMap<number, number>): readonly (string | number | undefined)[] {
  if (origin.kind === 'stage') return [origin.kind, places.get(origin.index)];
  if (origin.kind === 'service') return [origin.kind, origin.service];
  return origin.kind === 'scratch' ? [origin.kind] : [origin.kind, origin.name];
}

/** BuildKit reads these wherever they are declared. */
const READ_ANYWHERE = /^(?:BUILDKIT_|SOURCE_DATE_EPOCH$)/;

type Arg = ArgInstruction['args'][number];

/** Returns the arguments before the first `FROM` that a stage can see: named in `FROM`, declared again, or part of such a value. Rather too many. */
function usedArgs(globalArgs: readonly ArgInstruction[], stages: readonly ReachedStage[]): readonly Arg[] {
  if (globalArgs.length === 0) return [];
  const all = globalArgs.flatMap(({ args }) => args);
  const declared = new Set(
    stages.flatMap(({ instructions }) =>
      instructions.flatMap((each) => (each.kind === 'arg' ? each.args.map(({ name }) => name) : [])),
    ),
  );
  // The name itself may be in a variable.
  if ([...declared].some((name) => name.includes('$'))) return all;
  const texts = stages.map(({ stage }) => stage.lines[0]?.text ?? '');
  const used = new Set<Arg>();
  for (let before = -1; before < used.size; ) {
    before = used.size;
    for (const arg of all) {
      const { name, value = '' } = arg;
      if (used.has(arg) || !(declared.has(name) || READ_ANYWHERE.test(name) || isNamed(name, texts))) continue;
      used.add(arg);
      texts.push(value);
    }
  }
  return all.filter((arg) => used.has(arg));
}

/** Also true for the beginning of a longer name. */
function isNamed(name: string, texts: readonly string[]): boolean {
  return texts.some((text) => text.includes(`$${name}`) || text.includes(`\${${name}`));
}
