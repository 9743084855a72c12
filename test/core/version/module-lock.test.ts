import * as fc from 'fast-check';
import {
  type ModuleLock,
  moduleLockPath,
  parseModuleLock,
  printModuleLock,
  updateModuleLock,
} from '../../../core/version/module-lock';
import { compareModuleVersions, type ModuleVersion, parseModuleVersion } from '../../../core/version/module-version';
import { runs } from '../../support/property-runs';

const hex = fc.stringMatching(/^[0-9a-f]{40}$/);
const entry = fc.record({
  version: fc.constantFrom('0.1.0', '1.0', '1.0.0', '1.2.3', '2.0.0rc1', '1.10.0'),
  contentDigest: hex,
  source: hex,
});
const name = fc.constantFrom('lib', 'clients/rest', 'null', '1.0', 'cloud_adapter');
const lock: fc.Arbitrary<ModuleLock> = fc.array(fc.tuple(name, entry)).map((entries) => new Map(entries));
const PATH = 'chart/module-lock.yaml';
const LINE = `lib: { version: "1.2.3", contentDigest: "${'d'.repeat(40)}", source: "${'a'.repeat(40)}" }\n`;

test('the lock of all values files of a folder is one file', () => {
  expect(moduleLockPath('chart/values.yaml')).toBe(PATH);
  expect(moduleLockPath('chart/values-staging.yaml')).toBe(PATH);
  expect(moduleLockPath('values.yaml')).toBe('module-lock.yaml');
});

test('a lock is read as it was printed, whatever the order of its modules', () => {
  fc.assert(
    fc.property(lock, (modules) => {
      const text = printModuleLock(modules);
      expect(parseModuleLock(text, PATH)).toEqual(modules);
      expect(printModuleLock(new Map([...modules].reverse()))).toBe(text);
    }),
    { numRuns: runs(100) },
  );
});

test('an empty file is an empty lock', () => {
  for (const text of ['', '# nothing\n', printModuleLock(new Map())]) expect(parseModuleLock(text, PATH).size).toBe(0);
});

test.each([
  ['a list', '- lib\n', /module-lock\.yaml/],
  ['a version of no release', LINE.replace('1.2.3', '1.2.3.dev5'), /lib\.version: must be a version such as 1\.4\.0/],
  ['a short digest', LINE.replace('dd', ''), /lib\.contentDigest: must be 40 hex digits/],
  ['an unknown field', LINE.replace('version', 'verzion'), /lib: /],
  ['a module twice', LINE + LINE, /lib \(line \d\): is in the file twice/],
  ['two documents', `${LINE}---\n${LINE}`, /has more than one document; keep one/],
  ['a merge conflict', `<<<<<<< HEAD\n${LINE}=======\n${LINE}>>>>>>> x\n`, /module-lock\.yaml/],
])('%s is refused with its place', (_what, text, message) => {
  expect(() => parseModuleLock(text, PATH)).toThrow(
    expect.objectContaining({ name: 'ValuesFile', message: expect.stringMatching(message) }),
  );
});

test('a release only raises versions, and the same release changes nothing', () => {
  const of = (text = '') => parseModuleVersion(text) as ModuleVersion;
  const one = fc.tuple(name, entry).map(([module, found]) => ({ name: module, ...found }));
  const released = fc.uniqueArray(one, { selector: (module) => module.name });
  fc.assert(
    fc.property(lock, released, (before, modules) => {
      const after = updateModuleLock(before, modules);
      for (const [module, { version }] of before) {
        expect(compareModuleVersions(of(after.get(module)?.version), of(version))).toBeGreaterThanOrEqual(0);
      }
      expect(updateModuleLock(after, modules)).toEqual(after);
    }),
    { numRuns: runs(100) },
  );
});
