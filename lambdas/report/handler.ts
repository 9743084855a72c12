/** Door of the report step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { ReportRequest, RunReport } from '../../core/contract';
import { parseSettings } from '../../core/settings';
import { deployedGit } from '../deployed';
import { readEnv } from '../env';
import { REPORT_ENV } from './env';
import { reportStep } from './report';

const env = readEnv(process.env, REPORT_ENV);
const { statuses } = deployedGit(parseSettings(JSON.parse(env.settings)), env.gitSecret);
const dependencies = { store: createS3ObjectStore(new S3Client({}), env.bucket), clock: systemClock, statuses };

/** Stores and returns the report of a run, and says at its commit how it ended. */
export function handler(request: ReportRequest): Promise<RunReport> {
  return reportStep(request, dependencies);
}
