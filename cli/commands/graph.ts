/** `pipeline graph`: stages, services and modules as a picture, and the effects of a change. */
import { type Command, Option } from 'commander';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { buildGraph, type Graph } from '../../core/graph/graph-model';
import { toPage } from '../../core/graph/page';
import { toDot, toMermaid } from '../../core/graph/text-formats';
import { printableJson } from '../../core/text/escape';
import { type CompareOptions, compareCommits } from '../../local/planning/compare-commits';
import { BASE, CATALOG, type CommandContext, KEEP_GOING, REPO, ref, releasesOption } from '../context';
import { comparisonRemarks } from '../output/plan';
import { printFile, printLine } from '../output/print';

const WRITERS = {
  mermaid: toMermaid,
  dot: toDot,
  html: toPage,
  json: (graph: Graph) => `${printableJson(graph)}\n`,
} as const;

interface GraphOptions extends CompareOptions {
  readonly format: keyof typeof WRITERS;
  /** A file; undefined prints. */
  readonly out?: string;
}

/** Adds options and action. */
export function configureGraph(command: Command, context: CommandContext): void {
  command
    .option(...REPO)
    .option(...ref())
    .option(...BASE)
    .option(...CATALOG)
    .addOption(releasesOption())
    .addOption(
      new Option('--format <format>', 'html is a page that needs no other file')
        .choices(Object.keys(WRITERS))
        .default('mermaid'),
    )
    .option('--out <file>', 'write it to a file; default: stdout')
    .option(...KEEP_GOING)
    .action((options: GraphOptions) => drawGraph(options, context));
}

async function drawGraph({ format, out, ...options }: GraphOptions, { stdout, stderr }: CommandContext): Promise<void> {
  const { comparison, after, before, report, notes } = await compareCommits(options);
  for (const remark of comparisonRemarks(report, notes)) printLine(stderr, remark);
  const text = WRITERS[format](
    buildGraph({ catalog: after.catalog, comparison, tree: after.tree, baseTree: before?.tree }),
  );
  if (out === undefined) printFile(stdout, text);
  else await writeFileAtomically(out, text);
}
