#!/bin/sh
# Installs or upgrades mbsync on a server, over ssh: see docs/DEPLOYMENT.md.
set -eu

usage() {
  cat <<'USAGE'
Usage: deploy/deploy.sh [options] user@host
       deploy/deploy.sh [options] --root DIR

Installs mbsync on a Linux server with systemd, or upgrades it. The user must be root, or may use sudo without a password.
Asked again, it changes nothing that is as it should be.

  --root DIR       install on this machine, with DIR in place of /; no user is created and no timer started
  --tarball FILE   install this package, as `npm pack` wrote it, and do not pack the sources
  --env FILE       becomes /srv/mbsync/.env if there is none yet
  --config FILE    becomes /srv/mbsync/mbsync.yaml if there is none yet
  --profile NAME   the profile that the timer runs; prod-to-staging unless given
  --node URL       where Node is downloaded from if the server lacks it; https://nodejs.org/dist/latest-v24.x unless given
  --rollback       go back to the version before
  --help           print this help

It ends with the exit status of `mbsync check`, with 1 if it could not install, and with 2 if it was called wrongly.
USAGE
}

fail() {
  echo "deploy: $2" >&2
  exit "$1"
}

main() {
  host='' root='' tarball='' env_file='' config_file='' profile=prod-to-staging action=install
  node_mirror=https://nodejs.org/dist/latest-v24.x
  while [ $# -gt 0 ]; do
    case $1 in
      --root | --tarball | --env | --config | --profile | --node)
        [ $# -ge 2 ] || fail 2 "$1 needs a value"
        set_option "$1" "$2"
        shift
        ;;
      --rollback) action=rollback ;;
      --help)
        usage
        exit 0
        ;;
      -*) fail 2 "unknown option $1; --help shows what there is" ;;
      *)
        [ -z "$host" ] || fail 2 "one host at a time: $host or $1"
        host=$1
        ;;
    esac
    shift
  done
  [ -n "$host$root" ] || fail 2 'where to? Give user@host, or --root DIR'
  [ -z "$host" ] || [ -z "$root" ] || fail 2 'give user@host or --root DIR, not both'
  case $profile in
    *[!A-Za-z0-9_.-]*) fail 2 "a profile that systemd runs is named with letters, digits, dots, dashes and underscores alone" ;;
  esac
  case $node_mirror in
    *[!A-Za-z0-9_.:/-]*) fail 2 "$node_mirror is no URL of a mirror" ;;
  esac

  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ "$action" = install ]; then collect_files; else collect_installer; fi
  run_there
}

set_option() {
  case $1 in
    --root)
      mkdir -p "$2"
      root=$(cd "$2" && pwd)
      ;;
    --tarball) tarball=$2 ;;
    --env) env_file=$2 ;;
    --config) config_file=$2 ;;
    --profile) profile=$2 ;;
    --node) node_mirror=$2 ;;
  esac
}

# Everything that travels, in one folder: the package, the installer that it holds, and first configuration files.
collect_files() {
  umask 077
  mkdir "$work/files"
  if [ -z "$tarball" ]; then
    echo 'Packing…'
    (cd "$(dirname "$0")/.." && npm pack --silent --pack-destination "$work" >&2) || fail 1 'npm pack failed'
    tarball=$(echo "$work"/mbsync-*.tgz)
  fi
  [ -r "$tarball" ] || fail 1 "$tarball cannot be read"
  cp "$tarball" "$work/files/mbsync.tgz"
  tar -xzf "$tarball" -C "$work/files" --strip-components=2 package/deploy/install.sh || fail 1 "$tarball is not a package of mbsync"
  [ -z "$env_file" ] || cp "$env_file" "$work/files/env" || fail 1 "$env_file cannot be read"
  [ -z "$config_file" ] || cp "$config_file" "$work/files/mbsync.yaml" || fail 1 "$config_file cannot be read"
}

collect_installer() {
  mkdir "$work/files"
  cp "$(dirname "$0")/install.sh" "$work/files"
}

# One connection: the files on its standard input, then the installer. They hold credentials, so none but root reads them there.
run_there() {
  command="action=$action; profile=$profile; node_mirror=$node_mirror
$(on_arrival)"
  status=0
  if [ -n "$root" ]; then
    tar -cf - -C "$work/files" . | MBSYNC_ROOT=$root sh -c "$command" || status=$?
  else
    # shellcheck disable=SC2029 # The command is made here, on purpose.
    tar -cf - -C "$work/files" . | ssh "$host" "$command" || status=$?
  fi
  exit "$status"
}

on_arrival() {
  cat <<'COMMAND'
set -eu
umask 077
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
tar -xf - -C "$files"
as_root=
[ "$(id -u)" = 0 ] || [ -n "${MBSYNC_ROOT:-}" ] || as_root='sudo -n'
$as_root sh "$files/install.sh" "$action" "$files" "$profile" "$node_mirror"
COMMAND
}

main "$@"
