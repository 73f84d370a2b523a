#!/usr/bin/env bash
# Installs the program into its own environment, and outputs its path. Dependencies are installed
# only if their hashes are in the lock files. The program comes from the wheel that WHEEL names, or
# is built from the checkout of this script.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
wheel="${WHEEL:-}"
venv="${RUNNER_TEMP:?is set by the runner}/dd-incident-roles"

if [[ -n "${wheel}" && ! ( -f "${wheel}" && "${wheel}" == *.whl ) ]]; then
  echo "The wheel '${wheel}' is not a .whl file." >&2
  exit 2
fi

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo 'python3 must be Python 3.11 or newer.' >&2
  exit 2
}
python3 -m venv --clear "${venv}"
install=("${venv}/bin/python" -m pip install --quiet --no-deps --no-input --disable-pip-version-check)

"${install[@]}" --require-hashes -r "${root}/requirements/runtime.txt"
if [[ -n "${wheel}" ]]; then
  wheel="$(realpath -- "${wheel}")"
  "${install[@]}" "${wheel}"
else
  "${install[@]}" --require-hashes -r "${root}/requirements/build.txt"
  "${install[@]}" --no-build-isolation "${root}"
fi

"${venv}/bin/dd-incident-roles" --version
echo "program=${venv}/bin/dd-incident-roles" >> "${GITHUB_OUTPUT:?is set by the runner}"
