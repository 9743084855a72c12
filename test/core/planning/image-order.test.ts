import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { imageOrderProblems } from '../../../core/planning/check-plan-input';

const CATALOG = parseCatalog(`
platform: v1.4.0
stages:
  - { name: base }
  - { name: middle, needs: [base] }
  - { name: apps, needs: [middle] }
  - { name: other }
services:
  python_base: { path: python_base, stage: base }
  auth: { path: auth, stage: apps }
  ngui: { path: ngui, stage: other }
`);

function builtFrom(images: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, ServiceInputs> {
  const nothing = { files: [], emptyFolders: [], recipe: [], bases: [], doubts: [], impurities: [] };
  return new Map(
    Object.entries(images).map(([service, from]) => [service, { service, inputDigest: '', images: from, ...nothing }]),
  );
}

describe('an image that is built from another one of the catalog', () => {
  test('may be in any later stage, however far', () => {
    expect(imageOrderProblems(CATALOG, builtFrom({ auth: ['python_base'] }))).toEqual([]);
  });

  test.each([
    ['the same stage', { auth: ['auth'] }, 'services.auth.stage'],
    ['a stage that runs side by side', { ngui: ['python_base'] }, 'services.ngui.stage'],
    ['an earlier stage', { python_base: ['auth'] }, 'services.python_base.stage'],
  ])('may not be in %s', (_, images, path) => {
    expect(imageOrderProblems(CATALOG, builtFrom(images)).map((problem) => problem.path)).toEqual([path]);
  });
});
