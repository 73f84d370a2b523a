#!/usr/bin/env bash
# One run of the sync. It refuses to begin a new record by itself: a record that is not where it was
# is a volume that is not mounted or a cache that was lost, and somebody has to decide.
set -uo pipefail

record="${DD_INCIDENT_ROLES_STORE:?names the file of the record}"

if [[ ! -d "$(dirname "${record}")" ]]; then
  echo "::error::The folder of the record ${record} does not exist on this runner. Make it or mount it; nothing was synced."
  exit 2
fi
if [[ ! -f "${record}" && "${BEGIN:-}" != true ]]; then
  echo "::error::There is no record at ${record}; nothing was synced. Start this workflow by hand with 'begin' to make a new one: it knows what Datadog shows and duplicates nothing, but history and what waited to be sent are gone."
  exit 2
fi

"${PROGRAM:?names the program}" sync
code=$?
if (( code == 75 )); then
  echo 'Another run holds the lock on the record and does the work.'
  exit 0
fi
exit "${code}"
