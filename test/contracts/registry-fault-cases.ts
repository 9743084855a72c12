/** The registry faults as data: the fault, the request that it hits, and the expected outcome. */
import type { OciRegistry } from '../../adapters/registry/oci-registry';
import type { FaultProxy } from '../support/http/fault-proxy';
import type { Fault, FaultRule } from '../support/http/fault-proxy-rules';
import type { createStillClock } from '../support/pipeline/memory-state';
import {
  type Content,
  imageOf,
  pulledManifest,
  pushContent,
  pushManifest,
  sha256,
} from '../support/registry/fake-registry-content';
import type { TokenService } from '../support/registry/token-service';

/** The user who releases; no error may contain the password. */
export const LOGIN = { username: 'releaser', password: 'swordfish-is-secret' };
/** The services of every case. */
export const SERVICES = ['auth', 'bumiworker', 'restapi'] as const;
/** Time limit of one attempt, in ms. */
export const TIMEOUT = 1000;
/** The servers and clients of one case. Repository names end in the service's name. */
interface Stage {
  readonly service: TokenService;
  readonly base: string;
  readonly clock: ReturnType<typeof createStillClock>;
  readonly registry: OciRegistry;
  readonly repositories: readonly string[];
  /** The same registry on another host, without login. */
  readonly elsewhere: FaultProxy;
}

interface AnyFaultCase {
  readonly name: string;
  readonly rules: (stage: Omit<Stage, 'registry'>) => readonly FaultRule[];
  /** Prepares the registry by its back door. */
  readonly arrange?: (stage: Omit<Stage, 'registry'>) => Promise<void>;
  /** True if no second run can succeed either. */
  readonly isFinal?: boolean;
  readonly check?: (stage: Stage, proxy: FaultProxy) => void;
}

/** Every service got its version. */
interface RecoveredCase extends AnyFaultCase {
  readonly outcome: 'recovered';
}

export interface FailingCase extends AnyFaultCase {
  /** The message of the services that did not get their version. */
  readonly outcome: RegExp;
  /** Services that fail; all others get their version. Default: all. */
  readonly fails?: readonly string[];
  /** The version tag of services that fail, as the registry has it afterwards: missing, or still this image. */
  readonly leaves: 'nothing' | Content;
}

export type FaultCase = RecoveredCase | FailingCase;

const PUT_V2 = { method: 'PUT', path: /\/restapi\/manifests\/v2$/ } as const;
const GET_V1 = { method: 'GET', path: /\/restapi\/manifests\/v1$/ } as const;
const HEAD_V2 = { method: 'HEAD', path: /\/restapi\/manifests\/v2$/ } as const;
const reply = (when: 'before' | 'after', status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'reply',
  when,
  status,
  headers,
});
/** A refusal whose message repeats the password, as no registry should do. */
export const refusal = (status: number, code: string): Fault => ({
  ...reply('before', status, { 'content-type': 'application/json' }),
  kind: 'reply',
  when: 'before',
  status,
  body: JSON.stringify({ errors: [{ code, message: `no: ${LOGIN.password}` }] }),
});
const one = (name: string, where: object, fault: Fault, nth?: FaultRule['nth']): readonly FaultRule[] => [
  { name, ...where, fault, ...(nth === undefined ? {} : { nth }) },
];
const other = sha256(Buffer.from('other'));
/** The image that has the version already. */
const OTHER = imageOf('other');

/** Faults after which every service gets its version all the same, with the requests that they hit. */
const RECOVERED: readonly (readonly [name: string, where: object, fault: Fault, nth?: FaultRule['nth']])[] = [
  ['R2: 429 without Retry-After', PUT_V2, reply('before', 429), [1, 2]],
  ['R4: 500 before a PUT', PUT_V2, reply('before', 500), 1],
  ['R5: 502 after a PUT was applied', PUT_V2, reply('after', 502)],
  ['R6: 503 twice', GET_V1, reply('before', 503), [1, 2]],
  ['R7: 504 after a PUT was applied', PUT_V2, reply('after', 504), 1],
  ['R8: reset before a PUT', PUT_V2, { kind: 'reset', when: 'before' }, 1],
  ['R9: every PUT is reset after it was applied', PUT_V2, { kind: 'reset', when: 'after' }],
  ['R10: manifest cut off', GET_V1, { kind: 'truncate', bytes: 100 }, [1, 2]],
  ['R11: one byte of a manifest flipped', GET_V1, { kind: 'flip', offset: 40 }, [1, 2]],
  [
    'R13: Docker-Content-Digest missing throughout',
    { path: /\/restapi\/manifests\// },
    { kind: 'headers', set: { 'docker-content-digest': undefined } },
  ],
  ['R17: 404 for the version after it was put', HEAD_V2, reply('before', 404), [1, 3]],
  ['R20: a late reply', GET_V1, { kind: 'delay', milliseconds: TIMEOUT + 300 }, 1],
  ['R20: a body that trickles', GET_V1, { kind: 'trickle', milliseconds: 20 }, 1],
];

/** Every case but R26 and R27, which do not tag. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...RECOVERED.map(([name, where, fault, nth]): RecoveredCase => {
    const rules = one(name.slice(0, name.indexOf(':')), where, fault, nth);
    return { name, rules: () => rules, outcome: 'recovered' };
  }),
  {
    name: 'R1: 429 with Retry-After in seconds',
    rules: () => one('R1', PUT_V2, reply('before', 429, { 'retry-after': '20' }), 1),
    outcome: 'recovered',
    check: ({ clock }) => expect(clock.waited()).toBeGreaterThanOrEqual(20_000),
  },
  {
    name: 'R3: 429 with Retry-After as a date',
    rules: ({ clock }) =>
      one('R3', PUT_V2, reply('before', 429, { 'retry-after': new Date(clock.now() + 30_000).toUTCString() }), 1),
    outcome: 'recovered',
    check: ({ clock }) => expect(clock.waited()).toBeGreaterThanOrEqual(29_000),
  },
  {
    name: 'R12: wrong Docker-Content-Digest throughout',
    rules: () =>
      one('R12', { path: /\/restapi\/manifests\/v1$/ }, { kind: 'headers', set: { 'docker-content-digest': other } }),
    outcome: new RegExp(`^GET \\S+/restapi/manifests/v1: .*${other}`),
    fails: ['restapi'],
    leaves: 'nothing',
  },
  {
    name: 'R14: token refused in mid-run',
    rules: ({ service }) => one('R14', PUT_V2, reply('before', 401, challenge(service)), 1),
    outcome: 'recovered',
    check: ({ service }) => {
      const scope = ({ scopes }: TokenService['asked'][number]) =>
        scopes.some((each) => /restapi:pull,push$/.test(each));
      expect(service.asked.filter(scope)).toHaveLength(2);
    },
  },
  {
    name: 'R15: token refused for good',
    rules: ({ service }) => one('R15', PUT_V2, reply('before', 401, challenge(service))),
    outcome: /^PUT \S+\/manifests\/v2: 401 UNAUTHORIZED: the credentials of releaser for \S+ do not allow it/,
    fails: ['restapi'],
    leaves: 'nothing',
    check: (_, proxy) => expect(proxy.requests.filter(({ rule }) => rule === 'R15')).toHaveLength(2),
  },
  {
    name: 'R16: 403 for one of three services',
    rules: () => one('R16', PUT_V2, refusal(403, 'DENIED')),
    outcome: /^PUT \S+\/manifests\/v2: 403 DENIED: no: \*\*\*; the credentials of releaser for \S+ do not allow it; /,
    fails: ['restapi'],
    leaves: 'nothing',
    check: (_, proxy) => expect(proxy.requests.filter(({ rule }) => rule === 'R16')).toHaveLength(1),
  },
  {
    name: 'R18: immutable version, same digest',
    arrange: ({ base, repositories }) => putVersion(base, repositories, 'restapi', 'v1'),
    rules: () => one('R18', PUT_V2, refusal(400, 'TAG_INVALID')),
    outcome: 'recovered',
  },
  {
    name: 'R19: immutable version, another digest',
    arrange: ({ base, repositories }) => putVersion(base, repositories, 'restapi', OTHER),
    rules: () => one('R19', PUT_V2, refusal(400, 'TAG_INVALID')),
    isFinal: true,
    outcome: /restapi:v2 is sha256:\w{64} and did not become sha256:\w{64}: PUT \S+: 400 TAG_INVALID/,
    fails: ['restapi'],
    leaves: OTHER,
  },
  {
    name: 'R20: a reply that is always late',
    rules: () => one('R20', GET_V1, { kind: 'delay', milliseconds: TIMEOUT + 300 }),
    outcome: /^GET \S+\/manifests\/v1: TIMEOUT: \S+ gave no complete answer in time; /,
    fails: ['restapi'],
    leaves: 'nothing',
  },
  {
    name: 'R21: redirect to a link-local address',
    rules: () =>
      one('R21', GET_V1, reply('before', 307, { location: 'http://169.254.169.254/latest?X-Amz-Signature=1' })),
    outcome:
      /^GET \S+: REDIRECT: a redirect to http:\/\/169\.254\.169\.254\/latest\?X-Amz-Signature=\*\*\* is not followed/,
    fails: ['restapi'],
    leaves: 'nothing',
  },
  {
    name: 'R21: redirect to another host, which is followed without our login',
    rules: ({ elsewhere, repositories }) => {
      const location = `http://${elsewhere.host}/v2/${repositoryOf(repositories, 'restapi')}/manifests/v1`;
      return one('R21', GET_V1, reply('before', 307, { location }));
    },
    outcome: 'recovered',
    check: ({ elsewhere }, proxy) => {
      const { headers } = proxy.requests.find(({ rule }) => rule === 'R21') ?? {};
      expect(headers?.authorization).toMatch(/^Bearer /);
      expect(elsewhere.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
        expect.stringMatching(/^GET \/v2\/\S+\/restapi\/manifests\/v1$/),
      ]);
      expect(elsewhere.requests.map((request) => Object.keys(request.headers))).toEqual([
        expect.not.arrayContaining(['authorization']),
      ]);
    },
  },
  {
    name: 'R22: token service on a link-local address',
    rules: () =>
      one(
        'R22',
        {},
        reply('before', 401, { 'www-authenticate': 'Bearer realm="http://169.254.170.2/token",service="x"' }),
      ),
    outcome: /names a token service \(http:\/\/169\.254\.170\.2\/token\) that is not asked/,
    leaves: 'nothing',
  },
  {
    name: 'R23: down throughout',
    rules: () => one('R23', {}, { kind: 'reset', when: 'before' }),
    outcome: /^GET \S+: ECONNRESET: /,
    leaves: 'nothing',
  },
  {
    name: 'R24: down for 20 seconds',
    rules: ({ clock }) => [
      { name: 'R24', fault: { kind: 'reset', when: 'before' }, only: () => clock.waited() < 20_000 },
    ],
    outcome: 'recovered',
  },
  {
    name: 'R24: down for longer than the tries last',
    rules: ({ clock }) => [
      { name: 'R24', fault: { kind: 'reset', when: 'before' }, only: () => clock.waited() < 1_000_000 },
    ],
    outcome: /^GET \S+: ECONNRESET: /,
    leaves: 'nothing',
  },
  {
    name: 'R25: candidate gone',
    rules: () => one('R25', { path: /\/restapi\/manifests\/v1$/ }, refusal(404, 'MANIFEST_UNKNOWN')),
    outcome: /^missing: restapi$/,
    fails: ['restapi'],
    leaves: 'nothing',
  },
];

/** Puts v2 past the proxy: the manifest of v1, or another image. */
async function putVersion(
  base: string,
  repositories: readonly string[],
  service: string,
  what: 'v1' | Content,
): Promise<void> {
  const repository = repositoryOf(repositories, service);
  if (typeof what !== 'string') return pushContent(base, repository, what, 'v2');
  const manifest = await pulledManifest(base, repository, 'v1');
  if (manifest !== undefined) await pushManifest(base, repository, 'v2', manifest);
}

function repositoryOf(repositories: readonly string[], service: string): string {
  return repositories.find((each) => each.endsWith(`/${service}`)) ?? '';
}

function challenge(service: TokenService): Readonly<Record<string, string>> {
  return { 'www-authenticate': `Bearer realm="http://${service.host}/token",service="registry.test"` };
}
