/** Opens connections through a proxy. A file of its own, which is loaded by those who have a proxy. */
import type { Agent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';

/** Returns an agent whose connections to servers with TLS go through the proxy and stay open. */
export function createProxyAgent(proxy: URL): Agent {
  return new HttpsProxyAgent(proxy, { keepAlive: true });
}
