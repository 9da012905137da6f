"""``netwright runs tidy``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("tidy")
@click.option(
    "--only",
    "kinds",
    multiple=True,
    type=click.Choice(["leftovers", "states", "cache"]),
    help="What to look for; all of these, unless said.",
)
@options.yes
@options.store
@options.as_json
def command(kinds: tuple[str, ...], yes: bool, store: str | None, as_json: bool) -> None:
    """Say what the store holds that may go, and take it away once you agree: leftovers of killed
    processes, states that complete runs could go on from (train --resume RUN --epochs N), the cache
    of decoded data.

    Asks for each of the three; --json alone says what there is, and takes nothing away.
    """
    from netwright.base.figures import counted, size_in_words
    from netwright.runs import store as stores
    from netwright.runs.keeping import tidying

    wanted = [kind for kind in tidying.KINDS if not kinds or kind in kinds]
    found = tidying.find(stores.folder(store), wanted)
    if as_json:
        if yes:
            tidying.take_away(found)
        rows = [
            {"kind": one.kind, "path": str(one.path), "bytes": one.bytes, "why": one.why}
            for one in found
        ]
        console.as_json({"removed": yes, "found": rows})
        return
    if not found:
        console.result("nothing to tidy up")
    for kind in wanted:
        some = [spare for spare in found if spare.kind == kind]
        if not some:
            continue
        total = f"{counted(len(some), 'thing')}, {size_in_words(sum(one.bytes for one in some))}"
        console.message(f"{kind}: {tidying.WHAT[kind]}")
        for spare in some:
            console.message(f"  {spare.path}  {size_in_words(spare.bytes)}  {spare.why}")
        if console.is_agreed(f"Remove these {kind}: {total}?", yes=yes):
            tidying.take_away(some)
            console.result(f"removed {kind}: {total}")
