/** Files built to exhaust the parser. */
import { type BadCatalog, one, V } from './bad-catalog';

const manyAliases = `a: &a x\nb: [${Array(1001).fill('*a').join(', ')}]\n`;
const laughs = ['x0: &x0 [l, l, l, l, l, l, l, l, l, l]'];
for (let i = 1; i < 10; i += 1)
  laughs.push(
    `x${i}: &x${i} [${Array(10)
      .fill(`*x${i - 1}`)
      .join(', ')}]`,
  );

export const BAD_SIZES: readonly BadCatalog[] = [
  ['a billion laughs', `${laughs.join('\n')}\n`, ['catalog', undefined, 'alias that cannot be resolved']],
  ['a thousand aliases', manyAliases, ['catalog', undefined, 'uses 1001 aliases']],
  ['lists in lists in lists', '['.repeat(100_000), ['catalog', 1, 'nested too deeply']],
  ['maps in maps in maps', `${V}services: ${'{ a: '.repeat(50_000)}`, ['catalog', 2, 'nested too deeply']],
  [
    'two hundred lists in each other',
    `${V}services: { api: { path: ${'['.repeat(200)}${']'.repeat(200)} } }`,
    ['catalog', undefined, 'nests deeper than 100 levels'],
  ],
  [
    'a file of six million characters',
    `# ${'x'.repeat(6_000_000)}`,
    ['catalog', undefined, 'at most 5000000 are read'],
  ],
  ['a value of a million characters', one(`{ stage: ${'x'.repeat(1_000_000)} }`), ['services.api.stage', 3, 'xxx...']],
];
