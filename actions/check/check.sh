#!/usr/bin/env bash
# Fetch two commits into a bare repository and check what lies between them: no file of a pull request is written to
# disk under its own name, and nothing of it is run.
set -euo pipefail

work="$(mktemp -d "${RUNNER_TEMP:-/tmp}/espalier-check.XXXXXX")"
trap 'rm -rf "$work"' EXIT

for name in BASE HEAD; do
  if [[ ! "${!name}" =~ ^[0-9a-f]{40}$ ]]; then
    echo "::error title=Espalier::${name,,} must be a full commit SHA; outside of pull requests give base and head."
    exit 2
  fi
done

# Author and description come out of the event's file: an environment variable holds less than a description may.
python3 -I "$GITHUB_ACTION_PATH/describe.py" "$GITHUB_EVENT_PATH" "$work"

repository="$work/$(basename "$GITHUB_REPOSITORY")"
git init --quiet --bare "$repository"
fetch=(git -C "$repository" -c protocol.allow=never -c "protocol.${GITHUB_SERVER_URL%%:*}.allow=always"
  -c transfer.fsckObjects=true fetch --quiet --no-tags --no-write-fetch-head
  "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "$BASE" "$HEAD")
if [[ -n "$TOKEN" ]]; then
  # By environment, and not by argument: other processes may read those.
  header="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')"
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" GIT_CONFIG_VALUE_0="$header" \
    GIT_TERMINAL_PROMPT=0 "${fetch[@]}"
else
  GIT_TERMINAL_PROMPT=0 "${fetch[@]}"
fi
unset TOKEN header

code=0
"$ESPALIER" check --repo "$repository" --base "$BASE" --head "$HEAD" --format github \
  --author="$(cat "$work/author")" --pr-body "$work/body" || code=$?
case "$code" in
  0) echo "verdict=pass" >>"$GITHUB_OUTPUT" ;;
  1) echo "verdict=fail" >>"$GITHUB_OUTPUT" ;;
esac
exit "$code"
