#!/usr/bin/env bash
# Find `espalier`, or install it from the checkout that this action is part of; its path is the step's output.
# EXTRAS names what is needed beyond the base: `bot`, or nothing.
set -euo pipefail

if command -v espalier >/dev/null; then
  echo "espalier=$(command -v espalier)" >>"$GITHUB_OUTPUT"
  exit 0
fi

python=""
for candidate in python3 python3.13 python3.12 python3.11 python; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python="$candidate"
    break
  fi
done
if [[ -z "$python" ]]; then
  echo "::error title=Espalier::This runner has no Python 3.11 or newer; put actions/setup-python before this action."
  exit 1
fi

root="$(cd "$GITHUB_ACTION_PATH/../.." && pwd)"
venv="$(mktemp -d "${RUNNER_TEMP:-/tmp}/espalier-venv.XXXXXX")"
"$python" -m venv "$venv"
# Exact versions by hash only, of what builds the package too, and nothing built: that would take from a moving target.
pip=("$venv/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps)
"${pip[@]}" --only-binary :all: --require-hashes --requirement "$root/requirements/${EXTRAS:-base}.txt"
"${pip[@]}" --no-build-isolation "$root"
echo "espalier=$venv/bin/espalier" >>"$GITHUB_OUTPUT"
