"""``netwright runs remove RUN...``."""

from __future__ import annotations

import click

from netwright.cli import console, options


@click.command("remove")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@options.yes
@options.of_run
@options.store
@options.as_json
def command(
    runs: tuple[str, ...], yes: bool, system: str | None, store: str | None, as_json: bool
) -> None:
    """Take runs away for good, once you agree; never one that is being trained."""
    from netwright.api.kept import system_of_run
    from netwright.base.figures import counted, size_in_words
    from netwright.runs import store as stores
    from netwright.runs.keeping import removal

    found = {
        record.path: record for record in (stores.find(run, stores.folder(store)) for run in runs)
    }
    for record in found.values():
        system_of_run.expect(record, system)
    sizes = {path: removal.bytes_of(path) for path in found}
    for path, record in found.items():
        console.message(f"{record.id}  {size_in_words(sizes[path])}")
    total = f"{counted(len(found), 'run')}, {size_in_words(sum(sizes.values()))}"
    if not console.is_agreed(f"Remove {total}, for good?", yes=yes):
        return
    for record in found.values():
        removal.remove(record)
    if as_json:
        console.as_json({"removed": [{"id": r.id, "bytes": sizes[p]} for p, r in found.items()]})
    else:
        console.result(f"removed {total}")
