/** Texts from outside in Markdown: they stay texts. */
import fc from 'fast-check';
import { clipLines, codeBlock, codeSpan, escapeCell, linkTo } from '../../../core/text/escape';

describe('a text in a cell', () => {
  test('ends no cell and starts no markup', () => {
    expect(escapeCell('a|b [x](y) `c` <img> *d* _e_\nf')).toBe('a\\|b \\[x\\](y) \\`c\\` \\<img\\> \\*d\\* \\_e\\_ f');
  });
});

describe('any text in a cell', () => {
  test.each([
    ['# title', '\\# title'],
    ['- item', '\\- item'],
    ['+ item', '\\+ item'],
    ['1. item', '1\\. item'],
    ['~~gone~~', '\\~\\~gone\\~\\~'],
    ['&lt;img&gt;', '\\&lt;img\\&gt;'],
    ['$x$', '&#36;x&#36;'],
    ['@team and a@b.org', '@&#8203;team and a@&#8203;b.org'],
    ['fixes #12 and !7', 'fixes \\#&#8203;12 and !&#8203;7'],
    ['\u001b[31m\u0007\u009b\u202e', '?\\[31m???'],
  ])('%j is no markup, mention, reference or control character', (text, escaped) => {
    expect(escapeCell(text)).toBe(escaped);
  });

  test('that is ordinary stays as it is', () => {
    expect(escapeCell('COPY tools/a-b (line 4): 12.5 min, 50%!')).toBe('COPY tools/a-b (line 4): 12.5 min, 50%!');
  });
});

describe('a link', () => {
  test('may have what addresses of the console have', () => {
    const address = "https://eu-central-1.console.aws.amazon.com/cloudwatch/home#logsV2:log-groups/x$252Fy(1)'";

    expect(linkTo('log', address)).toBe(`[log](<${address}>)`);
  });

  test.each([
    'javascript:alert(1)',
    'javascript:alert(1)//https://a',
    'https://a b',
    'https://a>b',
    'https://a|b',
    '/var/log/build.log',
  ])('is none of %j, which is a text', (address) => {
    expect(linkTo('log', address)).toBe(escapeCell(address));
  });
});

describe('a code span', () => {
  test('is not ended by what is in it, nor a cell around it', () => {
    expect(codeSpan(' a`b|c\\d\n\u001b[0m@e ')).toBe("`a'b'c'd ?[0m@e`");
  });

  test('is never empty and never long', () => {
    expect(codeSpan(' ')).toBe('`?`');
    expect(codeSpan('x'.repeat(500))).toHaveLength(202);
  });
});

describe('a block', () => {
  test('is not ended by what is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('`', '```', '\n', 'x'), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const lines = codeBlock(text).split('\n');
        const fence = lines[0] ?? '';
        expect(lines.at(-1)).toBe(fence);
        expect(lines.slice(1, -1).some((line) => line.includes(fence))).toBe(false);
        expect(lines.slice(1, -1).join('\n')).toBe(text);
      }),
    );
  });

  test('is one block however its lines end', () => {
    expect(codeBlock('a\rb\r\nc\u001b[0m')).toBe('```\na?b\nc?[0m\n```');
  });
});

describe('lines that are too many', () => {
  test('are whole ones, within the bytes, with a note', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 40 }),
        fc.integer({ min: 10, max: 400 }),
        (lines, bytes) => {
          const text = lines.map((line) => line.replaceAll('\n', '')).join('\n');
          const clipped = clipLines(text, bytes, 'more');
          if (Buffer.byteLength(text) <= bytes) return expect(clipped).toBe(text);
          expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(bytes);
          expect(clipped.endsWith('\nmore\n')).toBe(true);
          const kept = clipped.slice(0, -'\n\nmore\n'.length);
          expect(`${text}\n`.startsWith(kept === '' ? '' : `${kept}\n`)).toBe(true);
        },
      ),
    );
  });

  test('that is cut in a folded part ends the part, so that the note is seen', () => {
    const rows = Array.from({ length: 50 }, (_, row) => `| row ${row} |`);
    const text = ['# title', '<details><summary>50 kept</summary>', '', ...rows, '</details>'].join('\n');
    const clipped = clipLines(text, 300, 'more');
    expect(clipped).toContain('| row 5 |');
    expect(clipped).toMatch(/\n<\/details>\n\nmore\n$/);
    expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(300);
  });
});
