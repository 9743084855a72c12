/** `pipeline catalog init` and `pipeline catalog check`: make a catalog from the Dockerfiles found, and compare one with them. */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { createFileAtomically, writeFileAtomically } from '../../adapters/disk/atomic-file';
import { InvalidInputError } from '../../core/contract/errors';
import { type CheckOptions, checkCatalog, type InitOptions, initFromCommit } from '../../local/planning/check';
import { CATALOG, type CommandContext, EXIT, JSON_OUT, REPO, ref, releasesOption, type WithJson } from '../context';
import { checkText, initSummary } from '../output/catalog';
import { printFile, printJson, printLine } from '../output/print';

interface InitArguments extends InitOptions {
  readonly out?: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Adds both subcommands. */
export function configureCatalog(group: Command, context: CommandContext): void {
  group
    .command('init')
    .description('make a catalog from the Dockerfiles and other builds found, on stdout or in a file')
    .option(...REPO)
    .option(...ref())
    .option('--out <file>', 'write it to a file')
    .option('--force', 'overwrite the file if it exists', false)
    .addOption(
      new Option('--context <context>', 'the build context where the Dockerfile fits both')
        .choices(['root', 'service'])
        .default('root'),
    )
    .option(...JSON_OUT)
    .action((options: InitArguments) => init(options, context));
  group
    .command('check')
    .description('list problems, drift between catalog and Dockerfiles, and inputs that are not in git')
    .option(...REPO)
    .option(...ref())
    .option(...CATALOG)
    .option(
      '--values <files...>',
      'values files in the repository, as FILE or NAME=FILE; default: the one with most tags of the catalog, or that of the only chart, and those of charts that the catalog names',
    )
    .addOption(releasesOption())
    .option(...JSON_OUT)
    .action((options: WithJson<CheckOptions>) => check(options, context));
}

/** A repository without Dockerfiles throws. */
async function init(
  { out, force, json, ...options }: InitArguments,
  { stdout, stderr }: CommandContext,
): Promise<void> {
  const made = await initFromCommit(options);
  if (out !== undefined) await writeCatalog(out, made.text, force);
  if (json) printJson(stdout, made);
  else if (out === undefined) printFile(stdout, made.text);
  printLine(stderr, initSummary(made, out));
}

/** A catalog that people edited is not overwritten by accident. */
async function writeCatalog(file: string, text: string, force: boolean): Promise<void> {
  if (force) return writeFileAtomically(file, text);
  if (await createFileAtomically(file, text)) return;
  if ((await readFile(file, 'utf8')) === text) return;
  const message = 'exists and is different; name another file, or overwrite it with --force';
  throw new InvalidInputError('the catalog was not written', [{ path: file, message }]);
}

/** Drift gives exit code 1; a broken catalog throws. */
async function check(
  { json, ...options }: WithJson<CheckOptions>,
  { stdout, setExitCode }: CommandContext,
): Promise<void> {
  const found = await checkCatalog(options);
  if (json) printJson(stdout, found);
  else printLine(stdout, checkText(found));
  setExitCode(found.drift.length === 0 ? EXIT.done : EXIT.failed);
}
