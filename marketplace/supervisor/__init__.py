"""Runs the whole market on one machine: servers, migrations, demo goods, every process; and stops all of it again.

`make run` and `flask up` start it. It imports nothing of the market but the kernel, so that it stays small and can
report when the market itself does not start.
"""
