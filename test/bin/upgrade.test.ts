/** What an upgrade does to a deployed stack: nothing that keeps data is replaced or removed, unless the changelog names it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { synthesize } from '../lib/synthesized';

const ROOT = resolve(__dirname, '../..');

/** Types that keep data or a name that people have entered elsewhere. */
const STATEFUL =
  /^AWS::(DynamoDB|S3::Bucket$|ECR|CodeArtifact|SecretsManager|SNS::Topic$|ApiGatewayV2::Api$|StepFunctions)/;

/** The stateful resources of the last release: logical id and type. A release rewrites this file (CONTRIBUTING.md). */
const RELEASED: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/released-resources.json'), 'utf8'),
);

function stateful(): Readonly<Record<string, string>> {
  const everything = {
    modules: [{ stage: 'tools' }],
    settings: {
      git: { host: 'github', repository: 'example/monorepo', reader: 'token' } as const,
      notices: { emails: ['team@example.com'], chats: ['slack' as const] },
    },
  };
  const { Resources } = synthesize(everything).toJSON() as { Resources: Record<string, { Type: string }> };
  const found = Object.entries(Resources).filter(([, { Type }]) => STATEFUL.test(Type));
  return Object.fromEntries(found.map(([id, { Type }]): [string, string] => [id, Type]).sort());
}

/** Returns what was released and is gone or of another type, except for what the changelog names. */
function lost(released: typeof RELEASED, now: typeof RELEASED, changelog: string): readonly string[] {
  return Object.keys(released).filter((id) => now[id] !== released[id] && !changelog.includes(`\`${id}\``));
}

test('every stateful resource of the last release is still there', () => {
  expect(lost(RELEASED, stateful(), readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'))).toEqual([]);
  expect(Object.keys(RELEASED).length).toBeGreaterThan(8);
});

test('one that is gone, or of another type, is noticed until the changelog names it', () => {
  const [first = '', second = ''] = Object.keys(RELEASED);
  const { [first]: _, ...rest } = stateful();
  const now = { ...rest, [second]: 'AWS::Other::Thing' };

  expect(lost(RELEASED, now, '')).toEqual([first, second]);
  expect(lost(RELEASED, now, `- \`${first}\` and \`${second}\` are replaced.`)).toEqual([]);
});
