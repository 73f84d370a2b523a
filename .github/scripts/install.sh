#!/usr/bin/env bash
# Installs the program into an environment of its own, and says as an output where it is. Only files
# whose hashes are in the locks are taken from an index. It comes from the wheel that WHEEL names,
# or else is built from the checkout that this script belongs to.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
wheel="${WHEEL:-}"
venv="${RUNNER_TEMP:?is set by the runner}/dd-incident-roles"

if [[ -n "${wheel}" && ! ( -f "${wheel}" && "${wheel}" == *.whl ) ]]; then
  echo "The wheel '${wheel}' is no file that ends in .whl." >&2
  exit 2
fi

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo 'Python 3.11 or newer is needed under the name python3.' >&2
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
