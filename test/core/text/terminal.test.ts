/** Texts from outside on a terminal: they are shown and not obeyed. */
import fc from 'fast-check';
import { printable, printableJson, printableLines } from '../../../core/text/escape';

/** Characters that terminals obey, by what they do. */
const OBEYED: Readonly<Record<string, string>> = {
  'start of an escape sequence': '\u001b[2J',
  bell: '\u0007',
  'return to the start of the line': 'shown\rhidden',
  backspace: 'a\b',
  delete: '\u007f',
  'C1 control sequence': '\u009b31m',
  'C1 command of the operating system': '\u009d0;title\u009c',
  'right-to-left override': 'txt.\u202eexe',
  'isolate and its end': '\u2066a\u2069',
  'zero-width space and joiner': 'a\u200bb\u200dc',
  'byte order mark': '\ufeffa',
  "Unicode's line and paragraph ends": 'a\u2028b\u2029c',
  'invisible tag characters': 'a\u{e0041}\u{e007f}',
  'half of a surrogate pair': 'a\ud800b',
};
const anyText = fc.array(
  fc.oneof(fc.constantFrom(...Object.values(OBEYED), '\n', '\t'), fc.string({ unit: 'binary' })),
);
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('a printed text', () => {
  test.each(Object.entries(OBEYED))('shows a question mark in place of: %s', (_, text) => {
    expect(printable(text)).toContain('?');
    expect(printable(text)).not.toMatch(HARMFUL);
  });

  test('is one line without anything that a terminal obeys', () => {
    fc.assert(fc.property(anyText, (parts) => expect(printable(parts.join(''))).not.toMatch(HARMFUL)));
  });

  test('keeps letters, accents, emojis and spaces', () => {
    const text = 'größe 中文 e\u0301 \u{1f600} a b';
    expect(printable(text)).toBe(text);
  });
});

describe('printed lines', () => {
  test('keep line ends and tabs and nothing else that a terminal obeys', () => {
    expect(printableLines('a\tb\r\nc\rd\u001b[0m\n')).toBe('a\tb\nc?d?[0m\n');
  });
});

describe('printed JSON', () => {
  test('means the same and has nothing that a terminal obeys but line ends', () => {
    fc.assert(
      fc.property(anyText, (texts) => {
        const value = { texts, [texts.join('')]: 1 };
        const json = printableJson(value);
        expect(JSON.parse(json)).toEqual(value);
        expect(json.replaceAll('\n', '')).not.toMatch(HARMFUL);
      }),
    );
  });

  test('is indented by two spaces, or is one line', () => {
    expect(printableJson({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(printableJson({ a: 1 }, 0)).toBe('{"a":1}');
  });
});
