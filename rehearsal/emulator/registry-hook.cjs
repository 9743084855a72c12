/**
 * Leads HTTPS requests for Amazon ECR's hosts to the emulator's registry, which has no TLS. Loaded by `node --require`; the product is not
 * changed for it. `REHEARSAL_REGISTRY` is the emulator's `host:port`.
 */
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');

const ECR = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/;
const original = https.request;
const agent = new http.Agent({ keepAlive: true });

https.request = function request(options, ...rest) {
  const [hostname, port] = (process.env.REHEARSAL_REGISTRY ?? '').split(':');
  if (!ECR.test(options?.hostname ?? '') || port === undefined) return original.call(this, options, ...rest);
  const headers = { ...options.headers, host: options.hostname };
  return http.request({ ...options, protocol: 'http:', hostname, port, agent, headers }, ...rest);
};
syncBuiltinESMExports();
