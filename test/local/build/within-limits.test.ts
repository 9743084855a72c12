import { withinLimits } from '../../../local/build/builder';

const never = () => new Promise<never>(() => undefined);
const signal = new AbortController().signal;

describe('withinLimits', () => {
  test('returns the end of work that ends in time', async () => {
    const end = await withinLimits({ timeoutMs: 10_000, signal }, async () => ({ status: 'SUCCEEDED' }));
    expect(end).toEqual({ status: 'SUCCEEDED' });
  });

  test('does not wait longer than the limit', async () => {
    const end = await withinLimits({ timeoutMs: 20, signal }, never);
    expect(end).toMatchObject({ status: 'TIMED_OUT' });
  });

  test('does not wait after the run was stopped', async () => {
    const stop = new AbortController();
    const waiting = withinLimits({ timeoutMs: 10_000, signal: stop.signal }, never);
    stop.abort();
    expect(await waiting).toMatchObject({ status: 'STOPPED' });
    expect(await withinLimits({ timeoutMs: 10_000, signal: stop.signal }, never)).toMatchObject({ status: 'STOPPED' });
  });

  test('passes on an error of the work', async () => {
    const broken = () => Promise.reject(new Error('disk full'));
    await expect(withinLimits({ timeoutMs: 10_000, signal }, broken)).rejects.toThrow('disk full');
  });
});
