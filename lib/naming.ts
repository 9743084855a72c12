/** Names that tell several pipelines of one stack apart. A pipeline with the id `Default` has the names of its stack. */
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';

const KEY = 'image-pipeline:id';

/** Gives the parts of a pipeline its id: the letters and digits of its path within the stack. Call it before any part is made. */
export function namePipeline(pipeline: IConstruct): void {
  const { scopes } = pipeline.node;
  const within = scopes.slice(scopes.lastIndexOf(Stack.of(pipeline)) + 1);
  const ids = within.map(({ node }) => (node.id === 'Default' ? '' : node.id));
  pipeline.node.setContext(KEY, ids.join('').replace(/[^A-Za-z0-9]/g, ''));
}

/** Returns the physical name of a pipeline: that of its stack, with its id if it has one. */
export function pipelineName(part: IConstruct, stackName: string = Aws.STACK_NAME): string {
  const id = idOf(part);
  return id === '' ? stackName : `${stackName}-${id}`;
}

/** Returns a logical id for a part of a pipeline, with the pipeline's id in front. */
export function logicalId(part: IConstruct, id: string): string {
  return `${idOf(part)}${id}`;
}

/** Returns the ARN of all executions of the state machine. */
export function executionsOf(machine: StateMachine): string {
  const resourceName = `${machine.stateMachineName}:*`;
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return Stack.of(machine).formatArn({ service: 'states', resource: 'execution', resourceName, arnFormat });
}

function idOf(part: IConstruct): string {
  return String(part.node.tryGetContext(KEY) ?? '');
}
