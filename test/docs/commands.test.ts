/** Every command that the documentation names is one that there is, with arguments and options that it takes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../cli/main';
import { namedCommands, pipelineLines, shellLines } from './command-lines';

const ROOT = join(__dirname, '../..');
const FILES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...markdownBelow('docs')];

function markdownBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .sort();
}

/** Anchors as GitHub makes them of headings. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The program with nothing behind its commands. Parsing tells whether a command line could be run. */
async function emptyProgram(): Promise<Command> {
  const silent = { write: () => undefined };
  const program = await buildProgram({ stdout: silent, stderr: silent, setExitCode: () => undefined });
  const empty = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(empty);
  };
  empty(program);
  return program;
}

async function problemOf(words: readonly string[]): Promise<string | undefined> {
  // An ellipsis stands for JSON that is shown elsewhere.
  const argv = words.map((word) => (word === '...' ? '{}' : word));
  try {
    await (await emptyProgram()).parseAsync(argv, { from: 'user' });
    return undefined;
  } catch (error) {
    const { exitCode, message } = error as Error & { readonly exitCode?: number };
    return exitCode === 0 ? undefined : message;
  }
}

describe('the documentation', () => {
  test.each(FILES)('%s has only command lines that can be run', async (file) => {
    const lines = pipelineLines(file, read(file));
    const problems = await Promise.all(
      lines.map(async ({ where, words }) => {
        const problem = await problemOf(words);
        return problem === undefined ? [] : [`${where}: ${words.join(' ')}: ${problem}`];
      }),
    );

    expect(problems.flat()).toEqual([]);
  });

  test.each(FILES)('%s names only commands that there are', async (file) => {
    const program = await emptyProgram();
    const unknown = namedCommands(file, read(file)).filter(({ words }) => {
      let command: Command = program;
      for (const word of words) {
        if (command.commands.length === 0) return false;
        const next = command.commands.find((each) => each.name() === word);
        if (next === undefined) return true;
        command = next;
      }
      return false;
    });

    expect(unknown).toEqual([]);
  });

  test.each(FILES)('%s runs only scripts of npm that there are', (file) => {
    const { scripts } = JSON.parse(read('package.json'));
    const names = shellLines(file, read(file)).flatMap(({ line }) => /^npm run ([\w:-]+)/.exec(line)?.[1] ?? []);

    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });

  test.each(FILES)('%s links to files that there are', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));

    expect(local.filter((link) => !existsSync(join(ROOT, dirname(file), link)))).toEqual([]);
  });

  test.each(FILES)('%s names only files and folders that there are', (file) => {
    const rooms = 'adapters|bench|bin|buildspecs|catalogs|cli|core|docs|lambdas|lib|local|test';
    const paths = [...read(file).matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]+)\``, 'g'))].map(
      ([, path = '']) => path,
    );
    // A name without an ending may be that of a module.
    const missing = paths.filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, `${path}.ts`)));

    expect(missing).toEqual([]);
  });

  test.each(FILES)('%s links to headings that there are', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)];
    const missing = links.filter(([, target = '', anchor = '']) => {
      const path = target === '' ? file : join(dirname(file), target);
      return !headings(read(path)).includes(anchor);
    });

    expect(missing.map(([link]) => link)).toEqual([]);
  });

  test('is looked at: command lines are found, and wrong ones noticed', async () => {
    const text = [
      '```',
      'npx pipeline plan --repo DIR --base HEAD~1         what is built   # remark',
      'GITHUB_TOKEN=$(gh auth token) npx pipeline setup github \\',
      '  --dry-run',
      'npm start -- --builder embedded                    without Docker',
      '```',
      "Or `npx pipeline run input '...'`, see `pipeline serve`.",
    ].join('\n');

    expect(pipelineLines('x', text).map(({ words }) => words)).toEqual([
      ['plan', '--repo', 'DIR', '--base', 'HEAD~1'],
      ['setup', 'github', '--dry-run'],
      ['demo', '--builder', 'embedded'],
      ['run', 'input', '...'],
    ]);
    expect(namedCommands('x', text).map(({ words }) => words)).toEqual([['run', 'input'], ['serve']]);
    expect(await problemOf(['plan', '--bass', 'x'])).toContain('--bass');
    expect(await problemOf(['start', 'release', '--ref', 'main'])).toContain('--version');
    expect(await problemOf(['explode'])).toContain('explode');
    expect(FILES.flatMap((file) => pipelineLines(file, read(file))).length).toBeGreaterThan(40);
  });
});
