/** Entry of the command line. */
import { main } from '../cli/main';
import { printLine } from '../cli/output/print';

// The AWS SDK warns of the end of its support for Node 20, once in every command that uses it. Operators cannot act on that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

main(process.argv.slice(2), process.stdout, process.stderr).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    printLine(process.stderr, error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  },
);
