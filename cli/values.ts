/** `pipeline values set`: edits tags in values files on this machine, as the commit step does in the monorepo. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeFileAtomically } from '../adapters/disk/atomic-file';
import { InvalidInputError, messageOf, type Problem, unreadableFile } from '../core/contract/errors';
import { isDigest, isTag } from '../core/image/reference';
import { type EditedValues, editValues } from '../core/values/edit-values';
import type { ValuesEdit } from '../core/values/values-edit';
import { type CommandContext, JSON_OUT } from './context';
import { printJson, printLine } from './output/print';

const EXAMPLES = `
Each FILE is followed by its edits:
  api.image.tag=v1.4.0                      a tag of its own; digests that pin the image are emptied
  api.image.tag=v1.4.0@sha256:6b1f...       with the digest, which replaces those that pin the image
  '&tag=v1.4.0'                             the anchor &tag, and everything that follows it
  'api.image.tag=*tag'                      follow the anchor
All files are edited, or none. --dry-run prints the lines that would change and writes nothing.
`;

/** Adds the subcommand. */
export function configureValues(group: Command, { stdout }: CommandContext): void {
  group
    .command('set')
    .description('set tags: FILE PATH=VERSION ..., for one file or several')
    .argument('<words...>', 'files, each with its edits behind it')
    .option('--dry-run', 'print what would change, and write nothing', false)
    .option(...JSON_OUT)
    .addHelpText('after', EXAMPLES)
    .action(async (words: string[], { dryRun, json }: { dryRun: boolean; json: boolean }) => {
      const edited = await editFiles(parseWords(words));
      if (!dryRun) await writeAll(edited);
      if (json) printJson(stdout, { dryRun, files: edited.map(({ file, changes }) => ({ file, changes })) }, 0);
      else for (const each of edited) printLine(stdout, diffText(each));
    });
}

/** The edits of one file. */
interface FileEdits {
  readonly file: string;
  readonly edits: readonly ValuesEdit[];
}

/** Parses files with their edits. Throws `InvalidInput` with all problems at once. */
export function parseWords(words: readonly string[]): readonly FileEdits[] {
  const files: { file: string; edits: ValuesEdit[] }[] = [];
  const problems: Problem[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    const last = files.at(-1);
    const path = word.slice(0, 80);
    if (equals < 0) {
      if (files.some(({ file }) => file === word))
        problems.push({ path, message: 'is given twice; name each file once' });
      files.push({ file: word, edits: [] });
    } else if (last === undefined) {
      problems.push({ path, message: 'is an edit without a file; name the values file before its edits' });
    } else {
      const edit = parseEdit(word.slice(0, equals), word.slice(equals + 1));
      if (typeof edit === 'string') problems.push({ path, message: edit });
      else last.edits.push(edit);
    }
  }
  for (const { file, edits } of files) {
    if (edits.length === 0) problems.push({ path: file, message: 'has no edits; write PATH=VERSION behind it' });
  }
  if (problems.length > 0) throw new InvalidInputError('nothing was changed', problems);
  return files;
}

function parseEdit(path: string, value: string): ValuesEdit | string {
  const [tag = '', digest] = value.split('@');
  if (path.startsWith('&')) return isTag(value) ? { kind: 'anchor', anchor: path.slice(1), tag: value } : noTag(value);
  if (value.startsWith('*')) return { kind: 'follow', path, anchor: value.slice(1) };
  if (!isTag(tag)) return noTag(tag);
  if (digest === undefined) return { kind: 'literal', path, tag };
  if (!isDigest(digest)) return `has the digest '${digest.slice(0, 80)}'; a digest is sha256: and 64 hex digits`;
  return { kind: 'literal', path, tag, digest };
}

function noTag(text: string): string {
  return `has no tag: '${text.slice(0, 80)}'; a tag has at most 128 of A-Z a-z 0-9 _ . - and begins with none of . -`;
}

interface EditedFile extends EditedValues {
  readonly file: string;
  readonly before: string;
}

/** Edits all files in memory. Throws with the problems of every file. */
async function editFiles(files: readonly FileEdits[]): Promise<readonly EditedFile[]> {
  const problems: Problem[] = [];
  const edited: EditedFile[] = [];
  for (const { file, edits } of files) {
    const before = await readFile(file, 'utf8').catch((error: unknown) => {
      problems.push({ path: file, message: unreadableFile(error) });
    });
    if (before === undefined) continue;
    try {
      edited.push({ file, before, ...editValues(before, edits, file) });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      problems.push(...error.problems.map((problem) => (files.length === 1 ? problem : inFile(file, problem))));
    }
  }
  if (problems.length > 0) throw new InvalidInputError('nothing was changed', problems);
  return edited;
}

function inFile(file: string, problem: Problem): Problem {
  return problem.path === file ? problem : { ...problem, path: `${file}: ${problem.path}` };
}

/** Writes the files one after the other. If one cannot be written, those before it get their old text back. */
async function writeAll(files: readonly EditedFile[]): Promise<void> {
  const written: EditedFile[] = [];
  for (const each of files.filter(({ before, text }) => before !== text)) {
    try {
      await writeFileAtomically(each.file, each.text);
      written.push(each);
    } catch (error) {
      for (const { file, before } of written) await writeFileAtomically(file, before);
      const message = `cannot be written: ${messageOf(error)}`;
      throw new InvalidInputError('nothing was changed', [{ path: each.file, message }]);
    }
  }
}

/** Returns the changed lines, old and new. An edit never adds or removes a line. */
function diffText({ file, before, text, changes }: EditedFile): string {
  if (before === text) return `${file}: nothing to change`;
  const [old, now] = [before.split('\n'), text.split('\n')];
  const lines = old.flatMap((line, at) =>
    line === now[at] ? [] : [`@@ ${at + 1} @@`, `-${line}`, `+${now[at] ?? ''}`],
  );
  return [`--- ${file}`, `+++ ${file}`, ...(old.length === now.length ? lines : changes.map(changeText))].join('\n');
}

function changeText({ path, before, after, line }: EditedValues['changes'][number]): string {
  return `@@ ${line} @@ ${path}: ${before} -> ${after}`;
}
