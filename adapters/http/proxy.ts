/**
 * The way through a proxy: HTTPS_PROXY and NO_PROXY, as curl reads them. Node 20 and 22 do not by themselves. Addresses of this machine are always
 * reached directly, and so is whatever has no TLS.
 */
import type { Agent } from 'node:http';
import type { AgentOptions } from 'node:https';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from './allowed-address';
import type { HttpError } from './http-error';

/** Connections through a proxy. `tls` is for the server behind it, and belongs to the request. */
export interface Tunnel {
  readonly agent: Agent;
  readonly tls: AgentOptions;
}

/** Returns the tunnel for an address, or undefined if it is reached directly. Throws an error without the value if HTTPS_PROXY is no address. */
export type TunnelTo = (url: URL) => Promise<Tunnel | undefined>;

/** Creates the tunnels of one client: one for each proxy, with connections that stay open. */
export function createTunnels(tls: AgentOptions): TunnelTo {
  const tunnels = new Map<string, Promise<Tunnel>>();
  return async (url) => {
    const proxy = proxyOf(url);
    if (proxy === undefined) return undefined;
    const tunnel = tunnels.get(proxy.href) ?? openTunnel(proxy, tls);
    tunnels.set(proxy.href, tunnel);
    return tunnel;
  };
}

/** The library is loaded by those who need it. */
async function openTunnel(proxy: URL, tls: AgentOptions): Promise<Tunnel> {
  const { createProxyAgent } = await import('./proxy-agent');
  return { agent: createProxyAgent(proxy), tls };
}

/** Returns the proxy of an address, or undefined. */
export function proxyOf(url: URL): URL | undefined {
  if (url.protocol !== 'https:' || isLoopback(url.hostname)) return undefined;
  const proxy = getProxyForUrl(url.href);
  if (proxy === '') return undefined;
  // A password in it must not be in the message.
  if (!URL.canParse(proxy)) throw new Error('HTTPS_PROXY is no address; write one such as http://proxy.internal:3128');
  return new URL(proxy);
}

/** Adds the proxy to an error that it may have caused: a connection that failed, or a refusal of its own. */
export function withProxyAdvice(error: HttpError, url: URL): HttpError {
  const { status } = error;
  const isOurs = status === undefined || [403, 407, 502, 503, 504].includes(status);
  const proxy = isOurs ? proxyHost(url) : undefined;
  if (proxy === undefined) return error;
  if (status === 407) {
    return error.withAdvice(
      `the proxy ${proxy} asks for a login; write it into HTTPS_PROXY: http://USER:PASSWORD@${proxy}`,
    );
  }
  return error.withAdvice(
    `it was asked through the proxy ${proxy} of HTTPS_PROXY; if it is reached directly, add ${url.hostname} to NO_PROXY`,
  );
}

function proxyHost(url: URL): string | undefined {
  try {
    return proxyOf(url)?.host;
  } catch {
    return undefined;
  }
}
