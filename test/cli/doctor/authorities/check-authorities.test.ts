/** The doctor on private certificate authorities, with a git host on loopback whose certificate one of them has signed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAuthorities } from '../../../../cli/doctor/authorities/check-authorities';
import { readSettingsFile } from '../../../../cli/doctor/deployment-files';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { type LoopbackServer, listen } from '../../../support/http/listen';

const fixture = (file: string) => join(__dirname, '../../../fixtures/tls', file);
const CA = fixture('team-ca.cert.pem');
const NOW = Date.parse('2026-12-01T00:00:00Z');

let server: LoopbackServer;
let host: string;
beforeAll(async () => {
  const own = {
    key: readFileSync(fixture('team-server.key.pem')),
    cert: readFileSync(fixture('team-server.cert.pem')),
  };
  server = await listen(createServer(own, (_, response) => response.end('{}')));
  host = `localhost:${server.port}`;
});
afterAll(() => server.stop());

const input = () => ({
  git: { host: 'gitea', repository: 'team/monorepo', apiUrl: `https://${host}/api/v1` } as const,
  releases: { host: 'ecr', namespace: 'team' },
  candidates: { host: 'ecr', repository: 'candidates' },
});

function check(certificateAuthorities: string | undefined, own: string | undefined, now = NOW) {
  const settings = parseSettings({
    ...input(),
    ...(certificateAuthorities === undefined ? {} : { certificateAuthorities }),
  });
  return checkAuthorities({ settings, env: { NODE_EXTRA_CA_CERTS: own }, now });
}

test('a server whose authority the settings have is no problem, and the end of the first authority is shown', async () => {
  const found = await check(CA, CA);
  expect(found).toEqual([
    {
      check: 'certificate authorities',
      state: 'ok',
      text: expect.stringMatching(/1 authority.*O=Team, CN=Team CA in 33998 days$/),
    },
  ]);
});

test('a server that this process trusts, and functions would not, is a problem with the setting that cures it', async () => {
  expect(await check(undefined, CA)).toEqual([
    {
      check: `certificate of ${host}`,
      state: 'problem',
      text: expect.stringMatching(/^is signed by Team CA, and functions and builds know only public ones.*UNABLE_TO/),
      fix: `set certificateAuthorities to ${CA}`,
    },
  ]);
});

test('a server whose authority is not in the file of the settings is a problem with that file', async () => {
  const other = fixture('localhost.cert.pem');
  const [, found] = await check(other, CA);
  expect(found).toMatchObject({ check: `certificate of ${host}`, state: 'problem', fix: `edit ${other}` });
  expect(found?.text).toContain('certificateAuthorities does not have it');
});

test('without private authorities anywhere, no server is looked at', async () => {
  expect(await check(undefined, undefined)).toEqual([]);
});

test('a process that does not read the file is told how', async () => {
  expect(await check(CA, undefined)).toContainEqual({
    check: 'certificate authorities',
    state: 'later',
    text: 'this process trusts none of them',
    fix: `NODE_EXTRA_CA_CERTS=${CA} npx pipeline doctor`,
  });
});

test('an authority that ends within a month, and a file that is missing or of no use, are problems', async () => {
  const [soon] = await check(CA, CA, Date.parse('2119-12-15T00:00:00Z'));
  expect(soon).toMatchObject({ state: 'problem', fix: `edit ${CA}; npx cdk deploy` });
  expect(soon?.text).toContain('in 17 days; add its successor');
  expect(await check('/nothing.pem', CA)).toMatchObject([
    { state: 'problem', text: '/nothing.pem: there is no such file' },
  ]);
  expect(await check(fixture('team-server.cert.pem'), CA)).toMatchObject([
    { state: 'problem', text: expect.stringContaining('which is that of a server') },
  ]);
});

test('the path in a settings file begins at the folder of that file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  const file = join(folder, 'settings.json');
  writeFileSync(file, JSON.stringify({ ...input(), certificateAuthorities: 'ca/team.pem' }));
  const { certificateAuthorities } = await readSettingsFile({ settings: file });
  rmSync(folder, { recursive: true });
  expect(certificateAuthorities).toBe(join(folder, 'ca/team.pem'));
});
