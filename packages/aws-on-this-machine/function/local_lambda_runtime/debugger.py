"""Debuggers of the function. It has no terminal to type in, so they attach to it from outside."""

import os
import sys

from .logs import write_event

_INSTEAD = "Start with npm start -- --debug, and attach a debugger."


def ignore_breakpoints(code_folder):
    """From now on, `breakpoint()` writes advice, and the run goes on."""

    def report(*_arguments, **_named):
        _report(sys._getframe(1), code_folder, _INSTEAD)

    sys.breakpointhook = report


def let_debuggers_attach(port, code_folder):
    """Starts debugpy's adapter, and returns its port. `port` is the one that the user knows."""
    import debugpy

    # A program that the function starts must not wait for a debugger.
    debugpy.configure(subProcess=False)
    _, adapter_port = debugpy.listen(("127.0.0.1", 0))
    os.environ.pop("PATHS_FROM_ECLIPSE_TO_PYTHON", None)
    # debugpy brings it, and has put it on the path by now.
    import pydevd

    def stop(*_arguments, **_named):
        caller = sys._getframe(1)
        if debugpy.is_client_connected():
            pydevd.settrace(suspend=True, trace_only_current_thread=True, stop_at_frame=caller)
        else:
            _report(caller, code_folder, f"Attach a debugger to 127.0.0.1:{port}.")

    # Unlike debugpy's own hook, it does not wait for a debugger.
    sys.breakpointhook = stop
    return adapter_port


def explain_quit(error):
    """Writes the same advice if pdb ended the run because it found no terminal."""
    if type(error).__name__ == "BdbQuit":
        write_event(f"The function has no terminal, so its debugger ended the run. {_INSTEAD}")


def _report(caller, code_folder, instead):
    place = f"{os.path.relpath(caller.f_code.co_filename, code_folder)}:{caller.f_lineno}"
    write_event(f"breakpoint() at {place} does not stop the function here. {instead}")
