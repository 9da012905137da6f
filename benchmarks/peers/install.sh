#!/usr/bin/env bash
# Make one venv a peer, .bench/NAME, beside the same torch that the checks run with (constraints.txt).
#   benchmarks/peers/install.sh [NAME...]     (PYTHON=python3.12 for another interpreter)
# Their pins clash with one another, so each has its own. What cannot be installed is said, and the table leaves its row empty.
set -uo pipefail
cd "$(dirname "$0")/../.."

PYTHON="${PYTHON:-python3}"
PEERS=("$@")
[ ${#PEERS[@]} -gt 0 ] || PEERS=(lightning fastai keras skorch kornia timm transfer)

install() {
  local name="$1" venv=".bench/$1"
  [ -e "$venv/.installed" ] && { echo "$name: already installed in $venv"; return 0; }
  rm -rf "$venv"
  "$PYTHON" -m venv "$venv" || return 1
  local own=()  # these need torchvision, which needs its own torch
  [ "$name" = timm ] && own=(timm .)  # netwright is measured beside it, with that torch
  [ "$name" = transfer ] && own=(timm fastai)
  if [ ${#own[@]} -gt 0 ]; then
    nice -n 19 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check torch torchvision "${own[@]}" || return 1
    "$venv/bin/python" -m pip freeze --disable-pip-version-check > "$venv/versions.txt" && touch "$venv/.installed" && echo "$name: installed"
    return
  fi
  nice -n 19 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    -c constraints.txt torch numpy "$name" || return 1
  # fastai and Lightning pull a torchvision built for another torch, which breaks `import lightning`. No benchmark uses it.
  "$venv/bin/python" -m pip uninstall --quiet --yes torchvision >/dev/null 2>&1
  "$venv/bin/python" -m pip freeze --disable-pip-version-check > "$venv/versions.txt"
  touch "$venv/.installed"
  echo "$name: $(grep -i "^$name==" "$venv/versions.txt") $(grep -i '^torch==' "$venv/versions.txt")"
}

failed=0
for peer in "${PEERS[@]}"; do
  install "$peer" || { echo "$peer: could not be installed" >&2; failed=1; }
done
exit $failed
