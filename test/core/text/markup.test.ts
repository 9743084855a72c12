/** Texts from outside in HTML: they stay texts. */
import fc from 'fast-check';
import { escapeHtml, jsonForHtml } from '../../../core/text/html';

const NASTY = ['</script>', '<!--', ']]>', '"', "'", '&lt;', '\u2028', '\u0000', '\u202e', '\ud800'];
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
