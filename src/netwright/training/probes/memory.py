"""Memory: how much there is, and how much a piece of work takes, measured in a child process that
may be killed for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from netwright.base.errors import NetwrightError
from netwright.training.devices import give_back_memory

MIB = 2**20
SLACK = 256 * MIB
"""What a child may map beyond its limit before it is refused: mapped memory is not all used."""

CGROUPS = Path("/sys/fs/cgroup")


def available(device: torch.device) -> int:
    """Bytes that this process can still take: of the device, else the least of the machine's, the
    container's and ulimit's.
    """
    if device.type == "cuda":
        return (
            torch.cuda.mem_get_info(device)[0]
            + torch.cuda.memory_reserved(device)
            - torch.cuda.memory_allocated(device)
        )
    return max(0, min(_machine(), *_container(), *_limits()))


def _machine() -> int:
    known = _status(Path("/proc/meminfo"))
    if "MemAvailable" in known:
        return known["MemAvailable"]
    # no system says: half of what is built in
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _container(root: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> list[int]:
    """What each control group around this process leaves (versions 2 and 1); page cache that can go
    counts as free.
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return []
    found = []
    for _, kinds, path in lines:
        top, limit, used = (
            (root, "memory.max", "memory.current")
            if not kinds
            else (root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
        )
        if kinds and "memory" not in kinds.split(","):
            continue
        place = top / path.strip("/")
        for folder in (place, *place.parents):
            if folder != top and top not in folder.parents:
                break
            with contextlib.suppress(OSError, ValueError):  # "max", or no such file
                found.append(
                    int((folder / limit).read_text())
                    - int((folder / used).read_text())
                    + _cache(folder)
                )
    return found


def _cache(folder: Path) -> int:
    for line in (folder / "memory.stat").read_text().splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0


def _limits() -> list[int]:
    status = _status(Path("/proc/self/status"))
    kinds = ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData"))
    soft = [(resource.getrlimit(kind)[0], status.get(used, 0)) for kind, used in kinds]
    return [limit - used for limit, used in soft if limit != resource.RLIM_INFINITY]


def _status(path: Path) -> dict[str, int]:
    """Name -> bytes, of a file with lines like ``VmRSS: 12 kB``; empty where there is none."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    return {
        line.split(":")[0]: 1024 * int(line.split()[1]) for line in lines if line.endswith(" kB")
    }


def peak(
    work: Callable[[], object],
    limit: int,
    device: torch.device,
    *,
    warm: Callable[[], object] | None = None,
) -> int | None:
    """Bytes that ``work`` takes at its peak beyond what is held already; None when that is more
    than ``limit``.

    On the CPU it runs in a forked child on one thread: what it changes is lost, and if it takes too
    much, only the child ends. Where there is CUDA no fork is safe: there it runs here, and memory
    is given back.

    Args:
        warm: called first, uncounted: what it loads (libraries, kernels) is no part of the work.

    Raises:
        NetwrightError: the work failed for another reason.
    """
    if device.type == "cuda":
        return _peak_on_cuda(work, limit, device)
    measured = partial(_measured, work, limit, warm or (lambda: None))
    reply = measured() if torch.cuda.is_available() else _forked(measured, limit)
    if reply is None or "over" in reply:
        return None
    if "failed" in reply:
        raise NetwrightError(f"a step could not be tried: {reply['failed']}")
    taken: int = reply["taken"]
    return taken if taken <= limit else None


def _peak_on_cuda(work: Callable[[], object], limit: int, device: torch.device) -> int | None:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    try:
        work()
        torch.cuda.synchronize(device)
    except torch.cuda.OutOfMemoryError:
        return None
    finally:
        torch.cuda.empty_cache()
    taken = torch.cuda.max_memory_reserved(device) - before
    return taken if taken <= limit else None


def _forked(work: Callable[[], dict[str, Any]], limit: int) -> dict[str, Any] | None:
    """What ``work`` returns in a child process; None when the child was killed."""
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # of forking beside threads: the child starts none
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            _confined(limit)
            os.write(write, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            reply = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.waitpid(child, 0)
    found: dict[str, Any] | None = json.loads(reply) if reply else None
    return found


def _confined(limit: int) -> None:
    """This process may take so much more memory, and is the first that ends when there is none."""
    torch.set_num_threads(1)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    with contextlib.suppress(OSError, ValueError):
        held = _status(Path("/proc/self/status")).get("VmData", 0)
        resource.setrlimit(
            resource.RLIMIT_DATA,
            (held + limit + SLACK, resource.getrlimit(resource.RLIMIT_DATA)[1]),
        )


def _measured(work: Callable[[], object], limit: int, warm: Callable[[], object]) -> dict[str, Any]:
    """The peak of resident memory during ``work``, or that it was too much, or why it failed."""
    try:
        warm()
        before = _resident_afresh()
        work()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(
            word in str(error) for word in ("memory", "bad_alloc", "primitive")
        ):
            return {"over": True}
        return {"failed": str(error).splitlines()[0][:300]}
    except Exception as error:
        return {"failed": str(error).splitlines()[0][:300] if str(error) else type(error).__name__}
    return {"taken": max(0, _most_resident() - before)}


def _resident_afresh() -> int:
    """Bytes resident now, after what was freed has gone back to the system; the peak is counted
    from here.
    """
    give_back_memory()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status(Path("/proc/self/status")).get("VmRSS", 0) or _most_resident()


def _most_resident() -> int:
    known = _status(Path("/proc/self/status")).get("VmHWM", 0)
    unit = 1 if sys.platform == "darwin" else 1024
    return known or unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
