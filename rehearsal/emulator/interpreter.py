"""Patches for the parts of the Amazon States Language and of Step Functions that the emulator lacks."""

import contextvars
import copy
import json
import random
import re
import threading
import time

from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from ministack.services import stepfunctions as states

#: The execution whose state runs in this thread, and the state's context object.
execution_of = contextvars.ContextVar("execution_of", default=None)
context_of = contextvars.ContextVar("context_of", default=None)


def context_reaches_every_state(_rehearsal):
    """The emulator has no `$$` in a ResultSelector, no `$$.Execution.RedriveCount`, and a stopped run continues inside a Map.

    The language allows `$$` in every payload template (States Language, "The Context Object"); RedriveCount is 0 in a run that was not
    redriven (Step Functions developer guide, "Context object"); StopExecution ends all branches.
    """

    def entering(handler):
        def run(state, raw_input, *rest):
            execution = rest[0] if len(rest) == 2 else execution_of.get()
            context = rest[-1]
            context["Execution"].setdefault("RedriveCount", 0)
            if execution is not None and state.get("Type") == "Task" and stopped(execution):
                raise states._ExecutionError("States.Aborted", "the execution was stopped")
            tokens = execution_of.set(execution), context_of.set(context)
            try:
                return handler(with_resolved_timeout(state, raw_input, context), raw_input, *rest)
            finally:
                execution_of.reset(tokens[0])
                context_of.reset(tokens[1])

        return run

    for name in ("_execute_pass", "_execute_task", "_execute_parallel", "_execute_map"):
        setattr(states, name, entering(getattr(states, name)))
    states._apply_result_selector = select_result


def select_result(state, data):
    selector = state.get("ResultSelector")
    return states._resolve_params_obj(selector, data, context_of.get()) if selector else data


def whole_run(execution):
    """Returns the execution, or the parent if it is a child of a Map."""
    parent = states._map_runs.get(execution.get("mapRunArn") or "")
    return states._executions.get(parent["executionArn"], execution) if parent else execution


def stopped(execution):
    return whole_run(execution)["status"] == "ABORTED"


def with_resolved_timeout(state, raw_input, context):
    """The emulator reads `TimeoutSeconds`, but not `TimeoutSecondsPath`."""
    path = state.get("TimeoutSecondsPath")
    if path is None:
        return state
    return {**state, "TimeoutSeconds": states._resolve_path_or_ctx(path, raw_input, context)}


REFERENCE_PATH = re.compile(r"\$\$?(\.[A-Za-z_][\w-]*|\[\d+\])+")


def missing_paths_fail(_rehearsal):
    """In the emulator, a path of a payload template that finds nothing is null.

    The language fails the state with `States.ParameterPathFailure` (States Language, "Payload Template"; "Errors").
    """
    resolve = states._resolve_params_obj

    def checked(template, data, ctx=None):
        for name, path in template.items() if isinstance(template, dict) else ():
            if name.endswith(".$") and isinstance(path, str) and REFERENCE_PATH.fullmatch(path):
                if not finds(path, (ctx or {}) if path.startswith("$$") else data):
                    cause = f"The JSONPath '{path}' specified for the field '{name}' could not be found in the input"
                    raise states._ExecutionError("States.ParameterPathFailure", cause)
        return resolve(template, data, ctx)

    states._resolve_params_obj = checked


def finds(path, value):
    for name, index in re.findall(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]", path):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def callbacks_fail_with_their_function(rehearsal):
    """With `.waitForTaskToken`, the emulator ignores a function's error and waits for its token.

    In AWS the state fails with the function's error at once: the request of an optimized integration has failed (Step Functions developer
    guide, "Wait for a Callback with Task Token"). `answer_scale` shortens the time limit, which is hours for an approval.
    """

    def invoke(resource, parameters, token, state):
        answered = threading.Event()
        states._task_tokens[token] = {"event": answered, "result": None, "error": None, "heartbeat": None}
        try:
            states._invoke_resource(resource.replace(".waitForTaskToken", ""), parameters)
            if not answered.wait(timeout=state.get("TimeoutSeconds", 99_999) * rehearsal.answer_scale):
                raise states._ExecutionError("States.Timeout", "no answer in time")
            info = states._task_tokens[token]
        finally:
            states._task_tokens.pop(token, None)
        if info["error"]:
            raise states._ExecutionError(info["error"]["Error"], info["error"]["Cause"])
        return json.loads(info["result"])

    states._invoke_with_callback = invoke


def node_errors_have_their_type(_rehearsal):
    """The emulator reports every error of a Node function as `Runtime.HandlerError`.

    Lambda reports the error's own name as errorType (Lambda developer guide, "Node.js error handling"), which Catch and Retry match.
    """
    reply = 'status: "error", error: String(err.message || err), trace: err.stack || ""'
    assert reply in lambda_runtime._NODEJS_WORKER_SCRIPT, "the emulator's Node worker has changed; adapt this patch"
    typed = reply + ', type: err.name || "Error"'
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(reply, typed)
    last = threading.local()
    invoke, execute = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm

    def remembering(self, *arguments, **named):
        response = invoke(self, *arguments, **named)
        last.type = response.get("type")
        return response

    def execute_typed(func, event, request_id):
        last.type = None
        result = execute(func, event, request_id)
        if result.get("error") and last.type:
            result["body"]["errorType"] = last.type
        return result

    lambda_runtime.Worker.invoke = remembering
    lambda_svc._execute_function_warm = execute_typed


def retries_wait_as_they_say(rehearsal):
    """The emulator waits at most 60 seconds before a retry, without jitter.

    The language has `MaxDelaySeconds` and `JitterStrategy` (States Language, "Retrying after error"). `wait_scale` shortens all waits.
    """
    find = states._find_matching_retrier
    due = threading.local()

    def remembering(retriers, error, counts):
        retrier, index = find(retriers, error, counts)
        due.delay = None if retrier is None else delay_before(retrier, counts.get(index, 0))
        return retrier, index

    def sleep(seconds):
        delay, due.delay = getattr(due, "delay", None), None
        time.sleep((seconds if delay is None else delay) * rehearsal.wait_scale)

    states._find_matching_retrier = remembering
    states._scaled_sleep = sleep


def delay_before(retrier, count):
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    longest = min(delay, retrier.get("MaxDelaySeconds", delay))
    return random.uniform(0, longest) if retrier.get("JitterStrategy") == "FULL" else longest


def map_items_are_checked(_rehearsal):
    """The emulator accepts any value as the items of a Map, even a missing one.

    The language requires an array (States Language, "Map State"), and otherwise fails with `States.Runtime`.
    """
    run = states._run_map_items

    def checked(state, raw_input, execution, ctx):
        if not state.get("ItemReader"):
            items = states._resolve_path_or_ctx(state.get("ItemsPath", "$"), raw_input, ctx)
            if not isinstance(items, list):
                raise states._ExecutionError("States.Runtime", f"{state.get('ItemsPath')} of the Map is not an array")
        return run(state, raw_input, execution, ctx)

    states._run_map_items = checked


def results_are_limited(_rehearsal):
    """The emulator accepts results of any size.

    Step Functions fails a state whose result is larger than 256 KiB with `States.DataLimitExceeded` (developer guide, "Quotas").
    """
    invoke = states._invoke_resource

    def limited(resource, parameters):
        result = invoke(resource, parameters)
        size = len(json.dumps(result, ensure_ascii=False).encode())
        if size > 262_144:
            raise states._ExecutionError("States.DataLimitExceeded", f"the task returned {size} bytes of 262144")
        return result

    states._invoke_resource = limited


def runs_can_be_redriven(_rehearsal):
    """The emulator has no RedriveExecution.

    In AWS, a failed run continues in the state that failed, with the same input and the next RedriveCount (Step Functions developer
    guide, "Redriving executions"). This patch supports states of the top level only, where the pipeline's state machine fails.
    """
    handle = states.handle_request

    async def with_redrive(method, path, headers, body, query_params):
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return redrive(json.loads(body))
        return await handle(method, path, headers, body, query_params)

    states.handle_request = with_redrive
    describe = states._describe_execution

    def described(request):
        status, headers, body = describe(request)
        execution = states._executions.get(request.get("executionArn")) or {}
        if execution.get("redriveCount"):
            body = json.dumps({**json.loads(body), "redriveCount": execution["redriveCount"]}).encode()
        return status, headers, body

    states._describe_execution = described


def redrive(request):
    execution = states._executions.get(request["executionArn"])
    if execution is None:
        return states.error_response_json("ExecutionDoesNotExist", "no such execution", 400)
    if execution["status"] not in ("FAILED", "ABORTED"):
        return states.error_response_json("ExecutionNotRedrivable", f"execution is {execution['status']}", 400)
    entered = [e for e in execution["events"] if e["type"].endswith("StateEntered")][-1]["stateEnteredEventDetails"]
    count = execution.get("redriveCount", 0) + 1
    execution.update(status="RUNNING", stopDate=None, output=None, error=None, cause=None, redriveCount=count)
    states._emit_execution_status_event(execution)
    context = contextvars.copy_context()
    arguments = (execution, entered["name"], json.loads(entered["input"]), count)
    threading.Thread(target=context.run, args=(resume, *arguments), daemon=True).start()
    return states._finalize_response(states.json_response({"redriveDate": states.now_iso()}))


def resume(execution, name, state_input, count):
    machine = states._state_machines[execution["stateMachineArn"]]
    context = {
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RedriveCount": count,
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }
    definition = json.loads(machine["definition"])
    token = execution_of.set(execution)
    try:
        output = states._run_sub_machine(definition["States"], name, copy.deepcopy(state_input), execution, context)
        execution.update(status="SUCCEEDED", output=json.dumps(output), stopDate=states.now_iso())
        states._emit_execution_status_event(execution)
    except states._ExecutionError as error:
        states._fail_execution(execution, error.error, error.cause)
    finally:
        execution_of.reset(token)


PATCHES = [
    context_reaches_every_state,
    missing_paths_fail,
    callbacks_fail_with_their_function,
    node_errors_have_their_type,
    retries_wait_as_they_say,
    map_items_are_checked,
    results_are_limited,
    runs_can_be_redriven,
]
