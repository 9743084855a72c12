/** The checks of `pipeline doctor --home`: the folder of a local pipeline, its repository, builder and registry. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAccessible } from '../../adapters/disk/missing';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { localAccess } from '../../adapters/registry/client/keychain';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { type Finding, later, ok, problem } from '../../core/doctor/finding';
import { filesOf, writtenPaths } from '../../core/settings/files/environment-files';
import { branchRule, type Settings } from '../../core/settings/schema';
import { shellCommand } from '../../core/text/escape';
import { findDockerEngine } from '../../local/build/docker-engine';
import {
  homePaths,
  type LocalSettings,
  localRepository,
  localValuesRepository,
  readLocalSettings,
} from '../../local/runtime/home';
import { openLocalCluster } from '../../local/runtime/local-rollout';
import { checkBuildSecrets } from './builds/build-secrets';
import type { DoctorWorld } from './deployment';
import { checkPulled } from './registries/pulled-names';
import { checkRegistries } from './registries/registry';
import { checkRollouts } from './rollout';
import { runCheck } from './run-check';
import { checkTrivy } from './scanner/check-scanner';
import { checkHomeKey } from './signing';

export async function checkHome(home: string, world: DoctorWorld): Promise<readonly Finding[]> {
  let local: LocalSettings | undefined;
  const settings = await runCheck('home', 'npm start', async () => {
    local = await readLocalSettings(home);
    return ok('home', `${homePaths(home).settings} can be used`);
  });
  if (local === undefined) return settings;
  const repository = await checkRepository(local.settings);
  const named = { settings: local.settings, catalog: repository.catalog };
  const valuesGit = createLocalGitHost(localValuesRepository(local.settings));
  return [
    ...settings,
    ...repository.findings,
    ...(await checkBuilder()),
    ...(await checkTrivy(local.settings)),
    ...(await checkImages(home, local, repository.catalog, world)),
    ...(await checkHomeKey(home, local.settings)),
    ...(await checkPulled({ ...named, valuesGit, ownHost: undefined })),
    ...(await checkBuildSecrets(local.settings, { env: world.env, isHere: true, catalog: repository.catalog })),
    ...(await checkRollouts({
      ...named,
      openCluster: (name) => openLocalCluster(name, world.env),
      alarms: undefined,
      valuesGit,
    })),
  ];
}

interface RepositoryCheck {
  readonly findings: readonly Finding[];
  readonly catalog: Catalog | undefined;
}

async function checkRepository(settings: Settings): Promise<RepositoryCheck> {
  const path = localRepository(settings);
  const git = createLocalGitHost(path);
  let branch: { readonly name: string; readonly commit: string } | undefined;
  const readable = await runCheck('repository', shellCommand('git', '-C', path, 'fsck'), async () => {
    const branches = await git.branches();
    await access(path, constants.W_OK);
    branch = branches.find(({ name }) => branchRule(settings, name) !== undefined);
    const names = branches.map(({ name }) => name).join(', ');
    if (branch !== undefined) return ok('repository', `${path} has ${names}`);
    const rules = settings.branches.map((rule) => rule.branch).join(', ');
    return problem(
      'repository',
      `has ${names || 'no branch'}, and the rules are for ${rules}`,
      'git push origin HEAD:main',
    );
  });
  if (branch === undefined) return { findings: readable, catalog: undefined };
  const { name, commit } = branch;
  let catalog: Catalog | undefined;
  const at = ['--repo', path, '--ref', name];
  const { catalogFile, valuesRepository } = settings;
  const written = settings.environments.flatMap((environment) => writtenPaths(filesOf(environment)));
  const paths = [catalogFile, ...(valuesRepository === undefined ? written : [])];
  const files = await runCheck('catalog', shellCommand('npx', 'pipeline', 'catalog', 'check', ...at), async () => {
    const found = await git.readFiles(commit, paths);
    const missing = paths.filter((file) => !found.has(file));
    if (missing.length > 0) {
      const init = shellCommand('npx', 'pipeline', 'catalog', 'init', ...at, '--out', catalogFile);
      return problem('catalog', `${name} has no ${missing.join(', ')}`, init);
    }
    catalog = parseCatalog(found.get(catalogFile) ?? '');
    return ok('catalog', `${catalog.services.length} services on ${name}`);
  });
  return { findings: [...readable, ...files, ...(await checkValues(settings, written))], catalog };
}

/** Checks the repository of the values files, if they have one of their own. */
async function checkValues(settings: Settings, paths: readonly string[]): Promise<readonly Finding[]> {
  if (settings.valuesRepository === undefined) return [];
  const path = localValuesRepository(settings);
  const { branch } = settings.valuesRepository;
  return runCheck('values repository', shellCommand('git', '-C', path, 'fsck'), async () => {
    const git = createLocalGitHost(path);
    const head = await git.head(branch);
    const fix = shellCommand('git', '-C', path, 'log', '--oneline', '--all');
    if (head === undefined) return problem('values repository', `${path} has no branch ${branch}`, fix);
    await access(path, constants.W_OK);
    const found = await git.readFiles(head, paths);
    const missing = paths.filter((file) => !found.has(file));
    if (missing.length > 0) return problem('values repository', `${branch} has no ${missing.join(', ')}`, fix);
    return ok('values repository', `${path} has ${paths.length} values files on ${branch}`);
  });
}

async function checkBuilder(): Promise<readonly Finding[]> {
  const engine = await findDockerEngine();
  if (engine !== undefined) return [ok('builder', `Docker ${engine.version}`)];
  return [later('builder', 'Docker is not running; the embedded builder does not execute RUN', 'docker info')];
}

async function checkImages(
  home: string,
  { settings, embeddedRegistry }: LocalSettings,
  catalog: Catalog | undefined,
  { hub, clock, env }: DoctorWorld,
): Promise<readonly Finding[]> {
  const images = catalog?.services.length ?? 0;
  if (embeddedRegistry) {
    const folder = homePaths(home).registry;
    return runCheck('registry', 'npm start', async () => {
      if (!(await isAccessible(folder))) return later('registry', `embedded; the first run creates ${folder}`);
      await access(folder, constants.R_OK | constants.W_OK);
      return ok('registry', `embedded, in ${folder}`);
    });
  }
  const { credentials, plainHttp } = localAccess(clock, settings.plainHttp, env);
  const { releases, environments } = settings;
  return checkRegistries({
    host: releases.host,
    environments,
    credentials,
    plainHttp,
    hub,
    images,
    clock,
    isMirrored: false,
  });
}
