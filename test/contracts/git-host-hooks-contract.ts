/** The contract of repository webhooks on every git host. */
import type { GitHostHooks } from '../../adapters/git/git-host-access';
import { type HookId, hookFaults } from '../../core/doctor/judge-webhook';

const URL_OF_STACK = 'https://abc.execute-api.eu-central-1.amazonaws.com/webhook';
const WANTED = { url: URL_OF_STACK, events: ['push', 'pull_request'] as const };

export interface HooksUnderTest {
  readonly hooks: GitHostHooks;
  /** Adds a webhook like a person: right except for its secret, or with everything wrong that the host allows. */
  addHook(url: string, isWrong?: boolean): HookId;
  secretOf(id: HookId): string | undefined;
  /** Makes the host refuse every request. */
  refuse(): void;
  stop(): Promise<void>;
}

/** Defines the suite. `start` returns a new host for each test. */
export function gitHostHooksContract(name: string, start: () => Promise<HooksUnderTest>): void {
  describe(`webhooks on ${name}`, () => {
    let host: HooksUnderTest;

    beforeEach(async () => {
      host = await start();
    });

    afterEach(() => host.stop());

    test('are listed in one shape for all hosts', async () => {
      const id = host.addHook('https://elsewhere.example/hook');

      expect(await host.hooks.list()).toEqual([
        {
          id,
          url: 'https://elsewhere.example/hook',
          isActive: true,
          events: ['push', 'pull_request'],
          verifiesTls: true,
          isJson: true,
          hasSecret: expect.any(Boolean),
        },
      ]);
    });

    test('are created with address, events, secret and TLS verification', async () => {
      const id = await host.hooks.create({ ...WANTED, secret: 'a'.repeat(32) });
      const [hook] = await host.hooks.list();

      expect(hook).toMatchObject({ id, url: URL_OF_STACK });
      expect(hook && hookFaults(hook, WANTED)).toEqual([]);
      expect(host.secretOf(id)).toBe('a'.repeat(32));
    });

    test('are repaired after manual changes, without a second webhook', async () => {
      const id = host.addHook(URL_OF_STACK, true);
      const [before] = await host.hooks.list();
      expect(before && hookFaults(before, WANTED)).not.toEqual([]);

      const updated = await host.hooks.update(id, { ...WANTED, secret: 'b'.repeat(32) });
      const after = await host.hooks.list();

      expect(after.map((hook) => [hook.id, hookFaults(hook, WANTED)])).toEqual([[updated, []]]);
      expect(host.secretOf(updated)).toBe('b'.repeat(32));
    });

    test('send the secret to the host only and never print it in an error', async () => {
      const secret = 'c'.repeat(32);
      host.refuse();

      const error = await host.hooks.create({ ...WANTED, secret }).catch((thrown: Error) => thrown);

      expect(error).toMatchObject({ name: 'GitHostError' });
      expect(String(error)).not.toContain(secret);
    });
  });
}
