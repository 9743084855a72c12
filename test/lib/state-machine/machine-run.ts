/** Executions of the synthesized state machine by the interpreter of the local runtime, with fakes for all steps. */

import type { BuildJob, BuildOutcome, NestedOutcomes } from '../../../core/contract/job';
import { USUAL_MACHINE } from '../../../core/contract/job';
import type { PlanResult } from '../../../core/contract/plan';
import type { ReleaseRequest } from '../../../core/contract/release';
import type { EndRequest, ReportRequest } from '../../../core/contract/report';
import { codeBuildMachine } from '../../../core/image/build-images';
import { endStep } from '../../../lambdas/end/end';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { runExecution, type StartRun, type StateEvent } from '../../../local/runtime/state-machine';
import { STAGES, synthesize } from '../synthesized';

type Work = (payload: never) => unknown;

const DEFINITION = stateMachineDefinition(synthesize().toJSON() as Template);

export function job(service: string): BuildJob {
  const candidate = `registry/candidates:${service}`;
  const bases = '{"digests":{},"images":{},"noCache":false}';
  const machine = codeBuildMachine(USUAL_MACHINE);
  return { service, inputDigest: 'd'.repeat(40), candidate, bases, machine, timeoutMinutes: 15 };
}

/** What the plan step returns for these services by stage. */
export function plan(stages: Record<string, readonly string[]>, changes: Partial<PlanResult> = {}): PlanResult {
  return {
    run: 'run-1',
    action: 'push',
    ref: 'refs/heads/develop',
    commit: 'c'.repeat(40),
    dryRun: false,
    proceed: true,
    environment: 'default',
    totals: { build: 1, retag: 0, keep: 0 },
    approvalSeconds: 0,
    source: 'bucket/sources/c/',
    modules: {},
    stages: Object.fromEntries(STAGES.map(({ name }) => [name, (stages[name] ?? []).map(job)])),
    ...changes,
  };
}

export function flat(outcomes: NestedOutcomes): BuildOutcome[] {
  return Array.isArray(outcomes) ? outcomes.flatMap(flat) : [outcomes as BuildOutcome];
}

export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** The service of a StartBuild request. */
export function serviceOf(payload: unknown): string | undefined {
  const { EnvironmentVariablesOverride: variables } = payload as {
    EnvironmentVariablesOverride: { Name: string; Value: string }[];
  };
  return variables.find(({ Name }) => Name === 'SERVICE')?.Value;
}

/** What stands in for the steps and for CodeBuild; all but the plan have a usual answer. */
export interface Fakes {
  readonly build?: Work;
  readonly steps?: Record<string, Work>;
  readonly definition?: Readonly<Record<string, unknown>>;
  /** Starts the runs that the run asks for. */
  readonly startRun?: StartRun;
  /** What the object store has, by key. */
  readonly stored?: Readonly<Record<string, unknown>>;
}

/** A state that an execution was in, as Step Functions keeps it for a redrive. */
export interface Entered {
  readonly state: string;
  readonly input: unknown;
}

/** One execution; what each step was given, and every state, is kept. With `from` it is the execution redriven from that state. */
export async function run(
  planned: () => PlanResult,
  fakes: Fakes = {},
  from?: Entered & { readonly redrives: number },
) {
  const calls: { readonly step: string; readonly payload: unknown }[] = [];
  const entered: Entered[] = [];
  const works: Record<string, Work> = {
    Plan: planned,
    Candidate: () => ({ digest: `sha256:${'a'.repeat(64)}` }),
    Outcome: ({ service }: { service: string }) => ({ service, status: 'FAILED', cause: 'compile error' }),
    Release: ({ builds }: ReleaseRequest) => {
      const failed = flat(builds).filter(({ status }) => status !== 'SUCCEEDED');
      if (failed.length > 0) throw named('BuildsFailed', failed.map(({ service }) => service).join());
      return { tagged: 2 };
    },
    Commit: () => ({ commit: 'e'.repeat(40), changes: 1, superseded: [], supersededBy: null }),
    Report: ({ run: name }: ReportRequest) => ({ run: name, result: 'built 1' }),
    End: (request: EndRequest) => endStep(request),
    ...fakes.steps,
  };
  const functions = new Map(
    Object.entries(works).map(([step, work]) => [
      `${step}Function`,
      async (payload: unknown) => {
        calls.push({ step, payload });
        return work(payload as never);
      },
    ]),
  );
  const codeBuild = async (payload: unknown) => {
    calls.push({ step: 'Build', payload });
    const build = fakes.build ?? (() => ({ Build: { Id: 'b', Logs: { DeepLink: 'https://logs' } } }));
    // As CodeBuild's reply, the next state reads what it is.
    return (await build(payload as never)) ?? {};
  };
  const definition = fakes.definition ?? DEFINITION;
  const result = await runExecution({
    name: 'run-1',
    input: { action: 'push' },
    definition,
    handlers: {
      functions,
      codeBuild,
      readItems: async (key) => fakes.stored?.[key],
      ...(fakes.startRun === undefined ? {} : { startRun: fakes.startRun }),
    },
    onEvent: ({ type, state }: StateEvent) => {
      if (type === 'StateEntered' && state !== undefined) entered.push({ state: state.name, input: state.input });
    },
    ...(from === undefined ? {} : { redrive: { state: from.state, input: from.input, count: from.redrives } }),
  });
  const payloads = (step: string) => calls.filter((call) => call.step === step).map(({ payload }) => payload);
  // Each build is followed by its candidate step, in an order that says nothing.
  const steps = calls.map(({ step }) => step).filter((step) => step !== 'Candidate');
  return { result, steps, payloads, entered };
}
