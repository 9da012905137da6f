"""``python -m netwright``, which is also how torchrun starts it."""

from netwright.cli.main import main

main()
