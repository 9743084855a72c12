/** The doctor on values files that name the registry of their images. */
import { checkPulled } from '../../../../cli/doctor/registries/pulled-names';
import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import { parseSettings } from '../../../../core/settings/parse-settings';

const OWN = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const THERE = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'ecr', namespace: 'shop' },
  candidates: { host: 'ecr', repository: 'candidates' },
  environments: [
    { name: 'staging', values: 'staging.yaml' },
    { name: 'live', values: 'live.yaml', registry: { host: THERE, namespace: 'live' } },
  ],
  branches: [
    { branch: 'develop', allow: ['push'], version: '{version}-dev', environment: 'staging' },
    { branch: 'main', allow: ['promote'], environment: 'live' },
  ],
});
const catalog = parseCatalog('platform: v1.0.0\nservices: { auth: null, web: null }\n');
const values = (registry: string) =>
  `auth: { image: { repository: ${registry}/auth, tag: v1 } }\nweb: { image: { tag: v1 } }\n`;

function check(
  files: Readonly<Record<string, string>>,
  { ownHost }: { ownHost: string | undefined } = { ownHost: OWN },
) {
  const valuesGit = {
    head: async (branch: string) => (branch === 'main' || branch === 'develop' ? 'd'.repeat(40) : undefined),
    readFiles: async (_: string, paths: readonly string[]) =>
      new Map(paths.flatMap((path) => (files[path] === undefined ? [] : [[path, files[path]]]))),
  };
  return checkPulled({ settings, catalog, valuesGit, ownHost });
}

test('right names are counted, and services whose name is in the templates', async () => {
  const found = await check({ 'staging.yaml': values(`${OWN}/shop`), 'live.yaml': values(`${THERE}/live`) });
  expect(found.map(({ check: name, state, text }) => `${name} ${state}: ${text}`)).toEqual([
    `images of staging ok: 1 of 2 are named in ${OWN}/shop; of 1, the values files have no registry`,
    `images of live ok: 1 of 2 are named in ${THERE}/live; of 1, the values files have no registry`,
  ]);
});

test('the registry of another environment is a problem with file, path, line, value and the text to write', async () => {
  const [staging, live] = await check({
    'staging.yaml': values(`${THERE}/live`),
    'live.yaml': values(`${OWN}/shop`),
  });
  expect(staging).toMatchObject({ state: 'problem', fix: 'edit staging.yaml' });
  expect(staging?.text).toContain(`staging.yaml: auth.image.repository (line 1): is '${THERE}/live/auth'`);
  expect(staging?.text).toContain(`write ${OWN}/shop/auth`);
  expect(live?.text).toContain(`write ${THERE}/live/auth`);
});

test('a registry that no setting names is left to a person', async () => {
  const [staging] = await check({ 'staging.yaml': values('cache.example/shop') });
  expect(staging).toMatchObject({ state: 'later', text: expect.stringContaining('right for a cache of') });
});

test('without the account, the registry of the stack is not known, and any other is judged', async () => {
  const [staging, live] = await check(
    { 'staging.yaml': values(`${OWN}/shop`), 'live.yaml': values(`${THERE}/live`) },
    { ownHost: undefined },
  );
  expect(staging).toMatchObject({ state: 'later', text: expect.stringContaining('the account is not known') });
  expect(live).toMatchObject({ state: 'ok' });
});

test('a values file that is missing is left to the check that reports it', async () => {
  expect(await check({})).toEqual([]);
});
