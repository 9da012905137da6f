"""What every system must do, tried on a system's own sample: the contract as checks that a person
runs on a system of their own.
"""

from netwright.api.checking.suite import Check, check_system

__all__ = ["Check", "check_system"]
