/** The AWS Lambda handler of the preview step. */
import type { Context } from 'aws-lambda';
import type { PreviewRequest } from '../../core/ports/runs';
import { deployedPlanning } from '../shared/deployed-planning';
import { logged } from '../shared/log';
import { type PreviewResult, previewStep } from './preview';

const openPlanning = deployedPlanning('preview');

/** Comments on a pull request. Its plan is that of a dry run, which has no jobs. */
export function handler(request: PreviewRequest, { invokedFunctionArn: arn }: Context): Promise<PreviewResult> {
  const dependencies = { ...openPlanning(), jobs: 'state', arn } as const;
  return logged(
    { step: 'preview' },
    () => previewStep(request, dependencies),
    (result) => ({ ...request, ...result }),
  );
}
