/** The time of a server, from the `Date` header of its answer. */
import { systemClock } from '../../../adapters/clock';
import { readServerTime } from '../../../adapters/http/server-time';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { startScriptedHost } from '../../support/http/scripted-host';
import { createStillClock } from '../../support/pipeline/memory-state';

describe('the time of a server', () => {
  test('is read from any reply, also from a refusal', async () => {
    const host = await startScriptedHost([
      ['HEAD /', { status: 401, headers: { date: 'Mon, 23 Nov 2026 10:00:00 GMT' } }],
    ]);
    const clock = { ...systemClock, now: () => Date.parse('2026-11-23T10:01:00Z') };

    const time = await readServerTime(new URL(host.url), clock, ERROR_NAMES.gitHost);

    expect(time).toEqual({
      host: host.host,
      server: Date.parse('2026-11-23T10:00:00.500Z'),
      here: Date.parse('2026-11-23T10:01:00Z'),
    });
    await host.stop();
  });

  test('is unknown if the server sends no valid date', async () => {
    const host = await startScriptedHost([['HEAD /', { headers: { date: 'soon' } }]]);

    expect(await readServerTime(new URL(host.url), systemClock, ERROR_NAMES.gitHost)).toBeUndefined();
    await host.stop();
  });

  test('is an error after two tries if nothing answers', async () => {
    const host = await startScriptedHost();
    await host.stop();
    const clock = createStillClock();

    await expect(readServerTime(new URL(host.url), clock, ERROR_NAMES.gitHost)).rejects.toMatchObject({
      name: ERROR_NAMES.gitHost,
      code: 'ECONNREFUSED',
    });
    expect(clock.waited()).toBeLessThanOrEqual(200);
  });
});
