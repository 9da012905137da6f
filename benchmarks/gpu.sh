#!/usr/bin/env bash
# On a machine with a CUDA device: installs, runs the tests that need one, and the throughput rows.
# Usage, from the project's root: benchmarks/gpu.sh [tests|speed]   (both without a word)
# PYTHON names the interpreter, which may hold a torch of its own; INSTALL what pip is given.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
what=${1:-both}
read -ra install <<<"${INSTALL:-"-c constraints.txt -e .[dev]"}"

"$python" -m pip install --quiet --disable-pip-version-check "${install[@]}"
"$python" -c 'import torch; print("torch", torch.__version__, "on", torch.cuda.get_device_name())'

failed=0
if [ "$what" != speed ]; then NETWRIGHT_TEST_CUDA=1 "$python" -m pytest -n "${WORKERS:-4}" --durations 10 tests/test_cuda.py tests/test_contract_door.py || failed=1; fi
if [ "$what" != tests ]; then "$python" -m benchmarks gpu-lenet5-256 gpu-resnet18-512 gpu-resnet50-64 --rounds "${ROUNDS:-5}" || failed=1; fi
exit $failed
