/** Parses a whole Dockerfile into its stages, as BuildKit's built-in frontend does. */
import { foreignSyntax, readDirectives } from './directives';
import { atLine, DockerfileError } from './dockerfile-error';
import { type FlagKind, readFlags } from './flags';
import type { ArgInstruction, Dockerfile, Instruction, StageInstructions } from './instruction';
import { type LogicalLine, splitLines } from './logical-lines';
import { parseInstruction } from './parse-instruction';
import { BLANKS, splitInstruction } from './split-instruction';

const FROM_FLAGS: Readonly<Record<string, FlagKind>> = { platform: 'value' };
const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

/** The parsed file, or what Docker would refuse in it, or a file that only its own frontend can read. */
export type ParsedDockerfile =
  | { readonly kind: 'parsed'; readonly dockerfile: Dockerfile }
  | { readonly kind: 'foreign'; readonly syntax: string }
  | { readonly kind: 'broken'; readonly error: DockerfileError };

/** Parses the text of a Dockerfile; never throws for what the text holds. */
export function parseDockerfile(text: string): ParsedDockerfile {
  const body = text.replace(/^\uFEFF/, '');
  try {
    const { escapeMark, syntax } = readDirectives(body);
    const frontend = syntax ?? foreignSyntax(body);
    if (isForeign(frontend)) return { kind: 'foreign', syntax: frontend };
    return { kind: 'parsed', dockerfile: { escapeMark, ...groupStages(splitLines(body, escapeMark), escapeMark) } };
  } catch (error) {
    if (error instanceof DockerfileError) return { kind: 'broken', error };
    throw error;
  }
}

/** True for a frontend other than Docker's own, whatever its version or mirror. */
export function isForeign(syntax: string | undefined): syntax is string {
  if (syntax === undefined) return false;
  return !/(^|\/)docker\/dockerfile(-upstream)?([:@]|$)/.test(syntax) && syntax !== 'dockerfile.v0';
}

function groupStages(lines: readonly LogicalLine[], escapeMark: string): Pick<Dockerfile, 'globalArgs' | 'stages'> {
  const globalArgs: ArgInstruction[] = [];
  const stages: (StageInstructions & { readonly instructions: Instruction[] })[] = [];
  for (const line of lines) {
    atLine(line.line, () => {
      const split = splitInstruction(line.text, escapeMark);
      if (split.keyword.toLowerCase() === 'from') {
        stages.push({ ...parseFrom(split.flags, split.rest), line: line.line, instructions: [] });
        return;
      }
      const instruction = parseInstruction(line, escapeMark);
      const stage = stages.at(-1);
      if (stage !== undefined) {
        if (instruction !== undefined) stage.instructions.push(instruction);
      } else if (instruction?.kind === 'arg') globalArgs.push(instruction);
      else throw new DockerfileError(`no build stage in current context: only ARG may stand before the first FROM`);
    });
  }
  if (stages.length === 0) throw new DockerfileError('the file has no FROM, so no stage to build', lines[0]?.line ?? 1);
  return { globalArgs, stages };
}

function parseFrom(flags: readonly string[], rest: string): { base: string; name: string | undefined } {
  const [base, as, name, ...more] = rest === '' ? [] : rest.split(BLANKS);
  const { unknown } = readFlags(flags, FROM_FLAGS);
  if (unknown[0] !== undefined) throw new DockerfileError(`unknown flag on FROM: ${unknown[0]}`);
  const named = as?.toLowerCase() === 'as' && name !== undefined && more.length === 0;
  if (base === undefined || (as !== undefined && !named)) {
    throw new DockerfileError('FROM requires either one argument, or three: FROM <image> AS <name>');
  }
  const lower = name?.toLowerCase();
  if (lower !== undefined && !STAGE_NAME.test(lower))
    throw new DockerfileError(`invalid name for build stage: '${name}'`);
  return { base, name: lower };
}
