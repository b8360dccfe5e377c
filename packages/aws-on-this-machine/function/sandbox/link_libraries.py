"""Fills a folder with links to boto3 and its requirements: the libraries that Lambda's Python has beside its own.

Usage: link_libraries.py <folder>
"""

import os
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

from packaging.requirements import Requirement


def _require(name, packages):
    """Adds a package and its requirements on this Python, without extras, to `packages`."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        # Debian's packages leave out what Debian's Python has by itself.
        return
    # Its own spelling: a requirement may have another.
    if packages.setdefault(package.metadata["Name"], package) is not package:
        return
    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            _require(requirement.name, packages)


def _modules(package):
    """Returns the names under which a package is imported."""
    declared = (package.read_text("top_level.txt") or "").split()
    if declared:
        return declared
    files = {file.parts[0].split(".")[0] for file in package.files or ()}
    # Debian removes the lists of files.
    return [name for name in files if name.isidentifier()] or [package.metadata["Name"].replace("-", "_")]


def _links(package):
    """Yields the name and the target of each link that a package needs, wherever Python finds its modules."""
    # `importlib.metadata` has no public name for the folder of a package's metadata.
    yield package._path.name, package._path
    for module in _modules(package):
        spec = find_spec(module)
        # A folder without code, such as `__pycache__`, has no origin.
        if spec is None or spec.origin is None:
            continue
        if spec.submodule_search_locations:
            yield module, os.path.dirname(spec.origin)
        else:
            yield os.path.basename(spec.origin), spec.origin


def main(folder):
    packages = {}
    _require("boto3", packages)
    for name, target in {link for package in packages.values() for link in _links(package)}:
        os.symlink(target, os.path.join(folder, name))


if __name__ == "__main__":
    main(sys.argv[1])
