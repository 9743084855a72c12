/** Words for values of the wrong shape, as zod finds them: what is allowed, and what was found instead. */
import type * as z from 'zod';
import { closest } from './closest';

/**
 * Returns the end of a sentence that the value's path begins, or undefined where the schema has its own words. `show` prints the value
 * that was found.
 */
export function describeShape(issue: z.core.$ZodRawIssue, show = showValue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${kindOf(issue)}, not ${show(issue.input)}${quotingAdvice(issue)}`;
    case 'invalid_value':
      return valueProblem(issue, show);
    case 'invalid_key':
      return issue.issues.map(({ message }) => message).join('; ');
    case 'too_small':
      if (issue.origin !== 'number') return 'must not be empty';
      return `must be ${issue.inclusive === false ? `more than ${issue.minimum}` : `${issue.minimum} or more`}, not ${show(issue.input)}`;
    case 'too_big':
      return issue.origin === 'number'
        ? `must be ${issue.maximum} or less, not ${show(issue.input)}`
        : `must have at most ${issue.maximum} entries`;
    default:
      return undefined;
  }
}

function valueProblem({ values, input }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidValue>, show: typeof showValue) {
  const allowed = values.map((value) => `'${String(value)}'`).join(' or ');
  if (input === undefined) return `is missing; it must be ${allowed}`;
  const near = typeof input === 'string' ? closest(input, values.map(String)) : undefined;
  return `must be ${allowed}, not ${show(input)}${near === undefined ? '' : `; did you mean '${near}'?`}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
};

/** zod calls both kinds of numbers `number`, unless a number has a fraction where none is allowed. */
function kindOf({ expected, inst }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  const { format } = Object(inst?._zod.def) as { readonly format?: unknown };
  return KINDS[expected === 'number' && format === 'safeint' ? 'int' : expected] ?? expected;
}

/** YAML reads 3.10 as a number and `true` as a boolean, where people mean text. */
function quotingAdvice({ expected, input }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  if (expected === 'string') return ['number', 'boolean'].includes(typeof input) ? '; write it in quotes' : '';
  const isQuoted =
    expected === 'boolean' ? /^(?:true|false)$/ : ['int', 'number'].includes(expected) ? /^-?\d+(?:\.\d+)?$/ : /(?!)/;
  return typeof input === 'string' && isQuoted.test(input) ? '; remove the quotes' : '';
}

/** Returns a value in a few words: a list and a map by their kind, a text in quotes and cut to 60 characters. */
export function showValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text '${excerpt(value, 60)}'` : String(value);
}

/** Returns the kind of a value, and nothing of its content. */
export function showKind(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  return typeof value === 'number' ? 'a number' : showValue(value);
}

/** Returns a message of the yaml package without the text of the file that it quotes, which may be a secret. */
export function yamlErrorKind(message: string): string {
  return message.replace(/(?:(?<=\w): | [%\\]).*/s, '');
}

/** Returns the text on one line, cut to a length. A file's content may be long, and is repeated only so that a person recognizes it. */
export function excerpt(text: string, length = 80): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not reach a terminal
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return line.length <= length ? line : `${line.slice(0, length - 3)}...`;
}
