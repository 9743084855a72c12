"""Patches for the jobs that a state starts: builds, which the rehearsal's build machine runs, and further runs."""

import json
import time
import urllib.error
import urllib.request

from ministack.core.responses import get_account_id, get_region
from ministack.services import codebuild
from ministack.services import stepfunctions as states

from interpreter import execution_of, whole_run
from rights import machine_may, require, session_of

#: The jobs that stop with an execution, by its ARN: the action, the resource, and the function that stops the job.
started_by = {}


def builds_are_carried_out(rehearsal):
    """The emulator's builds succeed at once, or need CodeBuild's agent image from a public registry; overrides are ignored.

    In AWS a build runs the project's buildspec with the overrides of StartBuild (CodeBuild API reference, "StartBuild").
    """
    handle = codebuild._handle_request_sync

    def handed_over(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").split(".")[-1]
        if action not in ACTIONS:
            return handle(method, path, headers, body, query_params)
        status, reply = ACTIONS[action](rehearsal, json.loads(body or b"{}"))
        return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(reply).encode()

    codebuild._handle_request_sync = handed_over


def ask(rehearsal, path, body):
    """Returns the build machine's reply: (status, JSON)."""
    request = urllib.request.Request(rehearsal.build_machine + path, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def start_build(rehearsal, request):
    project = codebuild._projects.get(request.get("projectName", ""))
    if project is None:
        return 400, {"__type": "ResourceNotFoundException", "message": f"no project {request.get('projectName')}"}
    credentials = session_of(project["serviceRole"], "AWSCodeBuild")
    place = {"account": get_account_id(), "region": get_region()}
    return ask(rehearsal, "/start", {"project": project, "request": request, "credentials": credentials, **place})


ACTIONS = {
    "StartBuild": start_build,
    "StopBuild": lambda rehearsal, request: ask(rehearsal, "/stop", request),
    "BatchGetBuilds": lambda rehearsal, request: ask(rehearsal, "/get", request),
    "ListBuildsForProject": lambda rehearsal, request: ask(rehearsal, "/list", request),
}


def builds_can_be_waited_for(rehearsal):
    """The emulator has no `codebuild:startBuild.sync`.

    In AWS the state gets the build, and fails with States.TaskFailed and the build as cause unless it succeeded; a run that is stopped
    stops its builds (Step Functions developer guide, "Call AWS CodeBuild with Step Functions", "Run a Job").
    """
    states._SERVICE_DISPATCH["arn:aws:states:::codebuild:startBuild"] = lambda _resource, parameters: run_build(
        rehearsal, parameters
    )
    stop = states._stop_execution

    def stop_with_jobs(request):
        reply = stop(request)
        execution = states._executions.get(request.get("executionArn"))
        for action, resource, end in started_by.pop(request.get("executionArn"), ()):
            if machine_may(rehearsal, execution, action, resource):
                end()
        return reply

    states._stop_execution = stop_with_jobs


def stopped_with_run(action, resource, end):
    started_by.setdefault(whole_run(execution_of.get())["executionArn"], []).append((action, resource, end))


def require_rule(rehearsal, name, error):
    """A state that waits for a job is notified by a rule, which the state machine's role creates."""
    rule = f"arn:aws:events:{get_region()}:{get_account_id()}:rule/{name}"
    for action in ("PutTargets", "PutRule", "DescribeRule"):
        require(rehearsal, f"events:{action}", rule, error)


def run_build(rehearsal, parameters):
    project = f"arn:aws:codebuild:{get_region()}:{get_account_id()}:project/{parameters.get('ProjectName')}"
    require_rule(rehearsal, "StepFunctionsGetEventForCodeBuildStartBuildRule", "CodeBuild.AWSCodeBuildException")
    require(rehearsal, "codebuild:StartBuild", project, "CodeBuild.AWSCodeBuildException")
    status, reply = start_build(rehearsal, with_case(parameters, str.lower))
    if status != 200:
        raise states._ExecutionError(f"CodeBuild.{reply['__type']}", reply["message"])
    build_id = reply["build"]["id"]
    stopped_with_run("codebuild:StopBuild", project, lambda: ask(rehearsal, "/stop", {"id": build_id}))
    require(rehearsal, "codebuild:BatchGetBuilds", project, "CodeBuild.AWSCodeBuildException")
    _, ended = ask(rehearsal, "/wait", {"id": build_id})
    result = {"Build": with_case(ended["build"], str.upper)}
    if ended["build"]["buildStatus"] != "SUCCEEDED":
        raise states._ExecutionError("States.TaskFailed", json.dumps(result))
    return result


def with_case(value, case):
    """Changes the case of each name's first letter: Step Functions writes `BuildStatus`, the API `buildStatus`."""
    if isinstance(value, list):
        return [with_case(item, case) for item in value]
    if isinstance(value, dict):
        return {case(name[:1]) + name[1:]: with_case(item, case) for name, item in value.items()}
    return value


def runs_start_runs(rehearsal):
    """The emulator starts a run from a state without the state machine's role, and emits no events of a run that the state waits for.

    In AWS, it is a normal run. The state that waits gets its output, or fails with States.TaskFailed and the run as cause. A used name
    fails with StepFunctions.ExecutionAlreadyExistsException (Step Functions developer guide, "Start workflow executions from a task state").
    """
    states._invoke_nested_start_execution = lambda _resource, parameters: start_run(rehearsal, parameters)
    states._invoke_nested_start_execution_sync = lambda _resource, parameters: run_to_end(rehearsal, parameters)


def start_run(rehearsal, parameters):
    require(rehearsal, "states:StartExecution", parameters["StateMachineArn"], RUN_ERROR)
    status, _, body = states._start_execution(states._nested_start_execution_request(parameters))
    reply = json.loads(body)
    if status != 200:
        raise states._ExecutionError(f"StepFunctions.{reply['__type']}Exception", reply["message"])
    return {"ExecutionArn": reply["executionArn"], "StartDate": reply["startDate"]}


def run_to_end(rehearsal, parameters):
    require_rule(rehearsal, "StepFunctionsGetEventsForStepFunctionsExecutionRule", RUN_ERROR)
    arn = start_run(rehearsal, parameters)["ExecutionArn"]
    stopped_with_run("states:StopExecution", arn, lambda: states._stop_execution({"executionArn": arn}))
    while states._executions[arn]["status"] == "RUNNING":
        time.sleep(0.05)
    require(rehearsal, "states:DescribeExecution", arn, RUN_ERROR)
    run = with_case(json.loads(states._describe_execution({"executionArn": arn})[2]), str.upper)
    if run["Status"] != "SUCCEEDED":
        raise states._ExecutionError("States.TaskFailed", json.dumps(run))
    return {**run, "Output": json.loads(run["Output"])}


RUN_ERROR = "StepFunctions.AWSStepFunctionsException"

PATCHES = [builds_are_carried_out, builds_can_be_waited_for, runs_start_runs]
