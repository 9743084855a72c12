/** The registry checks of `pipeline doctor`: the login for releases, and the pulls that Docker Hub still allows. */
import { isLoopback } from '../../adapters/http/allowed-address';
import { checkRegistryLogin, readPullLimit } from '../../adapters/registry/client/check-login';
import type { CredentialSource } from '../../adapters/registry/client/credentials';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import { type Finding, later, ok } from '../../core/doctor/finding';
import { judgePulls } from '../../core/doctor/judge-registry';
import { DOCKER_HUB } from '../../core/image/reference';
import type { Clock } from '../../core/ports/store';
import { look } from './doctor-check';

export interface RegistryCheckOptions {
  /** The host of the releases. */
  readonly host: string;
  readonly credentials: CredentialSource;
  /** The address of Docker Hub. */
  readonly hub: string;
  /** Images of a full build. */
  readonly images: number;
  readonly clock: Clock;
  /** True if base images of Docker Hub are pulled through a cache, with the cache's own login. */
  readonly isMirrored: boolean;
  /** The reason why the AWS account, which proves the login to ECR, could not be asked; undefined if it was asked. */
  readonly unasked?: string | undefined;
  /** Registries without TLS. */
  readonly plainHttp?: readonly string[] | undefined;
}

/** Checks the login and the pulls. */
export async function checkRegistries(options: RegistryCheckOptions): Promise<readonly Finding[]> {
  return [...(await checkLogin(options)), ...(await checkPulls(options))];
}

async function checkLogin(options: RegistryCheckOptions): Promise<readonly Finding[]> {
  const { host, credentials, clock, unasked, plainHttp = [] } = options;
  const check = 'registry login';
  if (host === 'ecr' || ecrRegion(host) !== undefined) {
    if (unasked !== undefined) return [later(check, `not checked, because ${unasked}`)];
    return [ok(check, 'ECR accepts the roles of the stack')];
  }
  return look(check, host === DOCKER_HUB ? 'docker login' : `docker login ${host}`, async () => {
    const user = await checkRegistryLogin(host, { credentials, clock, allowLoopback: isLoopbackHost(host), plainHttp });
    return ok(check, user === undefined ? `${host} needs no login` : `${host} accepts ${user}`);
  });
}

async function checkPulls(options: RegistryCheckOptions): Promise<readonly Finding[]> {
  const { hub, credentials, images, clock, isMirrored } = options;
  if (isMirrored) return [ok('Docker Hub pulls', 'come through the mirror')];
  // Credentials are stored under Docker Hub's name, also if tests ask another address.
  const ofHub: CredentialSource = () => credentials(DOCKER_HUB);
  const read = async () =>
    judgePulls(await readPullLimit(hub, { credentials: ofHub, clock, allowLoopback: isLoopbackHost(hub) }), images);
  // A team without base images of Docker Hub needs no pulls.
  return look('Docker Hub pulls', 'docker login, if base images come from there', read, 'later');
}

function isLoopbackHost(host: string): boolean {
  return isLoopback(new URL(`http://${host}`).hostname);
}
