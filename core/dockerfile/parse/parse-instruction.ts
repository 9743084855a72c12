import {
  type ArgInstruction,
  type CopyInstruction,
  DockerfileError,
  type Instruction,
  type LogicalLine,
  type RunInstruction,
  type RunMount,
  type Trigger,
} from '../instruction';
import { expandVariables } from '../shell/shell-lexer';
import {
  parseHeredoc,
  parseJsonForm,
  parseList,
  parsePairs,
  parseWords,
  type SplitInstruction,
  splitInstruction,
} from './lexer';
import { refusedMount } from './refusals';

const SHARED_FLAGS = { chown: 'value', chmod: 'value', link: 'boolean', exclude: 'values' } as const;

const COPY_FLAGS = {
  copy: { ...SHARED_FLAGS, from: 'value', parents: 'boolean' },
  add: { ...SHARED_FLAGS, 'keep-git-dir': 'boolean', checksum: 'value', unpack: 'boolean' },
} as const;

const RUN_FLAGS = { mount: 'values', network: 'value', security: 'value', device: 'values' } as const;

/** Keywords that decide nothing about files: those that may stand alone, and those that need an argument. */
const STANDALONE = ['cmd', 'entrypoint'];

const WITH_ARGUMENT = ['expose', 'healthcheck', 'maintainer', 'shell', 'stopsignal', 'user', 'volume', 'workdir'];

/** A trigger is read with the escape of a file without directives. */
const TRIGGER_ESCAPE = '\\';

/**
 * Parses an instruction other than `FROM`. Returns undefined for one that decides nothing about files (`CMD`, `LABEL`, ...). Throws
 * `DockerfileError` without a line.
 */
export function parseInstruction(line: LogicalLine, escapeMark: string): Instruction | undefined {
  const split = splitInstruction(line.text, escapeMark);
  const { keyword, flags, rest } = split;
  const place = { line: line.line };
  const kind = keyword.toLowerCase();
  switch (kind) {
    case 'arg':
      return { kind: 'arg', ...place, args: parseArgs(rest, escapeMark) };
    case 'env':
      return { kind: 'env', ...place, pairs: parsePairs(rest, escapeMark, 'ENV') };
    case 'label':
      parsePairs(rest, escapeMark, 'LABEL');
      return undefined;
    case 'copy':
    case 'add':
      return { kind, ...place, ...parseCopy(kind, split, escapeMark) };
    case 'run':
      return parseRun(line, rest, readFlags(flags, RUN_FLAGS));
    case 'onbuild':
      return { kind: 'onbuild', ...place, trigger: parseTrigger({ ...line, text: rest }) };
  }
  if (STANDALONE.includes(kind)) return undefined;
  if (!WITH_ARGUMENT.includes(kind)) throw new DockerfileError(`unknown instruction: ${keyword}`);
  if (rest === '') throw new DockerfileError(`${keyword.toUpperCase()} requires at least one argument`);
  return undefined;
}

function parseArgs(rest: string, escapeMark: string): ArgInstruction['args'] {
  const words = parseWords(rest, escapeMark);
  if (words.length === 0) throw new DockerfileError('ARG requires at least one argument');
  return words.map((word) => {
    const at = word.indexOf('=');
    if (at === 0) throw new DockerfileError('ARG names can not be blank');
    return at < 0 ? { name: word, value: undefined } : { name: word.slice(0, at), value: word.slice(at + 1) };
  });
}

function parseCopy(
  kind: CopyInstruction['kind'],
  split: SplitInstruction,
  escapeMark: string,
): Omit<CopyInstruction, 'kind' | 'line'> {
  const flags = readFlags(split.flags, COPY_FLAGS[kind]);
  const words = parseList(split.rest);
  const keyword = kind.toUpperCase();
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    throw new DockerfileError(`${keyword} requires at least two arguments, a source and a destination`);
  }
  if (isHeredoc(destination)) throw new DockerfileError(`${keyword} cannot accept a heredoc as a destination`);
  const from = flags.values.get('from')?.[0] ?? '';
  if (expandVariables(from, { escapeMark, lookup: () => undefined }).text !== from) {
    throw new DockerfileError(`--from=${from} cannot contain a variable; define a stage with FROM ${from} instead`);
  }
  return {
    sources: words.slice(0, -1).filter((word) => !isHeredoc(word)),
    destination,
    from: from === '' ? undefined : from,
    parents: flags.values.get('parents')?.[0] === 'true',
    excludes: flags.values.get('exclude') ?? [],
    checksum: flags.values.get('checksum')?.[0],
    unknownFlags: flags.unknown,
  };
}

function isHeredoc(word: string): boolean {
  try {
    return parseHeredoc(word) !== undefined;
  } catch {
    return false;
  }
}

function parseRun(line: LogicalLine, rest: string, flags: Flags): RunInstruction {
  const mounts = (flags.values.get('mount') ?? []).map(parseMount);
  return {
    kind: 'run',
    line: line.line,
    mounts: mounts.map(({ mount }) => mount),
    command: [parseJsonForm(rest)?.join(' ') ?? rest, ...line.heredocs].join('\n'),
    unknownFlags: [
      ...flags.unknown,
      ...mounts.flatMap(({ unknownKeys }) => unknownKeys.map((key) => `--mount ${key}=`)),
    ],
  };
}

function parseTrigger(line: LogicalLine): Trigger {
  const keyword = splitInstruction(line.text, TRIGGER_ESCAPE).keyword.toUpperCase();
  if (keyword === '') throw new DockerfileError('ONBUILD requires at least one argument');
  if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(keyword)) {
    throw new DockerfileError(`${keyword} isn't allowed as an ONBUILD trigger`);
  }
  try {
    return { instruction: parseInstruction(line, TRIGGER_ESCAPE) };
  } catch (error) {
    if (error instanceof DockerfileError) return { error };
    throw error;
  }
}

/** Flags without a value, with one, and with one at each of several uses. */
export type FlagKind = 'boolean' | 'value' | 'values';

interface Flags {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** As written. */
  readonly unknown: readonly string[];
}

/**
 * Sorts flags by name; the value of a boolean flag is `true` or `false`. An unknown flag is no error, because new releases of Docker bring new
 * ones. Throws `DockerfileError` for a repeated flag or one without its value.
 */
export function readFlags(written: readonly string[], known: Readonly<Record<string, FlagKind>>): Flags {
  const values = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const flag of written) {
    const at = flag.indexOf('=');
    const name = flag.slice(2, at < 0 ? undefined : at);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    const before = values.get(name);
    if (kind === undefined) unknown.push(flag);
    else if (before !== undefined && kind !== 'values') throw new DockerfileError(`duplicate flag --${name}`);
    else values.set(name, [...(before ?? []), flagValue(name, at < 0 ? undefined : flag.slice(at + 1), kind)]);
  }
  return { values, unknown };
}

function flagValue(name: string, value: string | undefined, kind: FlagKind): string {
  if (kind !== 'boolean') {
    if (value === undefined) throw new DockerfileError(`missing a value on flag --${name}`);
    return value;
  }
  const lower = value?.toLowerCase() ?? 'true';
  if (lower !== 'true' && lower !== 'false')
    throw new DockerfileError(`--${name} must be true or false, not '${value}'`);
  return lower;
}

/** Keys of `--mount` that decide nothing about files. */
const OTHER_KEYS = 'target dst destination readonly ro readwrite rw required size id sharing mode uid gid env'.split(
  ' ',
);

const VALUELESS_KEYS = ['readonly', 'ro', 'readwrite', 'rw', 'required'];

/** Parses the value of `RUN --mount=`, one line of fields, and lists unknown keys. Throws `DockerfileError` if it is malformed. */
function parseMount(value: string): { readonly mount: RunMount; readonly unknownKeys: readonly string[] } {
  const unknownKeys: string[] = [];
  let type = 'bind';
  let from: string | undefined;
  let source = '';
  let error: string | undefined;
  const fields = new Map<string, string | undefined>();
  for (const field of splitFields(value)) {
    const at = field.indexOf('=');
    const key = field.slice(0, at < 0 ? undefined : at).toLowerCase();
    const text = field.slice(at + 1);
    fields.set(key, at < 0 ? undefined : text);
    if (at < 0 && !VALUELESS_KEYS.includes(key)) error = `invalid field '${field}' in --mount; it must be key=value`;
    else if (key === 'type') type = text;
    else if (key === 'source' || key === 'src') source = text;
    else if (key === 'from') from = checkFrom(text);
    else if (!OTHER_KEYS.includes(key)) unknownKeys.push(key);
  }
  const isRequired = fields.has('required') && TRUE.test(fields.get('required') ?? 'true');
  return {
    mount: { type, from, source, id: mountId(type, fields), isRequired, error, refused: refusedMount(fields) },
    unknownKeys,
  };
}

/** As Go reads it: https://pkg.go.dev/strconv#ParseBool */
const TRUE = /^(?:1|t|T|TRUE|true|True)$/;

/** Returns the id of a secret or ssh agent, as BuildKit finds it (`dispatchSecret`, `dispatchSSH` in frontend/dockerfile/dockerfile2llb). */
function mountId(type: string, fields: ReadonlyMap<string, string | undefined>): string {
  const last = (keys: readonly string[]) => [...fields].findLast(([key]) => keys.includes(key))?.[1];
  if (type.toLowerCase() === 'ssh') return last(['id']) || 'default';
  const id = last(['source', 'src']) || last(['id']);
  return id || (last(['target', 'dst', 'destination']) ?? '').replace(/\/+$/, '').replace(/^.*\//, '');
}

function checkFrom(from: string): string | undefined {
  const dollar = from.indexOf('$');
  if (dollar >= 0 && dollar !== from.length - 1) {
    throw new DockerfileError(
      `--mount from=${from} cannot contain a variable; define a stage with FROM ${from} instead`,
    );
  }
  return from === '' ? undefined : from;
}

/** Splits a line of CSV with double quotes around fields (RFC 4180). */
function splitFields(value: string): readonly string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = field.exec(value);
    if (match === null) throw new DockerfileError(`--mount=${value} has a misplaced quote`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}
