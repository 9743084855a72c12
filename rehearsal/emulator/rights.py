"""Patches that check the rights of calls which the emulator allows without a check."""

import base64
import contextvars
import hashlib
import json
import time

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, set_request_account_id
from ministack.services import ecr, lambda_svc, s3
from ministack.services import stepfunctions as states
from ministack.services import sts

from interpreter import execution_of


#: The access key of the current request.
caller_key = contextvars.ContextVar("caller_key", default="")


def session_of(role_arn, session_name):
    """Returns the credentials of a session of the role, as a service gets them when it assumes the role."""
    role = role_arn.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{role_arn} {session_name}".encode()).hexdigest()
    key, secret = f"ASIA{digest[:16].upper()}", digest[16:56]
    arn = f"arn:aws:sts::{get_account_id()}:assumed-role/{role}/{session_name}"
    session = {"Arn": arn, "UserId": f"{role}:{session_name}", "SecretAccessKey": secret, "SessionToken": digest}
    sts.register_session(key, session)
    return {"accessKeyId": key, "secretAccessKey": secret, "sessionToken": digest}


def may(rehearsal, access_key, action, resource, keys=None):
    """Returns True if the session's role may do it. The call is recorded in both cases."""
    account = get_account_id()
    credential = iam_evaluator.resolve_credential(access_key, account)
    principal = iam_evaluator.resolve_principal(access_key, account, credential)
    if isinstance(principal, iam_evaluator.AuthError):
        return False
    allowed = principal.policies is None or evaluated(principal, action, resource, keys or {})
    rehearsal.record(principal.arn, action, resource, keys or {}, allowed)
    return allowed


def evaluated(principal, action, resource, keys):
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context=keys,
        principal_keys=principal.keys,
    )
    return iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision == "Allow"


def state_machines_have_their_roles(rehearsal):
    """The emulator calls functions and reads a Map's items without the state machine's role.

    In AWS each call is made with the role (Step Functions developer guide, "How Step Functions generates IAM policies for integrated
    services"). Without the right to invoke a function, the state fails with Lambda.AWSLambdaException.
    """
    invoke, read = states._invoke_resource, states._read_map_items

    def checked(resource, parameters):
        if "states:::lambda:invoke" in resource:
            require(rehearsal, "lambda:InvokeFunction", parameters["FunctionName"], "Lambda.AWSLambdaException")
        return invoke(resource, parameters)

    def checked_items(reader, effective, ctx):
        given = states._resolve_params_obj(reader.get("Parameters") or {}, effective, ctx)
        item = f"arn:aws:s3:::{given.get('Bucket')}/{given.get('Key')}"
        require(rehearsal, "s3:GetObject", item, "States.ItemReaderFailed")
        execution = execution_of.get()
        require(rehearsal, "states:StartExecution", execution["stateMachineArn"], "States.Runtime")
        return read(reader, effective, ctx)

    states._invoke_resource = checked
    states._read_map_items = checked_items


def machine_may(rehearsal, execution, action, resource):
    """Returns True if the role of the execution's state machine may do it."""
    role = role_of(execution)
    return may(rehearsal, session_of(role, execution["name"][:64])["accessKeyId"], action, resource)


def role_of(execution):
    return states._state_machines[execution["stateMachineArn"].split("/")[0]]["roleArn"]


def require(rehearsal, action, resource, error):
    """Fails the state unless the role of the running state machine may do it."""
    execution = execution_of.get()
    if execution is not None and not machine_may(rehearsal, execution, action, resource):
        role = role_of(execution)
        cause = f"{role} is not authorized to perform: {action} on resource: {resource} (AccessDeniedException)"
        raise states._ExecutionError(error, cause)


#: The actions that ECR requires for requests of the Registry V2 protocol (Amazon ECR user guide, "Registry authentication" and its IAM actions).
ACTIONS = {
    ("manifest", "GET"): "BatchGetImage",
    ("manifest", "HEAD"): "BatchGetImage",
    ("manifest", "PUT"): "PutImage",
    ("blob", "HEAD"): "BatchCheckLayerAvailability",
    ("blob", "GET"): "GetDownloadUrlForLayer",
    ("blob_uploads", "POST"): "InitiateLayerUpload",
    ("blob_upload_session", "PATCH"): "UploadLayerPart",
    ("blob_upload_session", "PUT"): "CompleteLayerUpload",
    ("tags_list", "GET"): "ListImages",
    ("referrers", "GET"): "BatchGetImage",
}


def registry_asks_for_rights(rehearsal):
    """The emulator's registry protocol (/v2) accepts every request, even without a login.

    ECR requires the token of GetAuthorizationToken, and checks the rights of its owner (Amazon ECR user guide, "Private registry
    authentication" and "Using IAM"). Here, the token contains the session's access key.
    """
    handle = ecr.handle_registry_request
    ecr._get_authorization_token = token_of_caller

    async def checked(method, path, headers, body, query_params):
        named = {name.lower(): value for name, value in headers.items()}
        key = session_in(named.get("authorization", ""))
        if key is None:
            challenge = {"WWW-Authenticate": 'Basic realm="ecr",service="ecr.amazonaws.com"'}
            return refusal(401, "UNAUTHORIZED", "Not Authorized", challenge)
        verb, name, _ = ecr._parse_v2_path(path) or ("", "", "")
        set_request_account_id(sts._sessions[key]["Arn"].split(":")[4])
        action = ACTIONS.get((verb, method.upper()))
        resource = f"arn:aws:ecr:{get_region()}:{get_account_id()}:repository/{name}"
        if action is not None and not may(rehearsal, key, f"ecr:{action}", resource):
            message = f"User: {key} is not authorized to perform: ecr:{action} on resource: {resource}"
            return refusal(403, "DENIED", message, {})
        return await handle(method, path, headers, body, query_params)

    ecr.handle_registry_request = checked


def refusal(status, code, message, headers):
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return status, {"Content-Type": "application/json", **headers}, body


def token_of_caller(_request):
    token = base64.b64encode(f"AWS:rehearsal-{caller_key.get()}".encode()).decode()
    host = f"https://{get_account_id()}.dkr.ecr.{get_region()}.amazonaws.com"
    data = {"authorizationToken": token, "expiresAt": int(time.time()) + 43_200, "proxyEndpoint": host}
    return ecr.json_response({"authorizationData": [data]})


def session_in(authorization):
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    user, _, password = base64.b64decode(text).decode(errors="replace").partition(":")
    key = password.removeprefix("rehearsal-")
    return key if user == "AWS" and key in sts._sessions else None


def calls_are_collected(rehearsal):
    """The emulator keeps no list of calls.

    The decisions of its evaluator are recorded, to compare them with those of a second evaluator that knows only the template.
    """
    enforce = iam_evaluator.enforce

    def collecting(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        account = get_account_id()
        principal = iam_evaluator.resolve_principal(access_key_id or "", account)
        arn = getattr(principal, "arn", "")
        if ":assumed-role/" in arn:
            rehearsal.record(arn, iam_action, resource_arn, service_context or {}, denied is None)
        return denied

    iam_evaluator.enforce = collecting


def missing_objects_need_the_right_to_list(rehearsal):
    """The emulator answers 404 for a missing object to every caller.

    S3 answers 403 without the right to list the bucket (Amazon S3 API reference, "GetObject", "Permissions").
    """

    def told(ask):
        def asked(bucket_name, key, *rest, **named):
            reply = ask(bucket_name, key, *rest, **named)
            session = sts._sessions.get(caller_key.get())
            if reply[0] != 404 or session is None:
                return reply
            bucket = f"arn:aws:s3:::{bucket_name}"
            if may(rehearsal, caller_key.get(), "s3:ListBucket", bucket):
                return reply
            return s3._error("AccessDenied", "Access Denied", 403)

        return asked

    s3._get_object = told(s3._get_object)
    s3._head_object = told(s3._head_object)


def lost_events_need_the_right_to_send(rehearsal):
    """The emulator sends an event that a function could not process to the queue without a check.

    Lambda sends it with the function's role (Lambda developer guide, "Adding a destination", "Permissions").
    """
    route = lambda_svc._route_async_failure

    def checked(target, name, event, result):
        key = session_of(lambda_svc._functions[name]["config"]["Role"], name[:64])["accessKeyId"]
        if ":sqs:" not in target or may(rehearsal, key, "sqs:SendMessage", target):
            route(target, name, event, result)

    lambda_svc._route_async_failure = checked


def layers_are_mounted_if_the_account_says_so(_rehearsal):
    """The emulator has no account settings, and always mounts layers of other repositories.

    ECR mounts them only if BLOB_MOUNTING is ENABLED (Amazon ECR user guide, "Blob mounting"; API reference, "PutAccountSetting").
    """
    settings = {"BLOB_MOUNTING": "DISABLED"}
    handle, start = ecr.handle_request, ecr._v2_start_blob_upload

    async def with_settings(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").split(".")[-1]
        if action not in ("GetAccountSetting", "PutAccountSetting"):
            return await handle(method, path, headers, body, query_params)
        request = json.loads(body)
        if action == "PutAccountSetting":
            settings[request["name"]] = request["value"]
        return ecr.json_response({"name": request["name"], "value": settings.get(request["name"])})

    def start_upload(name, query_params, body):
        mounts = settings["BLOB_MOUNTING"] == "ENABLED"
        asked = query_params if mounts else {key: value for key, value in query_params.items() if key != "mount"}
        return start(name, asked, body)

    ecr.handle_request, ecr._v2_start_blob_upload = with_settings, start_upload


def keys_know_how_they_sign(_rehearsal):
    """The emulator checks the rights of KMS without the condition keys of a request.

    A request to sign has its algorithm, the type of its message, and the alias if it names one (KMS developer guide, "AWS KMS condition keys").
    """
    tags_of = iam_actions.request_tag_context
    fields = {"kms:SigningAlgorithm": "SigningAlgorithm", "kms:MessageType": "MessageType"}

    def with_keys(service, action, body, *rest):
        context = tags_of(service, action, body, *rest)
        if service != "kms":
            return context
        request = json.loads(body or b"{}")
        alias = str(request.get("KeyId", "")).rsplit(":", 1)[-1]
        named = {"kms:RequestAlias": alias} if alias.startswith("alias/") else {}
        return {**context, **{key: request[name] for key, name in fields.items() if name in request}, **named}

    iam_actions.request_tag_context = with_keys


PATCHES = [
    keys_know_how_they_sign,
    missing_objects_need_the_right_to_list,
    state_machines_have_their_roles,
    registry_asks_for_rights,
    layers_are_mounted_if_the_account_says_so,
    lost_events_need_the_right_to_send,
    calls_are_collected,
]
