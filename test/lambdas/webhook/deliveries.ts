/** Deliveries in GitHub's format. Tests override single fields. */
import { createHmac } from 'node:crypto';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { Settings } from '../../../core/settings/schema';
import type { Delivery } from '../../../lambdas/webhook/delivery';

export const SECRET = "It's a Secret to Everybody";
export const BEFORE = '1111111111111111111111111111111111111111';
export const AFTER = '2222222222222222222222222222222222222222';
export const NO_COMMIT = '0'.repeat(40);

export const settings: Settings = parseSettings({
  git: { host: 'github', repository: 'cloud-tuner/optscale', repositoryId: 123456 },
  releases: { host: 'registry.example.com', namespace: 'cloud-tuner' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
});

/** Returns the payload of a push to `develop`; `changes` replace its fields. */
export function pushPayload(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ref: 'refs/heads/develop',
    before: BEFORE,
    after: AFTER,
    created: false,
    deleted: false,
    forced: false,
    repository: { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: 1_760_000_000, fork: false },
    sender: { id: 42, login: 'ada' },
    commits: [{ id: AFTER, message: 'a change', added: [], modified: ['rest_api/main.py'], removed: [] }],
    ...changes,
  };
}

/** Returns a signed delivery with GitHub's headers. Given headers replace them; undefined removes one. */
export function deliver(
  body: unknown,
  headers: Readonly<Record<string, string | undefined>> = {},
  secret: string = SECRET,
): Delivery {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
      ...headers,
    },
  };
}
