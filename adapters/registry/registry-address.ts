/** From the host in an image name to the address of its registry. */
import { DOCKER_HUB } from '../../core/image/reference';
import { isLoopback } from '../http/allowed-address';

/** Docker Hub's images are called `docker.io/...`, its registry answers elsewhere. */
const DOCKER_HUB_REGISTRY = 'registry-1.docker.io';

/** The root of the registry's API: http on this machine where that is allowed, else https. */
export function registryUrl(host: string, allowLoopback: boolean): URL {
  const url = new URL(`https://${host === DOCKER_HUB ? DOCKER_HUB_REGISTRY : host}/`);
  return allowLoopback && isLoopback(url.hostname) ? new URL(`http://${host}/`) : url;
}
