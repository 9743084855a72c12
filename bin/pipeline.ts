/** Command-line entry. */
import { main } from '../cli/main';

main(process.argv.slice(2), process.stdout, process.stderr).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
