/** The registries that the pipeline knows: the login that each expects, how it issues tokens, and what is tested of it. */
import type { BearerChallenge } from './bearer-token';
import type { Credentials } from './credentials';

/** A bearer token service, as the challenge of its registry names it. */
interface TokenService {
  /** Path of the realm, and the service: by one of both a registry is recognized. */
  readonly path: string;
  readonly service: string;
  /** Matches the challenge of every installation. */
  readonly isOf: (challenge: BearerChallenge) => boolean;
  /** True if a token with the right to push makes a missing repository, even if nothing is pushed. Default: false. */
  readonly pushMakesRepository?: boolean;
}

/** A registry, in words for people. The words are parts of sentences in errors and of tables in the reference. */
export interface KnownRegistry {
  readonly name: string;
  /** The host in the settings, and what the namespace of releases is. */
  readonly host: string;
  readonly namespace: string;
  readonly user: string;
  readonly password: string;
  /** The least rights of the login. */
  readonly rights: string;
  /** A login in the form of the registry secret; undefined where roles are the login. */
  readonly example: Credentials | undefined;
  /** Undefined for basic authentication. */
  readonly tokens: TokenService | undefined;
  /** Where its flow differs from the specification, or surprises people. */
  readonly differs: string;
  readonly referrers: string;
  readonly writeOnceTags: string;
  /** Tested on a real server; on a fake that behaves as documented; by reading the documentation only. */
  readonly proved: { readonly server: string; readonly fake: string; readonly reading: string };
  readonly sources: readonly string[];
}

const PROVED_BY_LOGIN = {
  server: '',
  fake: 'login, tokens, push, pull and mount',
  reading: 'rights, referrers, write-once tags',
} as const;

const PASSWORD = 'SECRET';

export const KNOWN_REGISTRIES = {
  ecr: {
    name: 'Amazon ECR',
    host: '`ecr`, or `ACCOUNT.dkr.ecr.REGION.amazonaws.com`',
    namespace: 'any',
    user: 'AWS',
    password:
      'none in AWS, where roles are the login; on one machine that of `aws ecr get-login-password`, for 12 hours',
    rights: '[permissions.md](permissions.md)',
    example: undefined,
    tokens: undefined,
    differs: 'basic authentication; a release makes missing repositories',
    referrers: 'yes',
    writeOnceTags: 'set by the pipeline',
    proved: { server: '', fake: "everything, with ECR's API", reading: 'how many requests a second it takes' },
    sources: ['https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html'],
  },
  'docker-hub': {
    name: 'Docker Hub',
    host: '`docker.io`',
    namespace: 'the Docker ID or the organization',
    user: 'a Docker ID, or the name of the organization if the token is of the organization',
    password: 'an access token',
    rights: 'Read & Write, or for an organization image pull and push on its repositories',
    example: { username: 'acme', password: PASSWORD },
    tokens: {
      path: '/token',
      service: 'registry.docker.io',
      isOf: ({ service }) => service === 'registry.docker.io',
    },
    differs:
      'its registry is `registry-1.docker.io`, and `docker login` stores `https://index.docker.io/v1/`: the secret may name any of them. Official images are below `library/`. Pulls are counted',
    referrers: 'reported in 2025',
    writeOnceTags: 'a setting of the repository (beta)',
    proved: PROVED_BY_LOGIN,
    sources: [
      'https://docs.docker.com/security/access-tokens/reference/',
      'https://docs.docker.com/docker-hub/repos/manage/hub-images/immutable-tags',
    ],
  },
  ghcr: {
    name: 'GHCR',
    host: '`ghcr.io`',
    namespace: 'the user or the organization',
    user: "the token's GitHub user",
    password: 'a personal access token (classic), because GitHub accepts no fine-grained one',
    rights: 'scope write:packages',
    example: { username: 'octocat', password: PASSWORD },
    tokens: { path: '/token', service: 'ghcr.io', isOf: ({ service }) => service === 'ghcr.io' },
    differs: 'its first challenge asks for `user/image`, a placeholder that is ignored. A wrong token is a 403',
    referrers: 'no',
    writeOnceTags: 'none',
    proved: PROVED_BY_LOGIN,
    sources: [
      'https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry',
    ],
  },
  gitlab: {
    name: 'GitLab container registry',
    host: '`registry.gitlab.com`, or your own',
    namespace: 'the path of the project',
    user: 'that of a deploy token (gitlab+deploy-token-NUMBER), or any for a project access token',
    password: 'the token',
    rights: 'scopes read_registry and write_registry',
    example: { username: 'gitlab+deploy-token-17', password: PASSWORD },
    tokens: {
      path: '/jwt/auth',
      service: 'container_registry',
      isOf: ({ service, realm }) => service === 'container_registry' && !isGitea(realm),
    },
    differs:
      'tokens come from GitLab, another host. It reads one scope in each parameter. A check without a login is a 403',
    referrers: 'depends on its version',
    writeOnceTags: 'rules of the project (Ultimate)',
    proved: PROVED_BY_LOGIN,
    sources: [
      'https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/',
      'https://docs.gitlab.com/user/packages/container_registry/immutable_container_tags',
    ],
  },
  gitea: {
    name: 'Gitea or Forgejo',
    host: 'your own',
    namespace: 'the user or the organization',
    user: 'a user who may write packages of the organization',
    password: 'an access token',
    rights: 'scope write:package',
    example: { username: 'releaser', password: PASSWORD },
    tokens: {
      path: '/v2/token',
      service: 'container_registry',
      isOf: ({ service, realm }) => service === 'container_registry' && isGitea(realm),
    },
    differs:
      'the namespace has to exist. One token is for everything that the login may. An index of indexes is refused',
    referrers: 'no',
    writeOnceTags: 'none',
    proved: {
      server: 'everything but an index of indexes, on Gitea 1.26 (`npm run test:registries`)',
      fake: 'login, tokens, push, pull and mount',
      reading: 'Forgejo',
    },
    sources: ['https://docs.gitea.com/usage/packages/container'],
  },
  'artifact-registry': {
    name: 'Google Artifact Registry',
    host: '`REGION-docker.pkg.dev`',
    namespace: 'PROJECT/REPOSITORY',
    user: '_json_key_base64 (or _json_key, or oauth2accesstoken for an access token, which ends after an hour)',
    password: 'the JSON key of a service account in base64 (or as text)',
    rights: 'role roles/artifactregistry.writer on the repository',
    example: { username: '_json_key_base64', password: Buffer.from('{"type":"service_account"}').toString('base64') },
    tokens: {
      path: '/v2/token',
      service: 'europe-docker.pkg.dev',
      isOf: ({ service = '' }) => /(?:^|[.-])(?:docker\.pkg\.dev|gcr\.io)$/.test(service),
    },
    differs: 'make the repository of the namespace first; images in it need none',
    referrers: 'yes, as attachments',
    writeOnceTags: 'a setting of the repository',
    proved: PROVED_BY_LOGIN,
    sources: [
      'https://docs.cloud.google.com/artifact-registry/docs/docker/authentication',
      'https://docs.cloud.google.com/artifact-registry/docs/docker/manage-metadata',
    ],
  },
  quay: {
    name: 'Quay',
    host: '`quay.io`, or your own',
    namespace: 'the organization',
    user: "a robot's whole name, ORGANIZATION+ROBOT",
    password: "the robot's token",
    rights: 'Write on the release repositories, or the team role Creator to make them',
    example: { username: 'acme+release', password: PASSWORD },
    tokens: {
      path: '/v2/auth',
      service: 'quay.io',
      isOf: ({ realm }) => URL.canParse(realm) && new URL(realm).pathname === '/v2/auth',
      pushMakesRepository: true,
    },
    differs:
      'a token for a push makes a missing repository, so that only a push asks for one. A scope that it cannot read is a 400',
    referrers: 'yes; your own with `FEATURE_REFERRERS_API`',
    writeOnceTags: 'policies, with `FEATURE_IMMUTABLE_TAGS`',
    proved: PROVED_BY_LOGIN,
    sources: [
      'https://docs.quay.io/glossary/robot-accounts.html',
      'https://docs.redhat.com/en/documentation/red_hat_quay/3/html/red_hat_quay_api_reference/immutability_policy',
    ],
  },
  harbor: {
    name: 'Harbor',
    host: 'your own',
    namespace: 'the project',
    user: "a robot's whole name, robot$PROJECT+NAME (in single quotes on a command line)",
    password: "the robot's secret",
    rights: 'Pull Repository and Push Repository in the project',
    example: { username: 'robot$shop+release', password: PASSWORD },
    tokens: {
      path: '/service/token',
      service: 'harbor-registry',
      isOf: ({ service }) => service === 'harbor-registry',
    },
    differs:
      'a wrong login gets a token for public projects, and a token that does not suffice gets a basic challenge, which is ignored. A project that does not exist is a 401, too',
    referrers: 'yes',
    writeOnceTags: 'rules of the project',
    proved: PROVED_BY_LOGIN,
    sources: [
      'https://goharbor.io/docs/latest/working-with-projects/project-configuration/create-robot-accounts/',
      'https://goharbor.io/docs/latest/working-with-projects/working-with-images/create-tag-immutability-rules/',
    ],
  },
  plain: {
    name: 'a plain registry',
    host: 'its host and port',
    namespace: 'any',
    user: 'a user of its htpasswd file',
    password: 'the password',
    rights: 'all users may read and write',
    example: { username: 'releaser', password: PASSWORD },
    tokens: undefined,
    differs: 'basic authentication. Without TLS, name it in `plainHttp`',
    referrers: 'no',
    writeOnceTags: 'none',
    proved: {
      server: 'everything, on docker-registry 2.8, and on Distribution 3.1 (`npm run test:registries`)',
      fake: 'everything',
      reading: '',
    },
    sources: ['https://distribution.github.io/distribution/about/configuration/#htpasswd'],
  },
} as const satisfies Readonly<Record<string, KnownRegistry>>;

/** Gitea and GitLab give their token services the same name. Only Gitea's is at this path (routers/api/packages/container in its source). */
function isGitea(realm: string): boolean {
  return URL.canParse(realm) && new URL(realm).pathname === '/v2/token';
}

function registryOf(challenge: BearerChallenge): KnownRegistry | undefined {
  return Object.values<KnownRegistry>(KNOWN_REGISTRIES).find(({ tokens }) => tokens?.isOf(challenge));
}

/** Returns true if a token with the right to push may make a repository at the registry behind the challenge. */
export function pushMakesRepository(challenge: BearerChallenge): boolean {
  return registryOf(challenge)?.tokens?.pushMakesRepository ?? false;
}

/** Returns what the registry behind the challenge expects as a login, as the end of a sentence; undefined for an unknown registry. */
export function expectedLogin(challenge: BearerChallenge): string | undefined {
  const known = registryOf(challenge);
  if (known === undefined) return undefined;
  const { name, user, password, rights } = known;
  return `${name} expects as user name ${user}; as password ${password}; with ${rights}`;
}
