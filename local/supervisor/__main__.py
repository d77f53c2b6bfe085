"""`python -m local.supervisor`: run the marketplace. `… with <command>`: run a command with its settings."""

from __future__ import annotations

import sys

from local.supervisor.runner import run_command, run_plan


def main(arguments: list[str]) -> int:
    """Run the supervisor or one command; return the exit code."""
    if not arguments:
        return run_plan()
    if arguments[0] == "with" and len(arguments) > 1:
        return run_command(arguments[1:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
