/** Entry of the command line. */
import { main } from '../cli/main';
import { printLine } from '../cli/output/print';

main(process.argv.slice(2), process.stdout, process.stderr).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    printLine(process.stderr, error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  },
);
