"""The interface of the rehearsal program to the emulator: requests below /_rehearsal, a path that no AWS service has."""

import json

from ministack import app
from ministack.core import lambda_runtime
from ministack.core.router import extract_access_key_id
from ministack.services import eventbridge

from resources import set_findings
from rights import caller_key


def loopback_counts_as_tls(rehearsal):
    """The emulator has no TLS, so that a policy that denies requests without TLS denies all of them.

    AWS is called over HTTPS. Every request on loopback is marked as HTTPS. Requests below /_rehearsal are answered here, too.
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
    """The emulator's schedules use the machine's clock, and the pipeline's schedule fires every 15 minutes.

    If the clock of schedules is set ahead, the schedule is due. Rate and target are as deployed.
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
            raise ValueError(f"{name} is not a setting; use clock_ahead, wait_scale or answer_scale")
        setattr(rehearsal, name, float(value))
    return {}


def take_calls(rehearsal, _values):
    """Returns all calls since the last time."""
    fields = ("principal", "action", "resource", "keys", "allowed")
    taken = [{**dict(zip(fields, call)), "count": count} for call, count in rehearsal.calls.items()]
    rehearsal.calls.clear()
    return taken


def end_warm_functions(_rehearsal, _values):
    """Ends the processes of all functions. The next call of each reads secrets and tokens again."""
    lambda_runtime.reset()
    return {}


CONTROLS = {
    "set": set_values,
    "calls": take_calls,
    "cold": end_warm_functions,
    "findings": set_findings,
    "ready": lambda _rehearsal, _values: {"ready": True},
}

PATCHES = [loopback_counts_as_tls, schedules_follow_a_clock_that_can_be_moved]
