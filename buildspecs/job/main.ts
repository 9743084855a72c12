/** Entry of the job tool: one JavaScript file on the build machine, made by `bundle.ts`. */
import { messageOf } from '../../core/contract/errors';
import { jobTool } from './job-tool';

jobTool(process.argv.slice(2), process.env, process.arch).then(
  (text) => process.stdout.write(text),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  },
);
