/** The sections of the reference about registries, and about what is proved of hosts and registries, made of the tables that the code uses. */
import { KNOWN_HOSTS } from '../../adapters/git/known-hosts';
import { KNOWN_REGISTRIES, type KnownRegistry } from '../../adapters/registry/client/known-registries';
import { type Column, table } from './table';

const LOGIN: readonly Column<KnownRegistry>[] = [
  ['registry', ({ name }) => name],
  ['user name', ({ user }) => user],
  ['password', ({ password }) => password],
  ['least rights', ({ rights }) => rights],
  ['secret', ({ example }) => (example === undefined ? 'none' : `\`${JSON.stringify(example)}\``)],
];

const FLOW: readonly Column<KnownRegistry>[] = [
  ['registry', ({ name }) => name],
  ['`releases.host`', ({ host }) => host],
  ['`releases.namespace`', ({ namespace }) => namespace],
  ['token service', ({ tokens }) => (tokens === undefined ? 'none' : `\`${tokens.path}\`, \`${tokens.service}\``)],
  ['differs', ({ differs }) => differs],
  ['referrers API', ({ referrers }) => referrers],
  ['write-once tags', ({ writeOnceTags }) => writeOnceTags],
  ['documentation', ({ sources }) => sources.map((url, index) => `[${index + 1}](${url})`).join(', ')],
];

interface Proof {
  readonly name: string;
  readonly proved: { readonly server: string; readonly fake: string; readonly reading: string };
}

const PROOF: readonly Column<Proof>[] = [
  ['host', ({ name }) => name],
  ['on a real server', ({ proved }) => proved.server || 'nothing'],
  ['on a fake, by contract', ({ proved }) => proved.fake || 'nothing'],
  ['by reading only', ({ proved }) => proved.reading || 'nothing'],
];

/** Returns the sections. */
export function registriesSection(): string {
  const registries = Object.values<KnownRegistry>(KNOWN_REGISTRIES);
  const hosts = Object.values(KNOWN_HOSTS).map(({ name, abilities }) => ({ name, proved: abilities.proved }));
  return `## Registries

In AWS the login of the release registry is a secret ([deploy.md](deploy.md#a-login-for-the-registry)); on one machine it is that of \`docker login\`. Every secret below logs in
and pushes in a test, on a token service that differs from the specification as the registry's documentation says. A refused login is an error that has
the row's user name, password and rights. No login needs the right to delete.

${table(LOGIN, registries)}
A secret may have logins for several hosts: \`{"ghcr.io": {"username": "...", "password": "..."}}\`. A JSON key goes into it as the output of \`base64 -w0 key.json\`.

${table(FLOW, registries)}
Without the referrers API, signatures and SBOMs are listed by a tag made of a digest, which is found out by asking. Each further one rewrites that tag: exclude \`sha256-*\`
from write-once tags in such a registry. Tags of versions may be write-once everywhere.

## What is proved

A contract is a suite that a fake and, where there is one, a real server pass. Fakes of git hosts have a real git server behind them.

${table(PROOF, [...hosts, ...registries])}`;
}
