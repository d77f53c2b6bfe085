"""`python -m marketplace.supervisor`: run the market. `… with <command>`: run a command with its settings."""

from __future__ import annotations

import sys

from marketplace.supervisor.run import beside, up


def main(arguments: list[str]) -> int:
    """The exit code."""
    if not arguments:
        return up()
    if arguments[0] == "with" and len(arguments) > 1:
        return beside(arguments[1:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
