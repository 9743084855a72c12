/** Executions as the local runtime keeps them, and how they are named. */

/** The one state machine of a home: what an ARN of AWS would be, with no account and no region of AWS. */
export const STATE_MACHINE_ARN = 'arn:aws:states:local-1:000000000000:stateMachine:ImagePipeline';
const EXECUTION_ARN_PREFIX = `${STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:`;

/** Times are milliseconds since 1970. `input` and `output` are JSON texts, as Step Functions has them. */
export interface ExecutionRecord {
  readonly name: string;
  readonly input: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  readonly startedAt: number;
  readonly stoppedAt?: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** How often it was redriven. */
  readonly redrives?: number;
}

/** How an execution ended. */
export type ExecutionEnd = Pick<ExecutionRecord, 'output' | 'error' | 'cause'> & {
  readonly status: Exclude<ExecutionRecord['status'], 'RUNNING'>;
};

export function executionArn(name: string): string {
  return EXECUTION_ARN_PREFIX + name;
}

/** The execution's name, or undefined if the ARN is of another state machine. */
export function nameInArn(arn: string): string | undefined {
  return arn.startsWith(EXECUTION_ARN_PREFIX) ? arn.slice(EXECUTION_ARN_PREFIX.length) : undefined;
}

/**
 * What names must not contain: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 * Lone surrogates and U+FFFE, U+FFFF are in the list, too.
 */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\u{fffe}\u{ffff}\u{10ffff}\p{Cs}]/u;

/** True for 1 to 80 allowed characters. Names are folder names here, so `.` and `..` are none. */
export function isExecutionName(name: string): boolean {
  return name.length >= 1 && name.length <= 80 && !FORBIDDEN.test(name) && name !== '.' && name !== '..';
}
