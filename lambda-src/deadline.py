"""Until when an invocation may wait, and how it waits no longer."""

import queue
import threading
import time

# An answer leaves within 12 s; half a second is for all else that it takes. The API would wait for 30 s.
_MAX_SECONDS = 11.5

_calls = queue.SimpleQueue()
_idle_threads = threading.Semaphore(0)


def deadline_of(context):
    """Returns the time, as of time.monotonic(), until which the invocation that begins now may wait.

    A tenth of the function's own time is left for the answer.
    """
    remaining_time = getattr(context, "get_remaining_time_in_millis", None)
    seconds = _MAX_SECONDS if remaining_time is None else min(_MAX_SECONDS, remaining_time() / 1000 * 0.9)
    return time.monotonic() + seconds


def call_until(deadline, function):
    """Calls a function in another thread. Returns or raises what it does; raises TimeoutError at the deadline.

    The function then goes on, as nothing can interrupt the resolution of a name. Lambda freezes it after the answer and
    lets it go on during the next invocation, if there is one
    (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html). So it must be harmless if it ends
    late or never, and while the next call runs.
    """
    outcomes = queue.SimpleQueue()
    # Starting a thread for each call would take a tenth of a warm request's CPU time. A thread whose call goes on is
    # not idle; it becomes so when the call ends.
    if not _idle_threads.acquire(blocking=False):
        threading.Thread(target=_take_calls, daemon=True).start()
    _calls.put((function, outcomes))
    try:
        result, error = outcomes.get(timeout=max(0, deadline - time.monotonic()))
    except queue.Empty:
        raise TimeoutError("The deadline has passed") from None
    if error is not None:
        raise error
    return result


def _take_calls():
    while True:
        _call(*_calls.get())


def _call(function, outcomes):
    result = error = None
    try:
        result = function()
    except BaseException as raised:
        error = raised
    # Before the outcome, after which the next call can come at once.
    _idle_threads.release()
    outcomes.put((result, error))
