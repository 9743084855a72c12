/** Parser directives: the `# key=value` lines before anything else in a Dockerfile. */

import { trimStart } from '../white-space';
import { DockerfileError } from './dockerfile-error';

export interface Directives {
  /** Escape and line continuation character: backslash or backtick. */
  readonly escapeMark: string;
  /** The frontend image of `# syntax=`, without what follows a space. */
  readonly syntax: string | undefined;
}

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$/;
const KNOWN = ['syntax', 'escape', 'check'];

/** Reads the directives at the top. Throws `DockerfileError` for a repeated one or an escape that is not allowed. */
export function readDirectives(text: string): Directives {
  const found = new Map<string, string>();
  for (let line = 1, at = 0; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const first = trimStart(text.slice(at, end < 0 ? undefined : end).replace(/\r+$/, ''));
    const match = first.startsWith('#') ? DIRECTIVE.exec(trimStart(first.slice(1))) : null;
    const key = match?.[1]?.toLowerCase() ?? '';
    if (!KNOWN.includes(key)) break;
    if (found.has(key)) throw new DockerfileError(`only one ${key} parser directive can be used`, line);
    found.set(key, match?.[2] ?? '');
    at = end < 0 ? text.length : end + 1;
  }
  const escapeMark = found.get('escape') ?? '\\';
  if (escapeMark !== '`' && escapeMark !== '\\')
    throw new DockerfileError(`invalid escape '${escapeMark}'; it can be \` or \\`, 1);
  return { escapeMark, syntax: found.get('syntax')?.split(' ')[0] };
}

/** The `# syntax=` of files that are not Dockerfiles at first sight: `//syntax=`, `{"syntax": ...}`, or after `#!`. */
export function foreignSyntax(text: string): string | undefined {
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
  try {
    const value: unknown = JSON.parse(text);
    const syntax = typeof value === 'object' && value !== null && 'syntax' in value ? value.syntax : undefined;
    return typeof syntax === 'string' ? syntax : undefined;
  } catch {
    return undefined;
  }
}
