#!/usr/bin/env bash
# Registers a revision at a Waypost registry, with the ID token that GitHub gives to the job. action.yml describes the
# inputs, which come as variables. No input is ever a part of a command or of a program: bash passes it on in quotes, and jq
# reads it from the environment.
set -euo pipefail
export LC_ALL=C
umask 077

# Prints a message of a kind (error, warning, notice, debug). Text of others is printed in no other way, because a line that
# begins with "::" would be a command to GitHub's runner.
say() {
  local text=${2//\%/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '::%s title=Waypost::%s\n' "$1" "$text"
}

fail() {
  say error "$1"
  exit 1
}

for tool in curl jq; do
  command -v "$tool" > /dev/null || fail "$tool is not installed on the runner; install it in a step before this one."
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quote() {
  jq --null-input --arg text "$1" '$text'
}

encode() {
  jq --null-input --raw-output --arg text "$1" '$text | @uri'
}

# Ends the step unless the value of an input fits a pattern.
require() {
  [[ $2 =~ $3 ]] || fail "$1 is $(quote "$2"); use $4."
}

# A token is sent over https only, except to the runner itself.
require_inputs() {
  local name='[a-z0-9]+(-[a-z0-9]+)*' end='(:[0-9]+)?(/[A-Za-z0-9._~-]+)*/*$'
  require registry "$registry" "^(https://([A-Za-z0-9.-]+|\\[[0-9a-f:.]+\\])|http://(127\\.0\\.0\\.1|localhost|\\[::1\\]))$end" \
    'a URL that begins with https://, such as https://registry.my-org.example, without a user, a query and a fragment'
  require service "$service" "^$name/$name\$" 'a namespace and a name in lower kebab case, such as my-org/my-service'
  require revision-tag "$tag" '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$' \
    'up to 128 letters, digits, "_", "." and "-" that begin with a letter, a digit or "_"'
  require is-default "${INPUT_IS_DEFAULT:-}" '^(true|false|)$' 'true or false, or leave it out'
  require retry-seconds "$retry_seconds" '^[0-9]{1,4}$' 'a whole number of seconds from 0 to 9999'
}

# Prints the body of the registration, or its problem on stderr.
build_request() {
  jq --null-input --compact-output '
    def given(name): $ENV["INPUT_" + name] // "";
    def refuse(text): text + "\n" | halt_error(1);
    def trimmed: gsub("^\\s+|\\s+$"; "");
    def lines: split("\n") | map(trimmed | select(. != ""));
    def without_empty: with_entries(select(.value != "" and .value != {} and .value != []));
    def pair: capture("^(?<key>[^=]+)=(?<value>.*)$")
      // refuse("labels has the line \(tojson); use NAME=VALUE.");
    def once: if (map(.key) | length == (unique | length)) then .
      else refuse("labels has a name twice; give each name once.") end;
    def endpoint: if startswith("{") then . as $line
        | try fromjson catch ($line | refuse("endpoints has the line \(tojson), which is not JSON; use PROTOCOL=URI or a JSON object."))
      else capture("^(?<protocol>[^=]+)=(?<uri>.*)$")
        // refuse("endpoints has the line \(tojson); use PROTOCOL=URI or a JSON object.") end;
    {
      revision_tag: given("REVISION_TAG"),
      is_default: (given("IS_DEFAULT") | if . == "" then . else fromjson end),
      labels: (given("LABELS") | lines | map(pair) | once | from_entries),
      endpoints: (given("ENDPOINTS") | lines | map(endpoint)),
      description: given("DESCRIPTION"),
      documentation_uri: given("DOCUMENTATION_URI"),
      source: ({ repository: given("REPOSITORY"), commit: given("COMMIT"), image_digest: given("IMAGE_DIGEST") }
        | without_empty)
    } | without_empty'
}

# Sends one request with a bearer token. Sets `status`, which is 000 without an answer, and `failure`, the exit code of curl.
# The token is never in the arguments of a process. An answer that leads elsewhere is not followed.
send() {
  local token=$1 url=$2
  shift 2
  failure=0
  : > "$work/headers"
  : > "$work/body"
  status=$(printf 'Authorization: Bearer %s\n' "$token" | curl --disable --silent --show-error --globoff --connect-timeout 10 --max-time 30 --user-agent waypost-action \
    --header @- --header 'Accept: application/json' --dump-header "$work/headers" --output "$work/body" \
    --write-out '%{http_code}' "$@" "$url" 2> "$work/problem") || failure=$?
}

# Whether the same request can succeed a little later: the server was busy or not ready, or the connection broke (curl: 7 not
# reached, 28 too slow, 52 and 56 no answer). A registration that is sent twice is made once.
can_pass() {
  [[ $status =~ ^(429|502|503|504)$ || $failure =~ ^(7|28|52|56)$ ]]
}

# Prints the value of a header of the last answer. Only a subshell may call it.
header() {
  local name value found=
  shopt -s nocasematch
  while IFS=': ' read -r name value; do
    [[ $name != "$1" ]] || found=${value%$'\r'}
  done < "$work/headers"
  printf '%s' "$found"
}

# Sends a request again until it is answered, for at most `retry_seconds` of pauses in all.
send_patiently() {
  local pause=1 wait
  while send "$@" && can_pass; do
    wait=$(header retry-after)
    [[ $wait =~ ^[0-9]{1,4}$ ]] || wait=$pause
    (( waited + 10#$wait <= 10#$retry_seconds )) || return 0
    printf 'No success yet (status %s), so it is tried again in %s s.\n' "$status" "$((10#$wait))"
    sleep "$((10#$wait))"
    (( waited += 10#$wait, pause = pause < 8 ? pause * 2 : 8, 1 ))
  done
}

# Describes the last answer, which was not a success: its text, its reason and its fields.
describe_answer() {
  local reason
  if (( failure != 0 )); then
    printf '%s cannot be reached; check its address. %s' "$1" "$(head -c 500 "$work/problem")"
    return
  fi
  reason=$(header waypost-reason)
  jq --raw-output --slurp --arg who "$1" --arg status "$status" --arg reason "$reason" '
    .[0] | if (type == "object" and (.error | type) == "string") | not then error("not an error of a registry") else . end
    | .error as $text
    | [ "\($who) answered \($status): \($text)",
        ((.reason // $reason) | select(. != "") | "reason: \(.)"),
        (.fields // [] | .[] | "field \(.field)" + if .description == $text then "" else ": \(.description)" end),
        (.metadata // {} | to_entries[] | "\(.key): \(.value | if type == "string" then . else tojson end)")
      ] | join("\n")' "$work/body" 2> /dev/null ||
    printf '%s answered %s, and not as a registry of Waypost does; check its address.' "$1" "$status"
}

# Sets `token` to an ID token of GitHub for this job, and hides it in the log of the job.
get_token() {
  local url=${ACTIONS_ID_TOKEN_REQUEST_URL:-} secret=${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}
  [[ -n $url && -n $secret ]] || fail 'the job cannot ask for an ID token; give it the permission "id-token: write". A pull request from a fork never gets it.'
  send_patiently "$secret" "$url&audience=$(encode "$audience")"
  token=$(jq --raw-output '.value // ""' "$work/body" 2> /dev/null) || token=
  [[ $token =~ ^[A-Za-z0-9._-]+$ ]] || fail "GitHub gave no ID token (status $status); run the job again."
  printf '::add-mask::%s\n' "$token"
  : > "$work/body"
}

# Registers the revision. Sets `replayed` and `is_default`.
register() {
  build_request > "$work/request" 2> "$work/problem" || fail "$(< "$work/problem")"
  send_patiently "$token" "$url" --header 'Content-Type: application/json' --data-binary @"$work/request"
  [[ $failure == 0 && $status =~ ^20[01]$ ]] || fail "$(describe_answer "$registry")"
  is_default=$(jq --raw-output '
    select("\(.namespace)/\(.name):\(.revision_tag)" == "\($ENV.INPUT_SERVICE):\($ENV.INPUT_REVISION_TAG)")
    | .is_default == true' "$work/body" 2> /dev/null) || is_default=
  [[ -n $is_default ]] || fail "$registry answered $status, and not as a registry of Waypost does; check its address."
  replayed=false
  [[ $status == 201 ]] || replayed=true
}

write_outputs() {
  printf '%s\n' "revision-tag=$tag" "is-default=$is_default" "replayed=$replayed" >> "${GITHUB_OUTPUT:-/dev/null}"
  printf '%s:%s %s.\n' "$service" "$tag" "$(how_registered)"
}

how_registered() {
  if [[ $replayed == true ]]; then printf 'was registered before, with the same content'; else printf 'is registered now'; fi
}

# Writes the default of the service and its reason into the summary of the job. The text is escaped, because people wrote it.
# The step succeeds without this answer, too.
write_summary() {
  send "$token" "$url?explain=true" || true
  {
    printf '### %s:%s\n\n<table>\n' "$service" "$tag"
    row 'This revision' "$(how_registered)"
    if [[ $failure == 0 && $status == 200 ]]; then
      jq --raw-output "$in_summary"'
        row("Default of \(.namespace)/\(.name)"; .revision_tag), row("Why"; .explanation.description // "not known"),
        (.explanation.rejected // [] | .[:5][] | row("Not \(.revision_tag)"; .reason))' "$work/body"
    else
      row 'Default' "$(describe_answer 'The registry')"
    fi
    printf '</table>\n'
  } >> "${GITHUB_STEP_SUMMARY:-/dev/null}" || true
}

in_summary='def row(name; text): "<tr><th>\(name | @html)</th><td>\(text | tostring | gsub("\\s+"; " ") | @html)</td></tr>";'

row() {
  jq --null-input --raw-output --arg name "$1" --arg text "$2" "$in_summary"' row($name; $text)'
}

registry=${INPUT_REGISTRY:-} service=${INPUT_SERVICE:-} tag=${INPUT_REVISION_TAG:-}
retry_seconds=${INPUT_RETRY_SECONDS:-60} waited=0
require_inputs
while [[ $registry == */ ]]; do registry=${registry%/}; done
registry=${registry%/services}
audience=${INPUT_AUDIENCE:-$registry/services}
url=$registry/services/$service
get_token
register
write_outputs
write_summary
