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
  {
    what: 'a billion laughs',
    text: `${laughs.join('\n')}\n`,
    problems: [['catalog', undefined, 'alias that cannot be resolved']],
  },
  { what: 'a thousand aliases', text: manyAliases, problems: [['catalog', undefined, 'uses 1001 aliases']] },
  {
    what: 'lists in lists in lists',
    text: '['.repeat(100_000),
    problems: [['catalog', 1, 'nested too deeply']],
  },
  {
    what: 'maps in maps in maps',
    text: `${V}services: ${'{ a: '.repeat(50_000)}`,
    problems: [['catalog', 2, 'nested too deeply']],
  },
  {
    what: 'two hundred lists in each other',
    text: `${V}services: { api: { path: ${'['.repeat(200)}${']'.repeat(200)} } }`,
    problems: [['catalog', undefined, 'nests deeper than 100 levels']],
  },
  {
    what: 'a file of six million characters',
    text: `# ${'x'.repeat(6_000_000)}`,
    problems: [['catalog', undefined, 'at most 5000000 are read']],
  },
  {
    what: 'a value of a million characters',
    text: one(`{ stage: ${'x'.repeat(1_000_000)} }`),
    problems: [['services.api.stage', 3, 'xxx...']],
  },
];
