import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLocalSettings, refuseUnwritable } from '../../../local/runtime/home';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'home-'));
});

afterEach(() => {
  jest.restoreAllMocks();
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

/** What the system answers there; a superuser, whom tests may run as, is refused nowhere else. */
function refuseWith(code: string, path: string): void {
  const { access } = fs;
  jest.spyOn(fs, 'access').mockImplementation(async (asked, mode) => {
    if (asked === path) throw Object.assign(new Error(`${code}: refused`), { code });
    return access(asked, mode);
  });
}

describe('a home', () => {
  test.each([
    ['EROFS', 'is on a read-only file system'],
    ['EACCES', 'may not be written by this user'],
  ])('that cannot be written (%s) is refused with the reason, never as ENOENT', async (code, reason) => {
    const home = join(folder, 'home');
    mkdirSync(home);
    refuseWith(code, home);

    await expect(refuseUnwritable(home)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: `the home cannot be written:\n  ${home}: ${reason}; choose a folder that you may write to`,
    });
  });

  test('that does not exist yet is checked by the folder that it would be made in', async () => {
    refuseWith('EROFS', folder);

    await expect(refuseUnwritable(join(folder, 'deep', 'home'))).rejects.toThrow(`${folder}: is on a read-only`);
  });

  test('below a file is refused', async () => {
    writeFileSync(join(folder, 'file'), '');

    await expect(refuseUnwritable(join(folder, 'file', 'home'))).rejects.toThrow('is not a folder');
  });

  test('that can be written, or made, is accepted', async () => {
    await expect(refuseUnwritable(join(folder, 'a', 'b'))).resolves.toBeUndefined();
  });

  test('without a pipeline is refused with what to do, in words', async () => {
    await expect(readLocalSettings(folder)).rejects.toThrow(
      /has no local pipeline \(settings\.json: there is no such file\); run npm start first/,
    );
  });
});

test.each<[string, unknown, string]>([
  [
    'keys of the settings beside them',
    { embeddedRegistry: true, signing: { keyFile: 'k.pem' }, scan: {}, settings: {} },
    `  signing: is no key of FILE itself; write it into its "settings"\n  scan: is no key of FILE itself; write it into its "settings"`,
  ],
  [
    'a value of the wrong kind',
    { embeddedRegistry: 'yes', settings: {} },
    "  embeddedRegistry: must be true or false, not the text 'yes'",
  ],
  ['a list', [], '  FILE: must be a map of keys, not a list'],
])('settings of a home with %s are refused, with what to do', async (_, stored, problems) => {
  const file = join(folder, 'settings.json');
  writeFileSync(file, JSON.stringify(stored));

  await expect(readLocalSettings(folder)).rejects.toMatchObject({
    name: 'InvalidInput',
    message: `the settings of the local pipeline cannot be used:\n${problems.replaceAll('FILE', file)}`,
  });
});
