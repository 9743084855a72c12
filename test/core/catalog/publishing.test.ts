/** Published modules in the catalog. */
import { parseCatalog } from '../../../core/catalog/parse-catalog';

const modulesOf = (modules: string) =>
  parseCatalog(
    `platform: v1.4.0\nstages: [{ name: tools }, { name: apps, needs: [tools] }]\ndefaults: { stage: apps }\nmodules: ${modules}\nservices: { api: }\n`,
  ).modules;

describe('a module', () => {
  test.each(['tools/lib', '{ path: tools/lib }', '{ path: tools/lib, publish: false }'])(
    'written as %s is not published',
    (module) => {
      expect(modulesOf(`{ lib: ${module} }`)).toEqual([{ name: 'lib', path: 'tools/lib' }]);
    },
  );

  test.each(['true', '{}'])('with publish: %s is published under its name in the first stage', (publish) => {
    expect(modulesOf(`{ clients/lib: { path: tools/lib, publish: ${publish} } }`)).toEqual([
      { name: 'clients/lib', path: 'tools/lib', publish: { package: 'lib', stage: 'tools', minutes: 10 } },
    ]);
  });

  test('overrides the defaults', () => {
    const publish = '{ package: Shop.Lib, stage: apps, minutes: 3 }';

    expect(modulesOf(`{ lib: { path: tools/lib, publish: ${publish} } }`)).toEqual([
      { name: 'lib', path: 'tools/lib', publish: { package: 'Shop.Lib', stage: 'apps', minutes: 3 } },
    ]);
  });
});

describe('the kind of a package', () => {
  test('is Python by default, which catalog and plan leave out', () => {
    expect(modulesOf('{ lib: { path: tools/lib, publish: { kind: python } } }')).toEqual(
      modulesOf('{ lib: { path: tools/lib, publish: true } }'),
    );
  });

  test('decides which names are allowed', () => {
    const publish = (kind: string, name: string) =>
      modulesOf(`{ lib: { path: tools/lib, publish: { kind: ${kind}, package: '${name}' } } }`)[0]?.publish;

    expect(publish('npm', '@shop/lib')).toEqual({ kind: 'npm', package: '@shop/lib', stage: 'tools', minutes: 10 });
    expect(publish('python', 'Shop.Lib')?.package).toBe('Shop.Lib');
    expect(publish('maven', 'com.shop:ui-kit_2.13')?.package).toBe('com.shop:ui-kit_2.13');
  });

  test('tells packages of one name apart', () => {
    const modules = modulesOf(
      '{ a: { path: a, publish: { package: lib } }, b: { path: b, publish: { kind: npm, package: lib } } }',
    );

    expect(modules.map(({ publish }) => publish?.package)).toEqual(['lib', 'lib']);
  });
});

describe('a service that depends on a published module', () => {
  const withService = (stage: string, publish: string) =>
    parseCatalog(
      `platform: v1.4.0\nstages: [{ name: tools }, { name: base, needs: [tools] }, { name: apps, needs: [base] }, { name: web }]\nmodules: { lib: { path: tools/lib, publish: ${publish} } }\nservices: { api: { stage: ${stage}, dependencies: [lib] } }\n`,
    );

  test.each(['tools', 'base', 'apps'])('may belong to stage %s, which runs after publishing', (stage) => {
    expect(withService(stage, 'true').services[0]?.stage).toBe(stage);
  });

  test('may not belong to a stage that does not wait for the module', () => {
    expect(() => withService('web', 'true')).toThrow(/is 'web', which does not wait for 'tools'/);
  });

  test('may belong to any stage if the module is not published', () => {
    expect(withService('web', 'false').services[0]?.stage).toBe('web');
  });
});
