/** Texts from outside stay texts in HTML, Mermaid and DOT. */
import fc from 'fast-check';
import { escapeHtml, escapeMermaid, jsonForHtml, quoteDot } from '../../../core/text/escape';
import { HOSTILE_TEXTS } from '../../support/text/hostile-texts';

const NASTY = [
  ...Object.values(HOSTILE_TEXTS),
  '</script>',
  '<!--',
  ']]>',
  '"',
  "'",
  '&lt;',
  '\u2028',
  '\u0000',
  '\u202e',
  '\ud800',
];
const anyText = fc.array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }))).map((all) => all.join(''));

describe('a text in HTML', () => {
  test('has entities for what begins markup or ends an attribute', () => {
    expect(escapeHtml(`<a href="x" id='y'>&amp;</a>`)).toBe(
      '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    );
  });

  test('shows control and bidi characters as question marks', () => {
    expect(escapeHtml('a\u0000\u001b\u009b\u202eb')).toBe('a????b');
  });

  test('never holds markup or a quote', () => {
    fc.assert(fc.property(anyText, (text) => expect(escapeHtml(text)).not.toMatch(/[<>"'\p{Cc}\p{Cf}\p{Cs}]/u)));
  });
});

describe('JSON in a script element', () => {
  test('means the same and cannot end the element', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = jsonForHtml({ text });
        expect(JSON.parse(json)).toEqual({ text });
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
      }),
    );
  });
});

describe('a text in a Mermaid label', () => {
  test('has entities for what begins markup or ends the label', () => {
    expect(escapeMermaid('a-b "c"; #d')).toBe('a-b #34;c#34;#59; #35;d');
  });

  test('shows control and bidi characters as question marks, as an entity would not', () => {
    expect(escapeMermaid('a\u202e\nb')).toBe('a#63;#63;b');
  });

  test('never holds a character that Mermaid or a terminal obeys', () => {
    fc.assert(fc.property(anyText, (text) => expect(escapeMermaid(text)).toMatch(/^[\p{L}\p{N} ._/@:+#;-]*$/u)));
  });
});

describe('a text in DOT', () => {
  test('has escapes for quotes, backslashes and entities', () => {
    expect(quoteDot('a"b\\N &lt;')).toBe('"a\\"b\\\\N &amp;lt;"');
  });

  test('shows control and bidi characters as question marks, as an entity would not', () => {
    expect(quoteDot('a\u202e\nb&#8238;')).toBe('"a??b&amp;#8238;"');
  });

  test('is one quoted string without control characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quoteDot(text)).toMatch(/^"(?:[^"\\]|\\["\\])*"$/);
        expect(quoteDot(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|&(?!amp;)/u);
      }),
    );
  });
});
