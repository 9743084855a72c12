/** Door of the report step in AWS. */
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store';
import { systemClock } from '../../adapters/clock';
import type { ReportRequest, RunReport } from '../../core/contract';
import { readEnv } from '../env';
import { REPORT_ENV } from './env';
import { reportStep } from './report';

const env = readEnv(process.env, REPORT_ENV);
const dependencies = { store: createS3ObjectStore(new S3Client({}), env.bucket), clock: systemClock };

/** Stores and returns the report of a run. */
export function handler(request: ReportRequest): Promise<RunReport> {
  return reportStep(request, dependencies);
}
