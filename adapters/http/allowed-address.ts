/**
 * Decides which addresses a server may send the client to. Registries and token services are not trusted. Their realm, redirect or upload
 * location could be a private or link-local address, such as the cloud's metadata service (SSRF).
 */
import { BlockList, isIP } from 'node:net';

/** Addresses that are allowed besides public hosts over https. */
export interface AddressRules {
  /** Allows this machine, over http and https. */
  readonly allowLoopback: boolean;
  /** Hosts, with their ports, that the user allows without TLS. */
  readonly plainHttp?: readonly string[];
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const internal = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  internal.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  internal.addSubnet(network, prefix, 'ipv6');
}

/** Returns true for `localhost`, 127.0.0.0/8 and `::1`. `hostname` is as in `URL.hostname`, IPv6 in brackets. */
export function isLoopback(hostname: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(hostname) || isListed(loopback, hostname);
}

/**
 * Returns the reason why the URL must not be followed, or undefined. Allowed are public hosts over https, and what the rules add. Private,
 * link-local and other internal addresses are allowed only on `trustedHost`, a host and port that the user named.
 */
export function whyNotAllowed(
  url: URL,
  trustedHost: string,
  { allowLoopback, plainHttp = [] }: AddressRules,
): string | undefined {
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if (isLoopback(url.hostname)) {
    if (!allowLoopback) return 'it is an address of this machine';
    return isWeb ? undefined : `${url.protocol} is not supported`;
  }
  if (isWeb && plainHttp.includes(url.host)) return undefined;
  if (url.protocol !== 'https:') return `${url.protocol}// is not https`;
  if (url.host !== trustedHost && isListed(internal, url.hostname)) return 'it is a private or link-local address';
  return undefined;
}

/** `URL` normalizes odd spellings (0x7f000001, 127.1, ::ffff:7f00:1) before; BlockList knows mapped addresses. */
function isListed(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
