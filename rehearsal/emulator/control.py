"""How the rehearsal program reaches into the emulator: requests below /_rehearsal, which no AWS service has."""

import json

from ministack import app
from ministack.core import lambda_runtime
from ministack.core.router import extract_access_key_id
from ministack.services import eventbridge

from rights import caller_key


def loopback_counts_as_tls(rehearsal):
    """The emulator speaks plain http, so that a policy which denies requests without TLS denies all of them.

    AWS is asked over https alone. On loopback every request is marked as if it had come so. The same door answers /_rehearsal.
    """
    serve = app.app

    async def marked(scope, receive, send):
        if scope["type"] != "http":
            return await serve(scope, receive, send)
        if scope["path"].startswith("/_rehearsal/"):
            return await answer(rehearsal, scope["path"], receive, send)
        headers = [*scope["headers"], (b"x-forwarded-proto", b"https")]
        named = {name.decode().lower(): value.decode("latin-1") for name, value in headers}
        caller_key.set(extract_access_key_id(named, {}) or "")
        return await serve({**scope, "headers": headers}, receive, send)

    app.app = marked


def schedules_follow_a_clock_that_can_be_moved(rehearsal):
    """The emulator's schedules follow the machine's clock, and the pipeline's is every 15 minutes.

    Moving the clock of schedules ahead lets one come due; rate and target are as deployed.
    """
    now = eventbridge._now_ts
    eventbridge._now_ts = lambda: now() + rehearsal.clock_ahead


async def answer(rehearsal, path, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    reply = CONTROLS[path.removeprefix("/_rehearsal/")](rehearsal, json.loads(body or b"{}"))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(reply).encode()})


def set_values(rehearsal, values):
    for name, value in values.items():
        if name not in ("clock_ahead", "wait_scale", "answer_scale"):
            raise ValueError(f"{name} is nothing that can be set")
        setattr(rehearsal, name, float(value))
    return {}


def take_calls(rehearsal, _values):
    """All calls so far; they are forgotten."""
    fields = ("principal", "action", "resource", "keys", "allowed")
    taken = [{**dict(zip(fields, call)), "count": count} for call, count in rehearsal.calls.items()]
    rehearsal.calls.clear()
    return taken


def end_warm_functions(_rehearsal, _values):
    """The next call of every function starts a process, which has read no secret and holds no token."""
    lambda_runtime.reset()
    return {}


CONTROLS = {"set": set_values, "calls": take_calls, "cold": end_warm_functions, "ready": lambda _rehearsal, _values: {"ready": True}}

PATCHES = [loopback_counts_as_tls, schedules_follow_a_clock_that_can_be_moved]
