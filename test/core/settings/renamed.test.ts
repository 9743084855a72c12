/** Settings of older versions keep working, or say what to change. */
import { parseSettings, RENAMED } from '../../../core/settings/parse-settings';

const OLD = {
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'ecr', namespace: 'team' },
  candidates: { host: 'ecr', repository: 'candidates' },
};

test('the smallest settings of 0.1.0 still do', () => {
  expect(parseSettings({ ...OLD, valuesFile: 'chart/values.yaml' }).environments).toHaveLength(1);
});

test.each(Object.entries(RENAMED))('%s is refused once, with its new name', (path, now) => {
  const value = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), 'off');

  expect(() => parseSettings({ ...OLD, ...(value as object) })).toThrow(
    `the settings cannot be used:\n  ${path}: was renamed; call it '${now}'`,
  );
});
