"""`python -m micronets.toolchain [--packages] [TARGET...]`: which targets work on this machine."""

from __future__ import annotations

import sys

from micronets.toolchain.arduino import ARDUINO_REQUIREMENTS
from micronets.toolchain.requirements import DEVELOPMENT, packages_of, unmet
from micronets.toolchain.targets import find_target, targets


def main(arguments: list[str]) -> int:
    """Print a table of targets, or with --packages the Debian packages that are missing.

    Returns:
        0, or 1 where a tool is missing and no --packages was asked for.
    """
    only_packages = "--packages" in arguments
    names = [argument for argument in arguments if not argument.startswith("-")]
    chosen = [find_target(name) for name in names or targets]
    lacking = unmet(requirement for target in chosen for requirement in target.requirements)
    if not names:
        lacking += unmet([*ARDUINO_REQUIREMENTS, *DEVELOPMENT])
    if only_packages:
        print(" ".join(packages_of(lacking)))
        return 0
    for target in chosen:
        missing = target.missing()
        state = f"missing: {', '.join(missing)}" if missing else "ready"
        print(f"{target.name:20} {target.description:60} {state}")
    if lacking:
        print(f"To install what is missing: apt install {' '.join(packages_of(lacking))}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
