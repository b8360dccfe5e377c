"""Lambda's file system, of which a function can write only /tmp.

Python asks before it changes a file. Programs that the function starts, and libraries in C, do not ask.
"""

import errno
import functools
import os
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC

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

    def check_open(path, flags):
        # Linux reports an existing file or a missing folder before it reports a read-only file system.
        if os.path.exists(path):
            is_refused = flags & _WRITING and not flags & os.O_EXCL
        else:
            is_refused = flags & os.O_CREAT and os.path.isdir(os.path.dirname(os.path.realpath(path)))
        if is_refused:
            check(path, path)

    def hook(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            # `os.open`, which has no mode, does not say here which folder a path is relative to.
            if not isinstance(path, int) and (mode is not None or os.path.isabs(path)):
                check_open(os.fsdecode(path), flags)
        for path_index, folder_index in _CHANGES.get(event, ()):
            path = arguments[path_index]
            is_relative = folder_index is not None and arguments[folder_index] != -1
            if is_relative or isinstance(path, int) or (event == "os.mkdir" and os.path.lexists(path)):
                continue
            path = os.fsdecode(path)
            folder = os.path.dirname(path.rstrip(os.sep)) or os.curdir
            if os.path.isdir(folder):
                check(path, folder)

    sys.addaudithook(hook)
    # No function: Python 3.8's pathlib has `os.open` as a member of a class, of which a function becomes a method.
    os.open = functools.partial(_open, os.open, check_open)
    os.supports_dir_fd.add(os.open)


def _open(system_open, check_open, path, flags, mode=0o777, *, dir_fd=None):
    """Opens a file as `os.open` does, after a check of a path that is relative to the working folder."""
    if dir_fd is None and not os.path.isabs(path):
        check_open(os.fsdecode(path), flags)
    return system_open(path, flags, mode, dir_fd=dir_fd)


def _prefix(path):
    """Returns the beginning of the real paths of a file or folder and of all in it."""
    return os.path.join(os.path.realpath(path), "")
