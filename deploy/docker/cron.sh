#!/bin/sh
# Runs the lines of a crontab as their time comes, without root and without a file of its own: for containers.
#   cron.sh CRONTAB                        until SIGTERM or SIGINT, which it passes on to what is running
#   cron.sh --due '2026-11-21 03:15' CRONTAB   prints the commands of that minute, and ends
set -euf

main() {
  if [ "${1:-}" = --due ]; then
    due "$3" "$(date -d "$2" '+%-M %-H %-d %-m %w')"
    return
  fi
  [ -r "${1:-}" ] || {
    echo 'mbsync-cron: name a crontab that can be read' >&2
    exit 2
  }
  trap 'stop 143' TERM
  trap 'stop 130' INT
  echo "mbsync-cron: $(grep -c '^[0-9*]' "$1") lines, times are $(date +%Z)"
  while true; do
    # In the background, so that a signal is heard at once.
    sleep $((tick - $(date +%s) % tick)) &
    wait $!
    run_due "$1"
  done
}

# Seconds from one look at the crontab to the next.
tick=${MBSYNC_CRON_TICK:-60}
running=

run_due() {
  forget_ended
  commands=$(due "$1" "$(date '+%-M %-H %-d %-m %w')")
  [ -n "$commands" ] || return 0
  while read -r command; do
    report "$command" &
    running="$running $!"
  done <<COMMANDS
$commands
COMMANDS
}

# Tells how a command ended. It is a session of its own, so that a signal reaches all of its processes.
report() {
  echo "mbsync-cron: $1"
  setsid sh -c "$1" &
  child=$!
  trap 'kill -TERM "-$child"; wait "$child" || true' TERM
  code=0
  wait "$child" || code=$?
  [ "$code" -eq 0 ] || echo "mbsync-cron: ended with $code: $1" >&2
}

# Who is still there: the number of a process that has ended may become that of another.
forget_ended() {
  before=$running running=''
  for process in $before; do
    if kill -0 "$process" 2>/dev/null; then running="$running $process"; fi
  done
}

stop() {
  trap '' TERM INT
  for process in $running; do kill -TERM "$process" 2>/dev/null || true; done
  for process in $running; do wait "$process" || true; done
  exit "$1"
}

# The commands of CRONTAB whose five fields fit a moment, given as minute, hour, day, month and weekday.
due() {
  read -r minute hour day month weekday <<MOMENT
$2
MOMENT
  while read -r a b c d e command; do
    case $a in '' | '#'*) continue ;; esac
    if fits "$a" "$minute" && fits "$b" "$hour" && fits "$c" "$day" && fits "$d" "$month" && fits "$e" "$weekday"; then
      echo "$command"
    fi
  done <"$1"
}

fits() {
  [ "$1" != '*' ] || return 0
  for part in $(echo "$1" | tr , ' '); do
    [ "${part%-*}" -le "$2" ] && [ "$2" -le "${part#*-}" ] && return 0
  done
  return 1
}

main "$@"
