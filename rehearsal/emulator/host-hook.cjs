/**
 * Leads HTTPS requests for Amazon ECR's hosts to the emulator's registry, and those for Slack to the rehearsal's websites; neither has TLS.
 * Loaded by `node --require`; the product is not changed for it. The variables hold `host:port`.
 */
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');

const LED = [
  [/^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/, 'REHEARSAL_REGISTRY'],
  [/^hooks\.slack\.com$/, 'REHEARSAL_WEBSITES'],
];
const original = https.request;
const agent = new http.Agent({ keepAlive: true });

https.request = function request(options, ...rest) {
  const [, variable] = LED.find(([host]) => host.test(options?.hostname ?? '')) ?? [];
  const [hostname, port] = (process.env[variable] ?? '').split(':');
  if (port === undefined) return original.call(this, options, ...rest);
  const headers = { ...options.headers, host: options.hostname };
  return http.request({ ...options, protocol: 'http:', hostname, port, agent, headers }, ...rest);
};
syncBuiltinESMExports();
