/** Before every test file: the same generated cases each time, others with FC_SEED; in CI one more try for what waits on the machine. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_123) });
if (process.env.CI === 'true') jest.retryTimes(1, { logErrorsBeforeRetry: true });
