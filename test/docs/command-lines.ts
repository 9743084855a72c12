/** Finds the commands in a Markdown text: whole lines to be run, and names of commands in running text. */

/** A command line as a shell would split it, and where it stands. */
export interface CommandLine {
  readonly where: string;
  readonly words: readonly string[];
}

interface ShellLine {
  readonly where: string;
  readonly line: string;
  /** True in running text, where a command may only be named. */
  readonly isSpan: boolean;
}

/** Lines of fenced blocks that are for a shell, put together where they go on, and code spans that begin as a command does. */
export function shellLines(name: string, text: string): readonly ShellLine[] {
  const found: ShellLine[] = [];
  let fence: string | undefined;
  let open = '';
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${name}:${index + 1}`;
    const mark = /^\s*```(\w*)/.exec(line);
    if (mark !== null) {
      fence = fence === undefined ? (mark[1] ?? '') : undefined;
    } else if (fence === undefined) {
      for (const [, span = ''] of line.matchAll(/`([^`]+)`/g)) found.push({ where, line: span, isSpan: true });
    } else if (/^(|sh|bash|shell)$/.test(fence)) {
      const whole = open + line.trim();
      open = whole.endsWith('\\') ? `${whole.slice(0, -1).trimEnd()} ` : '';
      if (open === '') found.push({ where, line: whole, isSpan: false });
    }
  }
  return found;
}

/** `npx pipeline ...` and `npm start -- ...`, which is `pipeline demo ...`: what follows is split as a shell does. */
export function pipelineLines(name: string, text: string): readonly CommandLine[] {
  return shellLines(name, text).flatMap(({ where, line, isSpan }) => {
    if (isSpan && isName(line)) return [];
    const match = /^(?:[A-Z_]+=\S*(?:\([^)]*\))? )*(npx pipeline|npm start --|npm start)(?=\s|$)(.*)$/.exec(line);
    if (match === null) return [];
    const words = split(match[2] ?? '');
    return [{ where, words: match[1] === 'npx pipeline' ? words : ['demo', ...words] }];
  });
}

/** A command that is only named: words without arguments or options. */
function isName(line: string): boolean {
  return /^(npx )?pipeline( [a-z]+)+$/.test(line);
}

/** Names in running text, such as `pipeline serve`, and the commands of spans that have more. */
export function namedCommands(name: string, text: string): readonly CommandLine[] {
  return shellLines(name, text).flatMap(({ where, line, isSpan }) => {
    const match = !isSpan ? null : /^(?:npx )?pipeline ([a-z]+(?: [a-z][a-z-]*)*)/.exec(line);
    return match === null ? [] : [{ where, words: (match[1] ?? '').split(' ') }];
  });
}

/** Words up to a remark: after `#`, or after two spaces, by which explanations are set off. */
function split(text: string): string[] {
  const command = text.replace(/\s+#.*$/, '').replace(/(\S) {2,}\S.*$/, '$1');
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}
