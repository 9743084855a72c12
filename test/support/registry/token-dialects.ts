/** Ways in which token services differ from the specification, as their documentation or source has them. */
import type { KNOWN_REGISTRIES } from '../../../adapters/registry/client/known-registries';

export interface TokenDialect {
  /** The scope of the challenge to `GET /v2/`; default: none. */
  readonly greetingScope?: string;
  /** The status of a reply to a wrong login; undefined: the token of an anonymous user. Default: 401. */
  readonly wrongLogin?: number | undefined;
  /** The status for an anonymous user who names no scope. Default: such a user gets a token. */
  readonly withoutScope?: number;
  /** The status for a scope of which nothing is allowed. Default: a token without it. */
  readonly nothingAllowed?: number;
  /** True if one parameter may have several scopes, separated by a space. A service that does not read them answers 400. */
  readonly splitsScopes: boolean;
  /** True if a token that does not suffice gets a basic challenge. */
  readonly basicAfterToken?: boolean;
  readonly expiresIn?: number;
  /** True if there are no tokens: the login goes along with every request. */
  readonly isBasic?: boolean;
}

type RegistryId = {
  [Id in keyof typeof KNOWN_REGISTRIES]: (typeof KNOWN_REGISTRIES)[Id]['tokens'] extends undefined ? never : Id;
}[keyof typeof KNOWN_REGISTRIES];

export const TOKEN_DIALECTS: Readonly<Record<RegistryId, TokenDialect>> = {
  // https://docs.docker.com/reference/api/registry/auth/
  'docker-hub': { splitsScopes: true, expiresIn: 300 },
  // apple/container issue 183: 403 at /token for a wrong token, and the placeholder in its query. `nothingAllowed` is as strict as can be.
  ghcr: {
    greetingScope: 'repository:user/image:pull',
    wrongLogin: 403,
    nothingAllowed: 403,
    splitsScopes: false,
  },
  // GitLab, app/services/auth/container_registry_authentication_service.rb: DENIED without scope and user; one scope a parameter.
  gitlab: { withoutScope: 403, splitsScopes: false },
  // Gitea, routers/api/packages/container/container.go: `scope="*"`, and scopes of a request are not read.
  gitea: { greetingScope: '*', splitsScopes: true },
  'artifact-registry': { splitsScopes: false, expiresIn: 3600 },
  // Quay, endpoints/v2/v2auth.py: 401 without scope and user; 400 for a scope that its pattern does not match.
  quay: { withoutScope: 401, splitsScopes: false },
  // Harbor, src/core/service/token/creator.go and src/server/middleware/v2auth/auth.go.
  harbor: {
    wrongLogin: undefined,
    withoutScope: 401,
    splitsScopes: true,
    basicAfterToken: true,
    expiresIn: 1800,
  },
};
