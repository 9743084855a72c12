/** Cuts a Dockerfile into instructions: continuations joined, comments dropped, heredoc bodies attached. */

import { trimStart } from '../white-space';
import { atLine, DockerfileError } from './dockerfile-error';
import { findHeredocs } from './heredoc';
import { parseJsonForm } from './list-forms';
import { splitInstruction } from './split-instruction';

export interface LogicalLine {
  /** Line of the first character, from 1. */
  readonly line: number;
  readonly text: string;
  /** Bodies of the heredocs that the instruction opens, in order. */
  readonly heredocs: readonly string[];
}

/** Go's `bufio.Scanner` gives up on longer lines, and so does Docker. */
const LONGEST_LINE = 65_535;

/** Splits the text. Throws `DockerfileError` for heredocs without end and for lines that Docker cannot read. */
export function splitLines(text: string, escapeMark: string): readonly LogicalLine[] {
  const reader = new LineReader(text);
  const mark = continuation(escapeMark);
  const lines: LogicalLine[] = [];
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const line = reader.line;
    const first = trimStart(raw);
    if (first === '' || first.startsWith('#')) continue;
    const joined = joinContinued(first, reader, mark);
    const heredocs = atLine(line, () => (opensHeredocs(joined, escapeMark) ? readHeredocs(joined, reader) : []));
    lines.push({ line, text: joined, heredocs });
  }
  return lines;
}

/** The escape at the end of a line, unless escaped itself. A third one in a row is read as in Docker, which looks at two. */
function continuation(escapeMark: string): RegExp {
  const mark = `\\${escapeMark}`;
  return new RegExp(`([^${mark}])${mark}[ \\t]*$|^${mark}[ \\t]*$`);
}

function joinContinued(first: string, reader: LineReader, mark: RegExp): string {
  if (!mark.test(first)) return first;
  let joined = first.replace(mark, '$1');
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const start = trimStart(raw);
    if (start === '' || start.startsWith('#')) continue;
    if (!mark.test(raw)) return joined + raw;
    joined += raw.replace(mark, '$1');
  }
  return joined;
}

/** Only `ADD`, `COPY` and `RUN` take heredocs, also behind `ONBUILD`, and not in JSON form. */
function opensHeredocs(text: string, escapeMark: string): boolean {
  if (!text.includes('<<')) return false;
  const outer = splitInstruction(text, escapeMark);
  const inner = outer.keyword.toLowerCase() === 'onbuild' ? splitInstruction(outer.rest, escapeMark) : outer;
  return ['add', 'copy', 'run'].includes(inner.keyword.toLowerCase()) && parseJsonForm(inner.rest) === undefined;
}

function readHeredocs(text: string, reader: LineReader): readonly string[] {
  return findHeredocs(text).map(({ name, chomp }) => {
    const body: string[] = [];
    for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
      if ((chomp ? raw.replace(/^\t+/, '') : raw) === name) return body.join('\n');
      body.push(raw);
    }
    throw new DockerfileError(`unterminated heredoc '${name}'`);
  });
}

/** Physical lines without their ends. */
class LineReader {
  line = 0;
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  next(): string | undefined {
    if (this.at >= this.text.length) return undefined;
    this.line++;
    const found = this.text.indexOf('\n', this.at);
    const end = found < 0 ? this.text.length : found;
    const raw = this.text.slice(this.at, end);
    this.at = end + 1;
    if (raw.length > LONGEST_LINE / 4 && Buffer.byteLength(raw) > LONGEST_LINE) {
      throw new DockerfileError(`the line is longer than ${LONGEST_LINE} bytes, the most that Docker reads`, this.line);
    }
    return raw.replace(/\r+$/, '');
  }
}
