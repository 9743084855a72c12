/** `pipeline run`: one run on this machine, in the home of an earlier `npm start`. */
import { join } from 'node:path';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { InvalidInputError } from '../../core/contract/errors';
import { executionName, parseExecutionInput } from '../../core/webhook/execution-input';
import { runBranch } from '../../core/webhook/run-branch';
import { type BuilderOptions, chooseBuilder } from '../../local/build/choose-builder';
import { homePaths, localRepository, readLocalSettings } from '../../local/runtime/home';
import { openLocalPipeline } from '../../local/runtime/pipeline';
import { liveLine, type Output, printLine, runTable } from '../output/print';
import { reportText } from '../output/viewed-run';

export interface RunOptions extends BuilderOptions {
  readonly home: string;
  readonly fail: readonly string[];
  readonly json: boolean;
}

/** Runs the input to its end. Exit code 0 if it succeeded, 1 if it failed; a bad input throws `InvalidInput`. */
export async function run(value: unknown, options: RunOptions, output: Output, results: Output): Promise<number> {
  const local = await readLocalSettings(options.home);
  const git = createLocalGitHost(localRepository(local.settings));
  const input = parseExecutionInput(await withCommit(value, git));
  const tools = await chooseBuilder(options);
  const { branch } = runBranch(input, local.settings);
  const head = await git.resolve(`refs/heads/${branch}`);
  const catalogFile = local.settings.catalogFile;
  const catalogText = (await git.readFiles(head, [catalogFile])).get(catalogFile);
  if (catalogText === undefined) {
    throw new InvalidInputError('there is no catalog', [
      { path: catalogFile, message: `is not at the head of ${branch}` },
    ]);
  }
  const pipeline = await openLocalPipeline({ home: options.home, local, catalogText, ...tools });
  try {
    const live = liveLine(output);
    const name = executionName(input, Date.now());
    printLine(output, `run ${name}`);
    const { report } = await pipeline.run({
      name,
      input,
      refuse: new Set(options.fail),
      onProgress: live.update,
    });
    live.end();
    if (options.json) printLine(results, JSON.stringify(report));
    else {
      if (report.services !== undefined) printLine(results, runTable(report));
      if (report.error !== undefined) printLine(output, `${report.error.name}: ${report.error.message}`);
      printLine(results, reportText(report));
      printLine(results, `report: ${join(homePaths(options.home).objects, 'runs', name, 'summary.md')}`);
    }
    return report.status === 'FAILED' ? 1 : 0;
  } finally {
    await pipeline.close();
  }
}

/** A person who pushes names the branch; its head is meant. */
async function withCommit(value: unknown, git: ReturnType<typeof createLocalGitHost>): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  const { action, ref, commit } = value as { action?: unknown; ref?: unknown; commit?: unknown };
  if (action !== 'push' || commit !== undefined || typeof ref !== 'string') return value;
  const full = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  return { ...value, ref: full, commit: await git.resolve(full) };
}
