import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { CATEGORIES, MATRIX, MODULES } from './document-tables';
import { tableDifferences } from './table-differences';

const text = readFileSync(join(__dirname, '../../catalogs/cloud-tuner.yaml'), 'utf8');
const catalog = parseCatalog(text);
const serviceNames = catalog.services.map(({ name }) => name);

test('the catalog says what the tables of the document say', () => {
  expect(tableDifferences(catalog)).toEqual([]);
});

test('the tables have the sizes that the document states, or the ones it really has', () => {
  const sizes = Object.fromEntries(Object.entries(CATEGORIES).map(([category, rows]) => [category, rows.length]));

  // C2: 9 in its table and power_schedule by the appendix. D: headed 8, lists 9.
  expect(sizes).toEqual({ A: 35, B: 15, C1: 5, C2: 10, C3: 5, D: 9 });
  expect(Object.keys(MATRIX)).toHaveLength(15);
  expect(Object.values(MODULES).map((services) => services.length)).toEqual([10, 19 + 2 + 1, 5, 1, 1, 0, 0]);
});

test('73 services are named, of the 82 that the document counts', () => {
  expect(serviceNames).toHaveLength(73);
});

test('stages wait for the libraries alone, so that they overlap', () => {
  expect(catalog.stages.map(({ name, needs }) => [name, needs])).toEqual([
    ['tools', []],
    ['critical', ['tools']],
    ['workers', ['tools']],
    ['schedulers', ['tools']],
    ['frontend', []],
    ['stable', ['tools']],
  ]);
});

test('the platform version under development is the one after v1.3.0', () => {
  expect(catalog.platformVersion).toBe('v1.4.0');
});

describe('a change of the catalog is noticed and names the service', () => {
  function differencesWith(name: string, change: (service: Service) => readonly Service[]): string {
    const services = catalog.services.flatMap((service) => (service.name === name ? change(service) : [service]));
    return tableDifferences({ ...catalog, services }).join('\n');
  }

  test.each(serviceNames)('%s: missing, renamed, another category, another retag rule, one dependency more', (name) => {
    const changed = (part: Partial<Service>) => differencesWith(name, (service) => [{ ...service, ...part }]);

    expect(differencesWith(name, () => [])).toContain(`'${name}' is missing`);
    expect(changed({ name: 'other' })).toContain(`'${name}' is missing`);
    expect(changed({ name: 'other' })).toContain("'other' is too many");
    expect(changed({ categories: ['X'] })).toContain(`'${name}' is missing`);
    expect(changed({ dependencies: ['cloudtuner_bill'] })).toContain(`'${name}' is too many`);
    expect(differencesWith(name, (service) => [{ ...service, retagOnly: !service.retagOnly }])).toContain(
      `'${name}': retag`,
    );
  });

  test.each(serviceNames)('%s: doubled', (name) => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`  ${name}: {`));
    const double = () => parseCatalog(text.replace(`${line}\n`, `${line}\n${line}\n`));

    expect(double).toThrow(`services.${name} (line`);
  });

  test.each(Object.keys(MATRIX))('%s: other minutes, another priority, another group, no dependency', (name) => {
    const changed = (part: Partial<Service>) => differencesWith(name, (service) => [{ ...service, ...part }]);

    expect(changed({ minutes: 99 })).toContain(`'${name}': minutes is 99`);
    expect(changed({ priority: 9 })).toContain(`'${name}': priority is 9`);
    expect(changed({ group: 'None' })).toContain(`'${name}': group is None`);
    expect(changed({ dependencies: [] })).toContain(`'${name}': dependencies is []`);
  });
});
