/** What a schema says of a value of the wrong shape: what is allowed, and what was found. */
import * as z from 'zod';
import { describeShape, excerpt, showKind, showValue, yamlErrorKind } from '../../../core/text/shape-error';

const told = (schema: z.ZodType, value: unknown, show?: (value: unknown) => string) => {
  const error = (issue: z.core.$ZodRawIssue) => describeShape(issue, show);
  return schema.safeParse(value, { error }).error?.issues.map(({ message }) => message);
};

test.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, 'is missing'],
  [z.string(), 3.1, 'must be text, not 3.1; write it in quotes'],
  [z.string(), true, 'must be text, not true; write it in quotes'],
  [z.string(), null, 'must be text, not nothing'],
  [z.string(), ['a'], 'must be text, not a list'],
  [z.number(), 'a', "must be a number, not the text 'a'"],
  [z.int(), 1.5, 'must be a whole number, not 1.5'],
  [z.boolean(), { a: 1 }, 'must be true or false, not a map'],
  [z.array(z.string()), 'a', "must be a list, not the text 'a'"],
  [z.object({}), 'a', "must be a map of keys, not the text 'a'"],
  [z.record(z.string(), z.string()), 'a', "must be a map of names, not the text 'a'"],
  [z.date(), 1, 'must be date, not 1'],
  [z.enum(['a', 'b']), 'c', "must be 'a' or 'b', not the text 'c'"],
  [z.enum(['a', 'b']), undefined, "is missing; it must be 'a' or 'b'"],
  [z.enum(['small', 'large']), 'Small', "must be 'small' or 'large', not the text 'Small'; did you mean 'small'?"],
  [z.int(), '60', "must be a whole number, not the text '60'; remove the quotes"],
  [z.boolean(), 'true', "must be true or false, not the text 'true'; remove the quotes"],
  [z.string().min(1), '', 'must not be empty'],
  [z.array(z.string()).min(1), [], 'must not be empty'],
  [z.number().min(2), 1, 'must be 2 or more, not 1'],
  [z.number().gt(2), 2, 'must be more than 2, not 2'],
  [z.number().max(2), 3, 'must be 2 or less, not 3'],
  [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entries'],
  [z.record(z.enum(['a']), z.string()), { a: 'x', b: 'y' }, expect.any(String)],
])('%#: %j', (schema, value, message) => {
  expect(told(schema, value)).toEqual([message]);
});

test('a key of a map that is not allowed says why', () => {
  const schema = z.record(z.string().regex(/^[a-z]$/, { error: 'must be one letter' }), z.string());

  expect(told(schema, { AB: 'x' })).toEqual(['must be one letter']);
});

test('a rule with words of its own keeps them', () => {
  expect(told(z.string().regex(/^a$/, { error: 'must be a' }), 'b')).toEqual(['must be a']);
});

test('a value is shown by the function that is given', () => {
  expect(told(z.number(), 'secret', showKind)).toEqual(['must be a number, not a text']);
  expect([showKind(1), showKind(true), showKind([])]).toEqual(['a number', 'true', 'a list']);
  expect(showValue('x'.repeat(70))).toBe(`the text '${'x'.repeat(57)}...'`);
});

test('an excerpt is one line of at most so many characters', () => {
  expect(excerpt('a\n\t\u0085b')).toBe('a b');
  expect([excerpt('a'.repeat(80)), excerpt('a'.repeat(81))]).toEqual(['a'.repeat(80), `${'a'.repeat(77)}...`]);
});

test.each([
  ['Unresolved alias: secret', 'Unresolved alias'],
  ['Invalid escape sequence \\q', 'Invalid escape sequence'],
  ['Unexpected % in secret', 'Unexpected'],
  ['Map keys must be unique', 'Map keys must be unique'],
  ['Missing closing "quote: x\nsecret', 'Missing closing "quote'],
])('of the message %j of a parser, %j is told', (message, expected) => {
  expect(yamlErrorKind(message)).toBe(expected);
});
