"""``netwright`` and ``python -m netwright``, which is also how torchrun starts it.

Before the command line is loaded, and after it has ended, there is nothing to be said or kept:
Ctrl-C and SIGTERM then end the process as it is.
"""

try:
    import os
    import signal
except KeyboardInterrupt:
    raise SystemExit(130) from None


def main() -> None:
    """Load the command line and run it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: os._exit(128 + number))
    from netwright.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
