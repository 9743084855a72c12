/**
 * Redirects HTTPS requests for Amazon ECR to the emulator's registry, and requests for Slack to the rehearsal's websites, both without TLS.
 * Loaded by `node --require`, so that the product needs no change. The environment variables have the form `host:port`.
 */
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');

const REDIRECTS = [
  [/^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/, 'REHEARSAL_REGISTRY'],
  [/^hooks\.slack\.com$/, 'REHEARSAL_WEBSITES'],
];
const original = https.request;
const agent = new http.Agent({ keepAlive: true });

https.request = function request(options, ...rest) {
  const [, variable] = REDIRECTS.find(([host]) => host.test(options?.hostname ?? '')) ?? [];
  const [hostname, port] = (process.env[variable] ?? '').split(':');
  if (port === undefined) return original.call(this, options, ...rest);
  const headers = { ...options.headers, host: options.hostname };
  return http.request({ ...options, protocol: 'http:', hostname, port, agent, headers }, ...rest);
};
syncBuiltinESMExports();
