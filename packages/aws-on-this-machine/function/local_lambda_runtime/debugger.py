"""Takes the place of a debugger: a function has no terminal to type in."""

import os
import sys

from .logs import write_event

_INSTEAD = f"In the function's tests it stops, and opens pdb: {sys.executable} -m pytest __tests__/lambda"


def ignore_breakpoints(code_folder):
    """From now on, `breakpoint()` writes advice, and the run goes on."""

    def report(*_arguments, **_named):
        caller = sys._getframe(1)
        place = f"{os.path.relpath(caller.f_code.co_filename, code_folder)}:{caller.f_lineno}"
        write_event(f"breakpoint() at {place} does not stop the function here. {_INSTEAD}")

    sys.breakpointhook = report


def explain_quit(error):
    """Writes the same advice if pdb ended the run because it found no terminal."""
    if type(error).__name__ == "BdbQuit":
        write_event(f"The function has no terminal, so its debugger ended the run. {_INSTEAD}")
