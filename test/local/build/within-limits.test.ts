import { withinLimits } from '../../../local/build/builder';

const never = () => new Promise<never>(() => undefined);
const signal = new AbortController().signal;

describe('withinLimits', () => {
  test('gives the end of work that is done in time', async () => {
    const end = await withinLimits({ timeoutMs: 10_000, signal }, async () => ({ status: 'SUCCEEDED' }));
    expect(end).toEqual({ status: 'SUCCEEDED' });
  });

  test('does not wait longer than it may', async () => {
    const end = await withinLimits({ timeoutMs: 20, signal }, never);
    expect(end).toMatchObject({ status: 'TIMED_OUT' });
  });

  test('does not wait once the run was stopped', async () => {
    const stop = new AbortController();
    const waiting = withinLimits({ timeoutMs: 10_000, signal: stop.signal }, never);
    stop.abort();
    expect(await waiting).toMatchObject({ status: 'STOPPED' });
    expect(await withinLimits({ timeoutMs: 10_000, signal: stop.signal }, never)).toMatchObject({ status: 'STOPPED' });
  });

  test('lets an error of the work through', async () => {
    const broken = () => Promise.reject(new Error('disk full'));
    await expect(withinLimits({ timeoutMs: 10_000, signal }, broken)).rejects.toThrow('disk full');
  });
});
