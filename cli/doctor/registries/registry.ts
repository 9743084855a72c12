/** The registry checks of `pipeline doctor`: the login for releases, and the remaining pulls from Docker Hub. */
import { isLoopback } from '../../../adapters/http/allowed-address';
import { checkRegistryLogin, readPullLimit } from '../../../adapters/registry/client/check-login';
import type { CredentialSource } from '../../../adapters/registry/client/credentials';
import { ecrRegion } from '../../../adapters/registry/ecr/ecr-host';
import { type Finding, later, ok, problem } from '../../../core/doctor/finding';
import { judgePulls } from '../../../core/doctor/judge-registry';
import { DOCKER_HUB } from '../../../core/image/reference';
import type { Clock } from '../../../core/ports/store';
import type { Environment } from '../../../core/settings/environment-schema';
import { isEcr, parseEcrHost } from '../../../core/settings/registry/names';
import type { EnvironmentRegistry } from '../../../core/settings/registry/registry-schema';
import { runCheck } from '../run-check';

export interface RegistryCheckOptions {
  /** The host of the releases. */
  readonly host: string;
  /** Environments with registries of their own. */
  readonly environments?: readonly Pick<Environment, 'name' | 'registry'>[];
  /** Asks the release function for its problems with the registry of an environment. Undefined before it is deployed. */
  readonly probe?: ((environment: string) => Promise<readonly string[]>) | undefined;
  readonly credentials: CredentialSource;
  /** The address of Docker Hub. */
  readonly hub: string;
  /** The number of images that a full build builds. */
  readonly images: number;
  readonly clock: Clock;
  /** True if base images from Docker Hub are pulled through a mirror, which has its own login. */
  readonly isMirrored: boolean;
  /** Why the AWS account was not checked, as the end of a sentence; undefined if it was. Only the account proves a login to ECR. */
  readonly unchecked?: string | undefined;
  /** Hosts without TLS. */
  readonly plainHttp?: readonly string[] | undefined;
}

export async function checkRegistries(options: RegistryCheckOptions): Promise<readonly Finding[]> {
  const own = (options.environments ?? []).flatMap(({ name, registry }) =>
    registry === undefined ? [] : [checkOwn(options, name, registry)],
  );
  const findings = await Promise.all([
    checkLogin(options, options.host, 'registry login'),
    ...own,
    checkPulls(options),
  ]);
  return findings.flat();
}

/** The registry of an environment: in ECR tried by the release function, which alone may use it, any other by its login. */
function checkOwn(
  options: RegistryCheckOptions,
  environment: string,
  { host, role }: EnvironmentRegistry,
): Promise<readonly Finding[]> {
  const check = `registry of ${environment}`;
  if (!isEcr(host)) return checkLogin(options, host, check);
  const { probe } = options;
  if (probe === undefined) return Promise.resolve([later(check, NOT_DEPLOYED, 'npx cdk deploy')]);
  const fix =
    role === undefined
      ? `aws ecr describe-repositories --registry-id ${parseEcrHost(host)?.account ?? 'ACCOUNT'}`
      : `aws iam get-role --role-name ${role.arn.split('/').at(-1)} --query Role.AssumeRolePolicyDocument`;
  return runCheck(check, fix, async () => {
    const problems = await probe(environment);
    if (problems.length === 0) return ok(check, `the release function reaches ${host}`);
    return problems.map((text) => problem(check, text, fix));
  });
}

const NOT_DEPLOYED = 'not tried: the release function alone may use it, and is not deployed with this registry yet';

async function checkLogin(
  { credentials, clock, unchecked, plainHttp = [] }: RegistryCheckOptions,
  host: string,
  check: string,
): Promise<readonly Finding[]> {
  if (host === 'ecr' || ecrRegion(host) !== undefined) {
    if (unchecked !== undefined) return [later(check, `not checked, because ${unchecked}`)];
    return [ok(check, 'ECR accepts the roles of the stack')];
  }
  return runCheck(check, host === DOCKER_HUB ? 'docker login' : `docker login ${host}`, async () => {
    const user = await checkRegistryLogin(host, { credentials, clock, allowLoopback: isLoopbackHost(host), plainHttp });
    return ok(check, user === undefined ? `${host} needs no login` : `${host} accepts ${user}`);
  });
}

async function checkPulls(options: RegistryCheckOptions): Promise<readonly Finding[]> {
  const { hub, credentials, images, clock, isMirrored } = options;
  if (isMirrored) return [ok('Docker Hub pulls', 'go through the mirror')];
  // Credentials are stored under Docker Hub's own name, although tests use another address.
  const ofHub: CredentialSource = () => credentials(DOCKER_HUB);
  const read = async () =>
    judgePulls(await readPullLimit(hub, { credentials: ofHub, clock, allowLoopback: isLoopbackHost(hub) }), images);
  // A failure is no problem, because a team may use no base images from Docker Hub.
  return runCheck('Docker Hub pulls', 'docker login, if base images come from there', read, 'later');
}

function isLoopbackHost(host: string): boolean {
  return isLoopback(new URL(`http://${host}`).hostname);
}
