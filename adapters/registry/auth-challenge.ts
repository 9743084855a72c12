/** The `WWW-Authenticate` header of a 401 (RFC 9110 section 11.6.1), as far as registries use it. */

/** How a registry wants to be told who we are. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const SCHEME = /^\s*([A-Za-z][A-Za-z0-9-]*)(?:\s+|(?=,)|$)/;
const PARAMETER = /^\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/;

/** What Negotiate and the like have in place of parameters. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*\s*(?=,|$)/;

/** The challenge to answer: bearer if it is offered, then basic; undefined if there is none that we know. */
export function parseChallenge(header: string): Challenge | undefined {
  const challenges = split(header);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer !== undefined) {
    const service = bearer.parameters.get('service');
    const scope = bearer.parameters.get('scope');
    return {
      scheme: 'bearer',
      realm: bearer.parameters.get('realm') ?? '',
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface Offer {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Several challenges may stand in one header, separated by the same comma as parameters are. */
function split(header: string): readonly Offer[] {
  const offers: Offer[] = [];
  let rest = header;
  for (;;) {
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return offers;
    rest = rest.slice(scheme[0].length);
    const parameters = new Map<string, string>();
    for (let found = PARAMETER.exec(rest); found !== null; found = PARAMETER.exec(rest)) {
      const [whole, name = '', quoted, plain] = found;
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
      rest = rest.slice(whole.length);
    }
    if (parameters.size === 0) rest = rest.replace(TOKEN, '');
    offers.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters });
    rest = rest.replace(/^[\s,]+/, '');
  }
}
