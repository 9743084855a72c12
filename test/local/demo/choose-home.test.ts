import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type LocalRepository, openRepository } from '../../../adapters/git/local/repository';
import { chooseHome, claimHome, HOME_MARKER } from '../../../local/demo/choose-home';
import { localSettings } from '../../../local/demo/repositories';
import { startRegistry } from '../../../local/registry/start-registry';
import { homePaths, writeLocalSettings } from '../../../local/runtime/home';
import { createRepository, type TestRepository } from '../../support/git/git-repository';

let folder: string;
let source: TestRepository;
let repository: LocalRepository;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'homes-'));
  source = createRepository();
  source.commit('main', { a: '1\n' });
  repository = await openRepository(source.path);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  source.remove();
});

const choose = (fresh = false, over: Partial<Parameters<typeof chooseHome>[0]> = {}) =>
  chooseHome({ folder, name: 'shop', repository, fresh, ...over });

/** Makes a home as a demonstration does, with some content. */
async function makeHome(of: LocalRepository | undefined = repository): Promise<string> {
  const chosen = await choose(false, { repository: of });
  await claimHome(chosen, of);
  mkdirSync(homePaths(chosen.home).repository);
  writeFileSync(join(homePaths(chosen.home).repository, 'HEAD'), 'pushed\n');
  return chosen.home;
}

describe('the home of a demonstration', () => {
  test('is new each time; earlier ones are kept and listed', async () => {
    const first = await makeHome();
    const second = await makeHome();

    expect([first, second]).toEqual([join(folder, 'shop'), join(folder, 'shop-2')]);
    expect(await choose()).toMatchObject({ home: join(folder, 'shop-3'), kept: [first, second], isEarlier: false });
    expect(readFileSync(join(homePaths(first).repository, 'HEAD'), 'utf8')).toBe('pushed\n');
  });

  test('of another repository with the same name is different, also with --fresh', async () => {
    const first = await makeHome();

    const sample = await choose(true, { repository: undefined });

    expect(sample).toEqual({ home: join(folder, 'shop-2'), kept: [], isEarlier: false });
    expect(existsSync(homePaths(first).repository)).toBe(true);
  });

  test('is emptied with --fresh, but for its marker', async () => {
    const home = await makeHome();
    writeFileSync(join(home, 'settings.json.0f.part'), '');

    await claimHome(await choose(true), repository);

    expect(readdirSync(home)).toEqual([HOME_MARKER]);
  });

  test('is not changed by the choice alone', async () => {
    const home = await makeHome();

    await choose(true);

    expect(existsSync(homePaths(home).repository)).toBe(true);
  });

  test('of two concurrent starts belongs to one of them', async () => {
    const chosen = await choose();

    expect(await Promise.all([claimHome(chosen, repository), claimHome(chosen, repository)])).toContain(false);
  });

  test('is not emptied while a run or a server works in it', async () => {
    const home = await makeHome();
    const registry = await startRegistry({ directory: homePaths(home).registry, port: 0 });
    try {
      const settings = localSettings({
        repository: '/r',
        registry: registry.host,
        values: 'v.yaml',
        namespace: 'team',
      });
      await writeLocalSettings(home, settings, true);

      await expect(choose(true)).rejects.toThrow(/is used by a run or by pipeline serve/);
    } finally {
      await registry.close();
    }
  });

  test('that is a symbolic link is emptied behind the link, which stays', async () => {
    const home = await makeHome();
    const link = mkdtempSync(join(tmpdir(), 'links-'));
    try {
      symlinkSync(home, join(link, 'shop'));

      await claimHome(await choose(true, { folder: link }), repository);

      expect(readdirSync(home)).toEqual([HOME_MARKER]);
      expect(readdirSync(link)).toEqual(['shop']);
    } finally {
      rmSync(link, { recursive: true, force: true });
    }
  });

  test('keeps the target of a link in it', async () => {
    const home = await makeHome();
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'kept'), '');
    symlinkSync(outside, homePaths(home).registry);

    await claimHome(await choose(true), repository);

    expect(readdirSync(outside)).toEqual(['kept']);
  });
});

describe('a folder is refused as a home, and stays as it is, if it', () => {
  async function expectRefused(promise: Promise<unknown>, message: RegExp): Promise<void> {
    await expect(promise).rejects.toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(message) });
  }

  test.each([false, true])('has files and no marker (--fresh: %p)', async (fresh) => {
    mkdirSync(join(folder, 'shop'));
    writeFileSync(join(folder, 'shop', 'mine'), '');

    await expectRefused(choose(fresh), /is not empty, and was not made by npm start/);
    expect(existsSync(join(folder, 'shop', 'mine'))).toBe(true);
  });

  test('is a copy of a home, marker included', async () => {
    const home = await makeHome();
    const copies = join(folder, 'copies');
    cpSync(home, join(copies, 'shop'), { recursive: true });

    await expectRefused(choose(true, { folder: copies }), /was not made by npm start/);
  });

  test('has files of its user beside those of the pipeline', async () => {
    const home = await makeHome();
    mkdirSync(join(home, 'my-clone'));

    await expectRefused(choose(true), /has files that the pipeline did not make: my-clone/);
    expect(readdirSync(home)).toContain('repository.git');
  });

  test.each<[string, () => Partial<Parameters<typeof chooseHome>[0]>]>([
    ['equals the repository', () => ({ folder: dirname(repository.path), name: basename(repository.path) })],
    ['is inside the repository', () => ({ folder: join(repository.path, 'deep', 'er') })],
    [
      'contains the repository',
      () => ({ folder: dirname(dirname(repository.path)), name: basename(dirname(repository.path)) }),
    ],
    [
      'is inside the repository by a link',
      () => {
        symlinkSync(repository.path, join(folder, 'link'));
        return { folder: join(folder, 'link', 'new') };
      },
    ],
  ])('%s', async (_, place) => {
    const before = readdirSync(repository.path);
    for (const fresh of [false, true]) {
      await expectRefused(
        choose(fresh, place()).catch((error) => {
          rmSync(join(folder, 'link'), { force: true });
          throw error;
        }),
        /the repository|--folder/,
      );
    }
    expect(readdirSync(repository.path)).toEqual(before);
  });

  test('is a file, is below a file, or is a link to nothing', async () => {
    writeFileSync(join(folder, 'shop'), '');
    await expectRefused(choose(), /is not a folder/);
    await expectRefused(choose(false, { folder: join(folder, 'shop') }), /is not a folder/);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'gone'));
    await expectRefused(choose(false, { name: 'gone' }), /link to a folder that does not exist/);
  });
});
