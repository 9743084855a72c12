/** Entry of the command line. */
import { parse } from 'node:path';
import { main } from '../cli/main';
import { printLine } from '../cli/output/print';
import { version } from '../package.json';

// The AWS SDK warns of the end of its support for Node 20, once in every command that uses it. Operators cannot act on that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** `pipeline` in this repository, `image-pipeline` where the package is installed. */
const ownName = parse(process.argv[1] ?? '').name;

main(process.argv.slice(2), process.stdout, process.stderr, { name: ownName, version })
  .then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      printLine(process.stderr, error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exitCode = 1;
    },
  )
  .then(endProcess);

/** Ends when all output is written. Left alone, Node would first collect the garbage of a large plan. */
function endProcess(): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}
