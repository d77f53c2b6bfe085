"""Run the commands of the demo package: `python -m demo`."""

from demo.cli import main

main(prog_name="python -m demo")
