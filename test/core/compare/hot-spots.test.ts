import { type Causes, HotSpotLedger } from '../../../core/compare/hot-spots';
import { serviceOf } from '../../support/docker/docker-context';

const SERVICES = ['a', 'b', 'c'].map((name) => serviceOf({ name, path: `services/${name}`, minutes: 10 }));

/** A push as service -> changed inputs. */
function ledger(...pushes: readonly Readonly<Record<string, Partial<Causes>>>[]) {
  const ledger = new HotSpotLedger();
  for (const push of pushes) {
    const built = SERVICES.filter(({ name }) => push[name] !== undefined);
    ledger.add(built, ({ name }) => ({ paths: [], images: [], hasOther: false, ...push[name] }));
  }
  return ledger.list(10);
}

/** Each build takes ten minutes at a cent. */
const saved = (builds: number) => ({ buildsSaved: builds, minutesSaved: 10 * builds, costSaved: builds / 10 });

describe('the hubs', () => {
  test('are shared files and folders, with what would be saved without them', () => {
    const found = ledger(
      { a: { paths: ['libs/x/1'] }, b: { paths: ['libs/x/1'] }, c: { paths: ['libs/y/1'] } },
      { a: { paths: ['libs/x/1', 'services/a/main'] }, b: { paths: ['libs/x/2'] } },
    );

    expect(found).toEqual([
      { path: 'libs', kind: 'folder', pushes: 2, builds: 5, services: 3, ...saved(4), buildsWithout: 6 },
      { path: 'libs/x', kind: 'folder', pushes: 2, builds: 4, services: 2, ...saved(3), buildsWithout: 7 },
      { path: 'libs/x/1', kind: 'file', pushes: 2, builds: 3, services: 2, ...saved(2), buildsWithout: 8 },
    ]);
  });

  test('are neither own folders, nor folders that hold services, nor what one service reads alone', () => {
    expect(
      ledger(
        { a: { paths: ['services/a/main'] }, b: { paths: ['services/b/main'] } },
        { a: { paths: ['only/a'] } },
        { a: { paths: ['services/b/main'] }, b: { paths: ['services/b/main'] } },
      ),
    ).toEqual([]);
  });

  test('stand once for a folder and its only changing folder', () => {
    const found = ledger({ a: { paths: ['x/y/z/1', 'x/y/z/2'] }, b: { paths: ['x/y/z/1'] } });

    expect(found.map(({ path, kind }) => [path, kind])).toEqual([
      ['x/y/z', 'folder'],
      ['x/y/z/1', 'file'],
    ]);
  });

  test('have no cost if the price of a machine is not known, but minutes all the same', () => {
    const unpriced = new HotSpotLedger();
    const [a, b] = ['a', 'b'].map((name) => serviceOf({ name, path: name, minutes: 3, compute: 'xlarge' }));
    unpriced.add(a && b ? [a, b] : [], () => ({ paths: ['l/1'], images: [], hasOther: false }));

    expect(unpriced.list(2)[0]).toMatchObject({ minutesSaved: 6, costSaved: null });
  });

  test('save nothing where something else changed, too', () => {
    const found = ledger({ a: { paths: ['l/1'], hasOther: true }, b: { paths: ['l/1', 'services/b/x'] } });

    expect(found).toMatchObject([
      { path: 'l', buildsSaved: 0 },
      { path: 'l/1', buildsSaved: 0 },
    ]);
  });

  test('reach through the images that others are made from', () => {
    const found = ledger({ a: { paths: ['l/1'] }, b: { images: ['a'] }, c: { images: ['b'] } });

    expect(found).toMatchObject([
      { path: 'l', builds: 3, buildsSaved: 3 },
      { path: 'l/1', builds: 3, buildsSaved: 3 },
    ]);
  });
});
