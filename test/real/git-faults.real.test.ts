/** A commit that meets each of the 19 faults of a git host, on GitHub and on git's own http-backend, behind a proxy that misbehaves. */
import type { IncomingMessage } from 'node:http';
import { type GitFaultCase, GONE_COMMIT, gitFaultCases } from '../support/git/git-fault-cases';
import { type FaultProxy, startFaultProxy } from '../support/http/fault-proxy';
import type { FaultRule } from '../support/http/fault-proxy-rules';
import { startServer } from '../support/http/listen';
import { breachesIn } from '../support/races/commit-invariants';
import { gitHubAt, gitLabAt, type HostKind, makeRaceWorld, pushOf, type RaceWorld } from '../support/races/race-world';

/** A retry storm would be more. */
const MAX_REQUESTS = 80;

let world: RaceWorld;
let proxy: FaultProxy;

afterEach(async () => {
  await proxy?.close();
  await world.stop();
});

/** A server on another port; it keeps the credentials that reach it. */
async function startElsewhere() {
  const leaked: string[] = [];
  const { url, stop } = await startServer((request, response) => {
    leaked.push(...[request.headers.authorization ?? []].flat());
    response.writeHead(404).end();
  });
  return { url, leaked, close: stop };
}

function isWrite(kind: HostKind, request: IncomingMessage): boolean {
  return kind === 'GitHub' || request.url?.endsWith('/git-receive-pack') === true;
}

function isRead(kind: HostKind, request: IncomingMessage): boolean {
  return kind === 'GitHub' || request.url?.endsWith('/git-upload-pack') === true;
}

/** On GitHub all requests look alike; the one that writes is the last of a run in which nothing goes wrong. */
async function placeOfWrite(kind: HostKind): Promise<number> {
  if (kind !== 'GitHub') return 1;
  const calm = await makeRaceWorld(kind);
  const watching = await startFaultProxy(calm.url);
  try {
    await calm.play(await push(calm), gitHubAt(`http://${watching.host}`));
    return watching.requests.filter(({ method }) => method === 'POST').length;
  } finally {
    await watching.close();
    await calm.stop();
  }
}

async function push({ commitForeign }: RaceWorld) {
  const commit = await commitForeign('change auth', async () => ({ 'auth/main.py': '1' }));
  return pushOf('run-1', commit, 'v1.1.0-dev', ['auth']);
}

/** The rule for a case: counts matching requests itself, since something has to happen just before the one that is met. */
function ruleOf(kind: HostKind, { name, at, fault, lasting, happens }: GitFaultCase, place: number): FaultRule {
  const isMeant = (request: IncomingMessage) => (at === 'write' ? isWrite(kind, request) : isRead(kind, request));
  const first = at === 'write' ? place : 1;
  let count = 0;
  return {
    name,
    method: 'POST',
    fault: fault ?? { kind: 'delay', milliseconds: 0 },
    only: (request) => {
      if (!isMeant(request)) return false;
      count += 1;
      if (count === first) happens?.(world);
      return lasting === true ? count >= first : count === first;
    },
  };
}

describe.each<[HostKind]>([['GitHub'], ['git http-backend']])('on %s', (kind) => {
  test.each(gitFaultCases(kind, '').map(({ name }) => name))('%s', async (name) => {
    const elsewhere = await startElsewhere();
    const fault = gitFaultCases(kind, elsewhere.url).find((each) => each.name === name) as GitFaultCase;
    const place = fault.at === 'write' ? await placeOfWrite(kind) : 1;
    world = await makeRaceWorld(kind);
    const record = await push(world);
    const before = world.repository.git('rev-parse', 'main');
    proxy = await startFaultProxy(world.url, [ruleOf(kind, fault, place)]);
    const host = kind === 'GitHub' ? gitHubAt(`http://${proxy.host}`) : gitLabAt(`http://${proxy.host}`);

    const gone = name.startsWith('G19') ? { commit: GONE_COMMIT } : {};
    const { result, error } = await world.play({ ...record, ...gone }, host);

    // A fault that met no request makes the case void.
    if (!name.startsWith('G19')) expect(proxy.unfired()).toEqual([]);
    expect(proxy.requests.length).toBeLessThan(MAX_REQUESTS);
    expect(elsewhere.leaked).toEqual([]);
    await elsewhere.close();
    if (name.startsWith('G11')) world.repository.reset('main', before);
    const made = world.repository
      .git('log', '--format=%H', '--grep=^Run-Id: run-1$', 'main')
      .split('\n')
      .filter(Boolean);
    if (fault.ends === 'RECOVERED') {
      expect({ error, commit: result?.commit }).toEqual({ error: undefined, commit: made[0] });
      expect(made).toHaveLength(1);
    } else {
      expect(made).toEqual([]);
      if (fault.ends === 'SUPERSEDED')
        expect(result).toEqual({ commit: null, changes: 0, superseded: ['auth'], supersededBy: 'rewind' });
      else expect(error?.message).toMatch(fault.says ?? /never/);
    }
    expect(await breachesIn(world)).toEqual([]);
  });
});
