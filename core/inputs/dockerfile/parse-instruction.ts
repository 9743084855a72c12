/** Turns one logical line into an instruction. What decides nothing about files (`CMD`, `LABEL`, ...) becomes undefined. */
import { DockerfileError } from './dockerfile-error';
import { expandWord } from './expand-word';
import { type FlagKind, type Flags, readFlags } from './flags';
import { parseHeredoc } from './heredoc';
import type { ArgInstruction, CopyInstruction, Instruction, RunInstruction } from './instruction';
import { parseJsonForm, parseList, parsePairs, parseWords } from './list-forms';
import type { LogicalLine } from './logical-lines';
import { parseMount } from './run-mount';
import { splitInstruction } from './split-instruction';

const COPY_FLAGS: Readonly<Record<string, FlagKind>> = {
  chown: 'value',
  chmod: 'value',
  from: 'value',
  link: 'boolean',
  parents: 'boolean',
  exclude: 'values',
};
const ADD_FLAGS: Readonly<Record<string, FlagKind>> = {
  chown: 'value',
  chmod: 'value',
  link: 'boolean',
  'keep-git-dir': 'boolean',
  checksum: 'value',
  unpack: 'boolean',
  exclude: 'values',
};
const RUN_FLAGS: Readonly<Record<string, FlagKind>> = {
  mount: 'values',
  network: 'value',
  security: 'value',
  device: 'values',
};
/** Keywords without influence on the files read that may stand alone, and those that may not. */
const ALONE = ['cmd', 'entrypoint'];
const OTHERS = ['expose', 'healthcheck', 'maintainer', 'shell', 'stopsignal', 'user', 'volume', 'workdir'];

const TRIGGER_ESCAPE = '\\';

/** Parses all but `FROM`. Throws `DockerfileError` without a line. */
export function parseInstruction(line: LogicalLine, escapeMark: string): Instruction | undefined {
  const { keyword, flags, rest } = splitInstruction(line.text, escapeMark);
  const place = { line: line.line };
  switch (keyword.toLowerCase()) {
    case 'arg':
      return { kind: 'arg', ...place, args: parseArgs(rest, escapeMark) };
    case 'env':
      return { kind: 'env', ...place, pairs: parsePairs(rest, escapeMark, 'ENV') };
    case 'label':
      parsePairs(rest, escapeMark, 'LABEL');
      return undefined;
    case 'copy':
      return parseCopy({ kind: 'copy', ...place, rest, flags: readFlags(flags, COPY_FLAGS), escapeMark });
    case 'add':
      return parseCopy({ kind: 'add', ...place, rest, flags: readFlags(flags, ADD_FLAGS), escapeMark });
    case 'run':
      return parseRun(line, rest, readFlags(flags, RUN_FLAGS));
    case 'onbuild':
      return { kind: 'onbuild', ...place, trigger: checkTrigger({ ...line, text: rest }) };
  }
  if (ALONE.includes(keyword.toLowerCase())) return undefined;
  if (!OTHERS.includes(keyword.toLowerCase())) throw new DockerfileError(`unknown instruction: ${keyword}`);
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

interface WrittenCopy {
  readonly kind: 'copy' | 'add';
  readonly line: number;
  readonly rest: string;
  readonly flags: Flags;
  readonly escapeMark: string;
}

function parseCopy({ kind, line, rest, flags, escapeMark }: WrittenCopy): CopyInstruction {
  const words = parseList(rest);
  const keyword = kind.toUpperCase();
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    throw new DockerfileError(`${keyword} requires at least two arguments, a source and a destination`);
  }
  if (isHeredoc(destination)) throw new DockerfileError(`${keyword} cannot accept a heredoc as a destination`);
  const from = flags.values.get('from')?.[0] ?? '';
  if (expandWord(from, { escapeMark, lookup: () => undefined }).text !== from) {
    throw new DockerfileError(`--from=${from} cannot hold a variable; define a stage with FROM ${from} instead`);
  }
  return {
    kind,
    line,
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

function checkTrigger(line: LogicalLine): LogicalLine {
  const keyword = splitInstruction(line.text, TRIGGER_ESCAPE).keyword.toUpperCase();
  if (keyword === '') throw new DockerfileError('ONBUILD requires at least one argument');
  if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(keyword)) {
    throw new DockerfileError(`${keyword} isn't allowed as an ONBUILD trigger`);
  }
  return line;
}

/** Parses a trigger where it runs: `line` is that of the `FROM`, and the escape that of a file without directives. */
export function parseTrigger(trigger: LogicalLine, line: number): Instruction | undefined {
  return parseInstruction({ ...trigger, line }, TRIGGER_ESCAPE);
}
