/** Texts from outside in Markdown: they stay texts. */
import fc from 'fast-check';
import { clipLines, codeBlock, escapeCell, linkTo } from '../../../core/text/markdown';

describe('a text in a cell', () => {
  test('ends no cell and starts no markup', () => {
    expect(escapeCell('a|b [x](y) `c` <img> *d* _e_\nf')).toBe('a\\|b \\[x\\](y) \\`c\\` \\<img\\> \\*d\\* \\_e\\_ f');
  });
});

describe('a link', () => {
  test('may have what addresses of the console have', () => {
    const address = "https://eu-central-1.console.aws.amazon.com/cloudwatch/home#logsV2:log-groups/x$252Fy(1)'";

    expect(linkTo('log', address)).toBe(`[log](<${address}>)`);
  });

  test.each(['javascript:alert(1)', 'https://a b', 'https://a>b', 'https://a|b', '/var/log/build.log'])(
    'is none of %j, which is a text',
    (address) => {
      expect(linkTo('log', address)).toBe(escapeCell(address));
    },
  );
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
});
