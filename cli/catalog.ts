/** `pipeline catalog init` and `pipeline catalog check`. */
import { writeFileAtomically } from '../adapters/disk/atomic-file';
import { InvalidInputError, messageOf } from '../core/errors';
import { type CheckOptions, checkCatalog } from '../local/planning/check';
import { type InitOptions, initFromCommit } from '../local/planning/init';
import type { CommandSurroundings } from './planner-commands';
import { printLine } from './print';
import { checkText, initSummary } from './print-catalog';

/** Writes a new catalog to stdout or to a file. Exit code 0; a repository without Dockerfiles throws. */
export async function catalogInit(
  options: InitOptions & { readonly out?: string; readonly json: boolean },
  { stdout, stderr }: CommandSurroundings,
): Promise<number> {
  const made = await initFromCommit(options);
  if (options.out !== undefined) await write(options.out, made.text);
  if (options.json) printLine(stdout, JSON.stringify(made, null, 2));
  else if (options.out === undefined) stdout.write(made.text);
  printLine(stderr, initSummary(made, options.out));
  return 0;
}

/** Prints drift and impurities. Exit code 0 if there is no drift, 1 if there is; a broken catalog throws. */
export async function catalogCheck(
  options: CheckOptions & { readonly json: boolean },
  { stdout }: CommandSurroundings,
): Promise<number> {
  const check = await checkCatalog(options);
  printLine(stdout, options.json ? JSON.stringify(check, null, 2) : checkText(check));
  return check.drift.length === 0 ? 0 : 1;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(file, text);
  } catch (cause) {
    throw new InvalidInputError('the file cannot be written', [{ path: file, message: messageOf(cause) }]);
  }
}
