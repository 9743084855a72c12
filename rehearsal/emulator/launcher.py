"""Starts the emulator on loopback, with patches for the parts of AWS that it lacks. The product needs no change.

Each patch is a function `(rehearsal) -> None` in one of the modules below. Its docstring says what the emulator does, and what AWS
does instead, with the source. `python launcher.py --list` prints them.
"""

import inspect
import json
import os
import sys
import threading
import time

import control
import interpreter
import jobs
import resources
import rights

PATCHES = [
    *resources.PATCHES,
    *interpreter.PATCHES,
    *rights.PATCHES,
    *jobs.PATCHES,
    *control.PATCHES,
]


class Rehearsal:
    """The state that the patches share."""

    def __init__(self):
        self.build_machine = os.environ["REHEARSAL_BUILD_MACHINE"]
        #: The seconds by which the clock of schedules is ahead.
        self.clock_ahead = 0.0
        #: The factors of waits before retries, and of the time limit of an approval.
        self.wait_scale = float(os.environ.get("REHEARSAL_WAIT_SCALE", "1"))
        self.answer_scale = 1.0
        self.calls = {}
        #: The findings of every image scan.
        self.findings = []

    def record(self, principal, action, resource, keys, allowed):
        """Records a call by a session. Equal calls are counted."""
        call = (principal, action, resource, json.dumps(keys, sort_keys=True, default=str), allowed)
        self.calls[call] = self.calls.get(call, 0) + 1


def end_with(parent):
    """Ends the emulator when the process that started it has ended, for whatever reason."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main():
    if "--list" in sys.argv:
        print(json.dumps([{"name": p.__name__, "reason": inspect.getdoc(p)} for p in PATCHES], indent=2))
        return
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    rehearsal = Rehearsal()
    for patch in PATCHES:
        patch(rehearsal)
    sys.argv = sys.argv[:1]
    from ministack.app import main as start

    start()


if __name__ == "__main__":
    main()
