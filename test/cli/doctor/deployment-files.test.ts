/** Files of a deployment that are not there or broken: what a person reads then. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployedCatalog, readSettingsFile } from '../../../cli/doctor/deployment-files';
import { readLocalSettings } from '../../../local/runtime/home';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deployment-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function refusal(read: Promise<unknown>): Promise<string> {
  return read.then(
    () => 'accepted',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

function fileOf(text: string): string {
  const path = join(folder, 'settings.json');
  writeFileSync(path, text);
  return path;
}

describe('settings', () => {
  test('that are not JSON are reported with file, line, column and fix', async () => {
    const settings = fileOf('{\n  "git": { "host": "github", "repository": "a/b" }\n  "valuesFile": "x"\n}\n');

    const text = await refusal(readSettingsFile({ settings }));

    expect(text.split('\n')).toEqual([
      'InvalidSettings: the settings are not JSON:',
      `  ${settings} (line 3): column 3: expected a comma or }, found a text; put a comma before it`,
      expect.stringMatching(/^The smallest settings: \{/),
    ]);
  });

  test('that are missing are reported with the option for another file, and a working example', async () => {
    const settings = join(folder, 'none.json');

    const text = await refusal(readSettingsFile({ settings }));

    expect(text).toContain(
      `  ${settings}: there is no such file; write it, or name another one with --settings FILE\n`,
    );
    expect(text).not.toContain('ENOENT');
    const example = fileOf(text.slice(text.indexOf('{')));
    expect((await readSettingsFile({ settings: example })).environments).toEqual([
      { name: 'default', values: 'chart/values.yaml' },
    ]);
  });

  test('that are a folder are reported as such', async () => {
    mkdirSync(join(folder, 'sub'));

    expect(await refusal(readSettingsFile({ settings: join(folder, 'sub') }))).toContain('sub: is a folder; write it');
  });

  test('of a local pipeline are reported with line and column, too', async () => {
    fileOf('{\n  "embeddedRegistry": true,\n}\n');

    expect(await refusal(readLocalSettings(folder))).toMatch(
      /settings\.json \(line 3\): column 1: expected a name.*take out the comma before it; fix the file/,
    );
  });
});

describe('a catalog', () => {
  test('that is missing is reported with the command that creates one', async () => {
    const catalog = join(folder, 'none.yaml');

    expect(await refusal(readDeployedCatalog({ catalog }))).toContain(
      `${catalog}: there is no such file; write it with \`catalog init --out ${catalog}\`, or name another one with --catalog FILE`,
    );
  });
});
