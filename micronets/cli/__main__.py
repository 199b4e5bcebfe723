"""`python -m micronets.cli`: the `micronets` command where it is not on the path."""

from micronets.cli import main

main(prog_name="micronets")
