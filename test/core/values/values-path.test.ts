import * as fc from 'fast-check';
import { parseValuesPath, printPlace } from '../../../core/values/values-path';
import { runs } from '../../support/property-runs';

test.each([
  ['tag', ['tag']],
  ['grafana.image.tag', ['grafana', 'image', 'tag']],
  ['["a.b"].tag', ['a.b', 'tag']],
  ['a["b.c"]["d"].e', ['a', 'b.c', 'd', 'e']],
  ['a.["b"]', ['a', 'b']],
  ['images[0].tag', ['images', 0, 'tag']],
  ['images[name=foo].newTag', ['images', { field: 'name', value: 'foo' }, 'newTag']],
  ['images[name=acme/foo]', ['images', { field: 'name', value: 'acme/foo' }]],
  ['8080.tag', ['8080', 'tag']],
])('%s is a path', (text, steps) => expect(parseValuesPath(text)).toEqual(steps));

test.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a[', 'a[]', 'a[x]', 'a["b]', 'a]b', 'a[0', '.["a"]', 'a[=b]'])(
  '%j is no path',
  (text) => {
    expect(parseValuesPath(text)).toBeUndefined();
  },
);

test('every place is printed as a path that leads to it, on one line', () => {
  const steps = fc.oneof(
    fc.nat(1000),
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('a.b', 'a"b', 'a\\b', 'x=y', '[0]', '{{ x }}', 'a\nb'),
  );
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 5 }), (place) => {
      const path = printPlace(place);
      expect(parseValuesPath(path)).toEqual(place);
      expect(path).not.toMatch(/[\n\r]/);
    }),
    { numRuns: runs(1_000) },
  );
});
