/** Shell completion: the scripts are accepted by their shells, and words come from the commands themselves. */
import { spawnSync } from 'node:child_process';
import { nextWords } from '../../cli/completion';
import { buildProgram, main } from '../../cli/main';

const QUIET = { stdout: { write: () => true }, stderr: { write: () => true }, setExitCode: () => {} };

async function words(...typed: string[]): Promise<readonly string[]> {
  return nextWords(await buildProgram(QUIET, typed.slice(0, 1)), typed);
}

async function script(shell: string): Promise<string> {
  const lines: string[] = [];
  const stdout = { write: (text: string) => lines.push(text) > 0 };
  expect(await main(['completion', shell], stdout, QUIET.stderr)).toBe(0);
  return lines.join('');
}

test('a beginning is completed to commands, and a command to its subcommands', async () => {
  expect(await words('pl')).toEqual(['plan']);
  expect(await words('')).toEqual(expect.arrayContaining(['plan', 'catalog', 'tag', 'completion']));
  expect(await words('catalog', '')).toEqual(expect.arrayContaining(['init', 'check']));
});

test('a dash is completed to the options of that command, not of another', async () => {
  expect(await words('catalog', 'init', '--fo')).toEqual(['--force']);
  expect(await words('catalog', 'check', '--fo')).toEqual([]);
});

test('a value is completed where the option has choices; elsewhere the shell offers files', async () => {
  expect(await words('catalog', 'init', '--context', '')).toEqual(['root', 'service']);
  expect(await words('plan', '--catalog', '')).toEqual([]);
});

test('what it is asked to complete is hidden from people', async () => {
  expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish', 'help']);
});

test('bash takes the script, and completes with it', async () => {
  const fake = 'pipeline() { [ "$1 $2 $3" = "completion words --" ] && echo "plan"; }';
  const use = 'COMP_WORDS=(pipeline pl); COMP_CWORD=1; _pipeline; echo "$COMPREPLY"; complete -p pipeline';

  const { status, stdout } = spawnSync('bash', ['-c', `${fake}\n${await script('bash')}\n${use}`], {
    encoding: 'utf8',
  });

  expect({ status, stdout }).toEqual({ status: 0, stdout: 'plan\ncomplete -o default -F _pipeline pipeline\n' });
});

test.each(['zsh', 'fish'])('the script for %s names the command in every place', async (shell) => {
  const text = await script(shell);

  expect(text).toContain('pipeline completion words --');
  expect(text).not.toMatch(/NAME|FUNCTION/);
});
