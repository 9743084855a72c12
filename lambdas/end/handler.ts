/** The AWS Lambda handler of the end step, which needs nothing but its input. */
import type { EndRequest } from '../../core/contract/report';
import { logged } from '../shared/log';
import { endStep } from './end';

/** Ends a run with its error, unless it is being redriven. */
export function handler(request: EndRequest): Promise<void> {
  return logged({ step: 'end' }, async () => endStep(request));
}
