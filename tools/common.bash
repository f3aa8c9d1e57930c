# Sourced by the bash tools: their usage, and one of them at a time where they would disturb another.

TOOL=$(realpath "$0")
readonly TOOL

# Prints the comment at the head of the tool that runs.
usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$TOOL"
}

# wrong_usage TEXT: says what is wrong, and ends with 2.
wrong_usage() {
  printf '%s: %s\n\n' "${TOOL##*/}" "$1" >&2
  usage >&2
  exit 2
}

# For a tool that only knows --help.
take_no_arguments() {
  if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    usage
    exit 0
  fi
  (($# == 0)) || wrong_usage "unknown argument: $1"
}

# hold_lock FILE: waits until no other process has it. It is held until this process and those it
# started have ended; a child that may live longer is started with 9>&-.
hold_lock() {
  mkdir -p "$(dirname "$1")"
  exec 9>>"$1"
  if ! flock -n 9; then
    printf '%s: another one is at work (%s); waiting until it ends\n' "${TOOL##*/}" "$1" >&2
    flock 9
  fi
}
