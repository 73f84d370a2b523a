#!/usr/bin/env bash
# Reads Datadog once and makes every report from that snapshot, so that all reports agree. Ends with
# the exit code of the check, after it has written every report. Exit codes are answers here, so the
# shell does not stop at one.
set -uo pipefail

program=("${PROGRAM:?names the program}")
python="$(dirname "${PROGRAM}")/python"
folder="$(mktemp -d "${RUNNER_TEMP:?is set by the runner}/check.XXXXXX")" || exit 70
snapshot="${folder}/snapshot.json"
trap 'rm -f -- "${snapshot}"' EXIT

# The runner masks secrets; a key that came another way is masked here.
for key in "${DD_API_KEY:-}" "${DD_APP_KEY:-}"; do
  key="${key//'%'/%25}"
  key="${key//$'\r'/%0D}"
  [[ -z "${key}" ]] || echo "::add-mask::${key//$'\n'/%0A}"
done

[[ -z "${CONFIG:-}" ]] || program+=("--config=${CONFIG}")

look=(snapshot "--output=${snapshot}")
[[ -z "${QUERY:-}" ]] || look+=("--query=${QUERY}")
[[ -z "${SINCE:-}" ]] || look+=("--since=${SINCE}")

judge=(check "--snapshot=${snapshot}" "--fail-on=${FAIL_ON:-error}")
[[ -z "${SINCE:-}" ]] || judge+=("--since=${SINCE}")
[[ -z "${SELECT:-}" ]] || judge+=("--select=${SELECT}")
[[ -z "${IGNORE:-}" ]] || judge+=("--ignore=${IGNORE}")
[[ -z "${BASELINE:-}" ]] || judge+=("--baseline=${BASELINE}")

# Writes one more report. If it ends with another code than the verdict, the log says so, and the
# exit code is that one if the verdict alone would pass.
also() {
  local form="$1" file="$2"
  "${program[@]}" "${judge[@]}" "--format=${form}" "--output=${file}" 2> "${folder}/said"
  local code=$?
  if (( code != verdict )); then
    cat "${folder}/said" >&2
    echo "The ${form} report ended with exit code ${code}, but the check with ${verdict}." >&2
    (( verdict != 0 )) || ended="${code}"
  fi
}

"${program[@]}" "${look[@]}"
looked=$?
if [[ -s "${snapshot}" ]] && (( looked == 0 || looked == 3 )); then
  # Nothing below asks Datadog, so nothing below is given the keys.
  unset DD_API_KEY DD_APP_KEY
  # Annotations are single lines in the log; the rest of a finding is in the summary.
  "${program[@]}" "${judge[@]}" --format=github
  verdict=$?
  # An incomplete reading is never clean.
  (( verdict != 0 )) || verdict="${looked}"
  ended="${verdict}"
  also markdown "${folder}/summary.md"
  also sarif "${folder}/roles.sarif"
  also json "${folder}/roles.json"
else
  # Without a snapshot nothing was checked, which exit codes 0 and 1 would hide.
  ended="${looked}"
  (( looked > 1 )) || ended=3
fi

if [[ -s "${folder}/summary.md" ]]; then
  cat "${folder}/summary.md" >> "${GITHUB_STEP_SUMMARY:?is set by the runner}"
else
  echo "The roles of incidents could not be checked (exit code ${ended}); the log says why." \
    >> "${GITHUB_STEP_SUMMARY:?is set by the runner}"
fi

findings=''
if [[ -s "${folder}/roles.json" ]]; then
  findings="$("${python}" -c '
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    found = json.load(file)["findings"]
print(sum(not each["waived"] and each.get("baseline") != "existing" for each in found))
' "${folder}/roles.json")"
fi

{
  echo "exit-code=${ended}"
  echo "findings=${findings}"
  [[ ! -s "${folder}/roles.sarif" ]] || echo "sarif-file=${folder}/roles.sarif"
} >> "${GITHUB_OUTPUT:?is set by the runner}"
exit "${ended}"
