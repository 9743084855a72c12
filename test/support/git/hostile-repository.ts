/** A repository with a canary program in every setting, hook and attribute that git can run. Each call leaves a file. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestRepository } from './git-repository';

/** Remotes from which git would fetch missing objects of a partial clone. Each uses a configured program. */
export const PROMISORS: Readonly<Record<string, (canary: string) => Readonly<Record<string, string>>>> = {
  'a remote helper': (canary) => ({ url: `ext::${canary} ext` }),
  'a foreign system': (canary) => ({ url: `${canary} vcs`, vcs: 'ext' }),
  ssh: () => ({ url: 'ssh://127.0.0.1/x' }),
  'a folder': (canary) => ({ url: `file://${canary}`, uploadpack: canary }),
  'a proxied port': () => ({ url: 'git://127.0.0.1/x' }),
};

const HOOKS = [
  'reference-transaction',
  'post-index-change',
  'post-checkout',
  'post-receive',
  'pre-auto-gc',
  'pre-commit',
];

const ATTRIBUTES = '* filter=canary diff=canary merge=canary\n';

export interface Canary {
  readonly path: string;
  /** Returns the settings through which git has run the canary so far. */
  ran(): readonly string[];
  remove(): void;
}

/** Plants the canary in the repository at `path`, which is bare or a `.git` folder. */
export function plantCanary({ path, git }: Pick<TestRepository, 'path' | 'git'>): Canary {
  const folder = mkdtempSync(join(tmpdir(), 'canary-'));
  const canary = join(folder, 'canary.sh');
  writeFileSync(canary, `#!/bin/sh\ntouch "${folder}/ran-$(basename "$1")"\nexit 1\n`);
  chmodSync(canary, 0o755);
  for (const hooks of [join(path, 'hooks'), join(folder, 'hooks')]) plantHooks(hooks, canary);
  mkdirSync(join(path, 'info'), { recursive: true });
  writeFileSync(join(path, 'info', 'attributes'), ATTRIBUTES);
  writeFileSync(join(folder, 'included'), settingsText(programs(canary, join(folder, 'hooks'))));
  git('config', 'include.path', join(folder, 'included'));
  git('config', 'core.repositoryFormatVersion', '1');
  git('config', 'extensions.worktreeConfig', 'true');
  writeFileSync(join(path, 'config.worktree'), settingsText(programs(canary, join(folder, 'hooks'))));
  return {
    path: canary,
    ran: () => readdirSync(folder).filter((name) => name.startsWith('ran-')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Turns the repository into a partial clone of the remote and removes the blob. */
export function removeBlob(
  { path, git }: Pick<TestRepository, 'path' | 'git'>,
  blob: string,
  remote: Readonly<Record<string, string>>,
): void {
  git('config', 'protocol.allow', 'always');
  for (const name of ['ext', 'ssh', 'file', 'git']) git('config', `protocol.${name}.allow`, 'always');
  for (const [name, value] of Object.entries(remote)) git('config', `remote.origin.${name}`, value);
  git('config', 'remote.origin.promisor', 'true');
  git('config', 'core.repositoryFormatVersion', '1');
  git('config', 'extensions.partialClone', 'origin');
  rmSync(join(path, 'objects', blob.slice(0, 2), blob.slice(2)));
}

function plantHooks(folder: string, canary: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of HOOKS) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${canary} hook-${name}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

/** Returns every setting of git up to 2.54 whose value git runs. */
function programs(canary: string, hooks: string): Readonly<Record<string, string>> {
  const as = (name: string) => `${canary} ${name}`;
  const commands = {
    'core.fsmonitor': as('fsmonitor'),
    'core.pager': as('pager'),
    'core.editor': as('editor'),
    'core.sshCommand': as('ssh'),
    'core.gitProxy': canary,
    'core.askPass': canary,
    'core.alternateRefsCommand': as('alternates'),
    'credential.helper': `!${as('credential')}`,
    'diff.external': as('diff'),
    'diff.canary.command': as('diff-driver'),
    'diff.canary.textconv': as('textconv'),
    'interactive.diffFilter': as('diff-filter'),
    'filter.canary.clean': as('clean'),
    'filter.canary.smudge': as('smudge'),
    'filter.canary.process': as('process'),
    'merge.canary.driver': as('merge'),
    'gpg.program': canary,
    'gpg.ssh.program': canary,
    'uploadpack.packObjectsHook': as('pack-objects'),
    'hook.canary.command': as('hook'),
    'trailer.canary.command': as('trailer'),
  };
  const switches = {
    'core.hooksPath': hooks,
    'hook.canary.event': 'reference-transaction',
    'commit.gpgSign': 'true',
    'log.showSignature': 'true',
    'filter.canary.required': 'true',
  };
  const plumbing = [
    'rev-parse',
    'ls-tree',
    'cat-file',
    'for-each-ref',
    'rev-list',
    'diff-tree',
    'merge-base',
    'config',
  ];
  const aliases = plumbing.flatMap((name) => [
    [`alias.${name}`, `!${as('alias')}`],
    [`pager.${name}`, as('pager')],
  ]);
  return { ...commands, ...switches, ...Object.fromEntries(aliases) };
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      const [section = '', ...rest] = name.split('.');
      const key = rest.pop() ?? '';
      const head = rest.length === 0 ? `[${section}]` : `[${section} "${rest.join('.')}"]`;
      return `${head}\n\t${key} = ${value}\n`;
    })
    .join('');
}
