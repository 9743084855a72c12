/** Before every test file: the same generated cases each time, others with FC_SEED; in CI one more try for what waits on the machine. */
import fc from 'fast-check';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_123) });
if (process.env.CI === 'true') jest.retryTimes(1, { logErrorsBeforeRetry: true });
