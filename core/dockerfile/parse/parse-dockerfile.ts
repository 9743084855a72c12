import { parseJson } from '../../text/json';
import { trimEndOf, trimStart } from '../../text/white-space';
import {
  type ArgInstruction,
  atLine,
  type Dockerfile,
  DockerfileError,
  type Instruction,
  type LogicalLine,
  MAX_PARTS,
  type StageInstructions,
} from '../instruction';
import { BLANKS, splitInstruction, splitLines, withoutReturns } from './lexer';
import { type FlagKind, parseInstruction, readFlags } from './parse-instruction';
import { refusalOf } from './refusals';

const FROM_FLAGS: Readonly<Record<string, FlagKind>> = { platform: 'value' };

/** More than people write; without a bound, a small file could take minutes. */
const MAX_STAGES = 500;

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

/** The parsed file, or the error with which Docker refuses it, or a file that only its own frontend can read. */
export type ParsedDockerfile =
  | { readonly kind: 'parsed'; readonly dockerfile: Dockerfile }
  | { readonly kind: 'foreign'; readonly syntax: string }
  | { readonly kind: 'broken'; readonly error: DockerfileError };

/** Parses the text of a Dockerfile into its stages, as BuildKit's built-in frontend does. Returns errors instead of throwing them. */
export function parseDockerfile(text: string): ParsedDockerfile {
  const body = text.replace(/^\uFEFF/, '');
  try {
    const { escapeMark, syntax, check } = readDirectives(body);
    const frontend = syntax ?? foreignSyntax(body);
    if (isForeign(frontend)) return { kind: 'foreign', syntax: frontend };
    const stages = groupStages(splitLines(body, escapeMark), escapeMark);
    return { kind: 'parsed', dockerfile: { escapeMark, syntax: frontend, check, ...stages } };
  } catch (error) {
    if (error instanceof DockerfileError) return { kind: 'broken', error };
    throw error;
  }
}

/** Returns true for a frontend other than Docker's own, whatever its version or mirror. */
export function isForeign(syntax: string | undefined): syntax is string {
  if (syntax === undefined) return false;
  return !/(^|\/)docker\/dockerfile(-upstream)?([:@]|$)/.test(syntax) && syntax !== 'dockerfile.v0';
}

/** A stage whose instructions are still being read. */
interface GrowingStage extends StageInstructions {
  readonly instructions: Instruction[];
  readonly lines: LogicalLine[];
  readonly refusals: { readonly line: number; readonly text: string }[];
}

function groupStages(lines: readonly LogicalLine[], escapeMark: string): Pick<Dockerfile, 'globalArgs' | 'stages'> {
  const globalArgs: ArgInstruction[] = [];
  const stages: GrowingStage[] = [];
  let parts = 0;
  for (const line of lines) {
    atLine(line.line, () => {
      const split = splitInstruction(line.text, escapeMark);
      if (split.keyword.toLowerCase() === 'from') {
        stages.push({
          ...parseFrom(split.flags, split.rest),
          line: line.line,
          instructions: [],
          lines: [line],
          refusals: [],
        });
        if (stages.length > MAX_STAGES) throw new DockerfileError(`the file has more than ${MAX_STAGES} stages`);
        return;
      }
      const instruction = parseInstruction(line, escapeMark);
      parts += instruction === undefined ? 0 : partsOf(instruction);
      if (parts > MAX_PARTS)
        throw new DockerfileError(`the file has more than ${MAX_PARTS} instructions, variables and sources`);
      const stage = stages.at(-1);
      if (stage !== undefined) {
        stage.lines.push(line);
        const text = refusalOf(split);
        if (text !== undefined) stage.refusals.push({ line: line.line, text });
        if (instruction !== undefined) stage.instructions.push(instruction);
      } else if (instruction?.kind === 'arg') globalArgs.push(instruction);
      else throw new DockerfileError(`no build stage in current context: only ARG may stand before the first FROM`);
    });
  }
  if (stages.length === 0) throw new DockerfileError('the file has no FROM, so no stage to build', lines[0]?.line ?? 1);
  return { globalArgs, stages };
}

/** Returns the number of parts that take work of their own when the instruction is evaluated. */
function partsOf(instruction: Instruction): number {
  if (instruction.kind === 'arg') return 1 + instruction.args.length;
  if (instruction.kind === 'env') return 1 + instruction.pairs.length;
  if (instruction.kind === 'run') return 1 + instruction.mounts.length;
  if (instruction.kind === 'onbuild')
    return 1 + (instruction.trigger.instruction ? partsOf(instruction.trigger.instruction) : 0);
  return 1 + instruction.sources.length + instruction.excludes.length;
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

/** Parser directives: the `# key=value` lines before anything else in a Dockerfile. */
interface Directives {
  /** Escape and line continuation character: backslash or backtick. */
  readonly escapeMark: string;
  /** The frontend image of `# syntax=`, up to the first space. */
  readonly syntax: string | undefined;
  readonly check: string | undefined;
}

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\f\r ]*=[\t\f\r ]*(.*)$/s;

const KNOWN = ['syntax', 'escape', 'check'];

/** Reads the directives at the top. Throws `DockerfileError` for a repeated one or an escape that is not allowed. */
function readDirectives(text: string): Directives {
  const found = new Map<string, string>();
  for (let line = 1, at = 0; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const first = trimStart(withoutReturns(text.slice(at, end < 0 ? undefined : end)));
    const match = first.startsWith('#') ? DIRECTIVE.exec(trimStart(first.slice(1))) : null;
    const key = match?.[1]?.toLowerCase() ?? '';
    const value = trimEndOf(match?.[2] ?? '', (character) => '\t\f\r '.includes(character));
    if (!KNOWN.includes(key) || value === '') break;
    if (found.has(key)) throw new DockerfileError(`only one ${key} parser directive can be used`, line);
    found.set(key, value);
    at = end < 0 ? text.length : end + 1;
  }
  const escapeMark = found.get('escape') ?? '\\';
  if (escapeMark !== '`' && escapeMark !== '\\')
    throw new DockerfileError(`invalid escape '${escapeMark}'; it can be \` or \\`, 1);
  return { escapeMark, syntax: found.get('syntax')?.split(' ')[0], check: found.get('check') };
}

/** Returns the syntax of a file that does not begin like a Dockerfile: `//syntax=`, `{"syntax": ...}`, or `# syntax=` after `#!`. */
function foreignSyntax(text: string): string | undefined {
  const body = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1 || text.length) : text;
  const slashes = /^\/\/[\t ]*syntax[\t ]*=[\t ]*(\S+)/i.exec(body);
  if (slashes !== null) return slashes[1];
  if (body !== text) {
    const shebang = /^#[\t ]*syntax[\t ]*=[\t ]*(\S+)/i.exec(body);
    if (shebang !== null) return shebang[1];
  }
  return /^\s*\{/.test(body) ? jsonSyntax(body) : undefined;
}

function jsonSyntax(text: string): string | undefined {
  const { syntax } = Object(parseJson(text)) as { readonly syntax?: unknown };
  return typeof syntax === 'string' ? syntax : undefined;
}
