import { systemClock } from '../../../adapters/clock';
import { readServerTime } from '../../../adapters/http/server-time';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { startScriptedHost } from '../../support/http/scripted-host';

describe('the time of a server', () => {
  test('is that of any answer, a refusal included', async () => {
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

  test('is not known where the server says none that can be read', async () => {
    const host = await startScriptedHost([['HEAD /', { headers: { date: 'soon' } }]]);

    expect(await readServerTime(new URL(host.url), systemClock, ERROR_NAMES.gitHost)).toBeUndefined();
    await host.stop();
  });
});
