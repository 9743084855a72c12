/** `pipeline graph`: stages, services and modules as a picture, with what a change leads to. */
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { formatProblems, InvalidInputError, messageOf } from '../../core/contract/errors';
import { buildGraph, type Graph } from '../../core/graph/graph-model';
import { toPage } from '../../core/graph/page';
import { toDot, toMermaid } from '../../core/graph/text-formats';
import { type CompareOptions, compareCommits } from '../../local/planning/compare-commits';
import type { CommandContext } from '../context';
import { printLine } from '../output/print';

const WRITERS = {
  mermaid: toMermaid,
  dot: toDot,
  html: toPage,
  json: (graph: Graph) => `${JSON.stringify(graph, null, 2)}\n`,
} as const;

export interface GraphOptions extends CompareOptions {
  readonly format: keyof typeof WRITERS;
  /** A file; undefined prints. */
  readonly out?: string;
}

/** Writes the picture. Exit code 0; bad input throws. */
export async function graph(options: GraphOptions, { stdout, stderr }: CommandContext): Promise<number> {
  const { comparison, after, before, report, notes } = await compareCommits(options);
  for (const note of notes) printLine(stderr, note);
  if (report.problems.length > 0) {
    printLine(stderr, `services that cannot be planned:\n${formatProblems(report.problems)}`);
  }
  const text = WRITERS[options.format](
    buildGraph({ catalog: after.catalog, comparison, tree: after.tree, baseTree: before?.tree }),
  );
  if (options.out === undefined) stdout.write(text);
  else await write(options.out, text);
  return 0;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(file, text);
  } catch (cause) {
    throw new InvalidInputError('the file cannot be written', [{ path: file, message: messageOf(cause) }]);
  }
}
