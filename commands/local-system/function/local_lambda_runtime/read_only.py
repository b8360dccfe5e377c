"""Lambda's file system, of which a function can write only /tmp.

Python asks before it changes a file. Programs that the function starts, and libraries in C, do not ask.
"""

import errno
import os
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# An event's paths, each with the descriptor of the folder that it is relative to, by their places in its arguments:
# https://docs.python.org/3/library/audit_events.html
_CHANGES = {
    "os.chmod": [(0, 2)],
    "os.chown": [(0, 3)],
    "os.link": [(1, 3)],
    "os.mkdir": [(0, 2)],
    "os.remove": [(0, 1)],
    "os.rename": [(0, 2), (1, 3)],
    "os.rmdir": [(0, 1)],
    "os.symlink": [(1, 2)],
    "os.truncate": [(0, None)],
    "os.utime": [(0, 3)],
}


def restrict_writes(code_folder, temporary_folder):
    """From now on, lets Python write /tmp and the process's own temporary folder, but not code that is below /tmp."""
    code, temporary = _prefix(code_folder), _prefix(temporary_folder)
    others = tuple(map(_prefix, ("/tmp", "/dev", "/proc")))

    def check(path, changed):
        place = _prefix(changed)
        if not place.startswith(temporary) and (place.startswith(code) or not place.startswith(others)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    def hook(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            if flags & _WRITING and not isinstance(path, int):
                path = os.fsdecode(path)
                # `os.open`, which has no mode, does not say which folder a path is relative to.
                if mode is not None or os.path.isabs(path):
                    check(path, path)
        for path_index, folder_index in _CHANGES.get(event, ()):
            path = arguments[path_index]
            is_relative = folder_index is not None and arguments[folder_index] != -1
            if is_relative or isinstance(path, int) or (event == "os.mkdir" and os.path.lexists(path)):
                continue
            path = os.fsdecode(path)
            check(path, os.path.dirname(path))

    sys.addaudithook(hook)


def _prefix(path):
    """What the real paths of a file or folder, and of all in it, begin with."""
    return os.path.join(os.path.realpath(path), "")
