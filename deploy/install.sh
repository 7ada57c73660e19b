#!/bin/sh
# The part of deploy.sh that runs on the server, as root: install.sh install|rollback FILES PROFILE NODE_MIRROR
#
#   /opt/mbsync/versions/…   one folder a version     /srv/mbsync               mbsync.yaml, .env, dumps
#   /opt/mbsync/current      the one that runs        /usr/local/bin/mbsync     starts it
#   /opt/mbsync/previous     the one before           /opt/mbsync/bin/node      what it is started with
set -eu

root=${MBSYNC_ROOT:-}
base=$root/opt/mbsync
home=$root/srv/mbsync
launcher=$root/usr/local/bin/mbsync
units=$root/etc/systemd/system
oldest_node=20.19

say() { echo "• $*"; }

fail() {
  echo "✖ $*" >&2
  exit 1
}

main() {
  action=$1 files=$2 profile=$3 node_mirror=$4
  [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail 'This must run as root'
  case $action in
    install) install_version ;;
    rollback) roll_back ;;
    *) fail "unknown action $action" ;;
  esac
  check_and_schedule
}

install_version() {
  umask 022
  mkdir -p "$base/versions" "$base/bin" "$(dirname "$launcher")"
  ensure_node
  ensure_user
  unpack
  write_home
  write_launcher
  write_units
  switch_to "$base/versions/$version"
  remove_old_versions
}

# A Node that is recent enough, linked as /opt/mbsync/bin/node: cron and systemd need not find it.
ensure_node() {
  for node in "$base/bin/node" "$(command -v node || true)"; do
    if is_recent "$node"; then
      [ "$node" = "$base/bin/node" ] || ln -sfn "$(readlink -f "$node")" "$base/bin/node"
      return
    fi
  done
  download_node
}

is_recent() {
  [ -x "$1" ] && "$1" -e '
    const [have, need] = [process.versions.node, process.argv[1]].map((version) => version.split(".").map(Number))
    process.exit(have[0] > need[0] || (have[0] === need[0] && have[1] >= need[1]) ? 0 : 1)' "$oldest_node" 2>/dev/null
}

download_node() {
  case $(uname -m) in
    x86_64) platform=linux-x64 ;;
    aarch64 | arm64) platform=linux-arm64 ;;
    *) fail "There is no Node $oldest_node or later here, and none to download for $(uname -m): install one" ;;
  esac
  sums=$(fetch "$node_mirror/SHASUMS256.txt") || fail "$node_mirror cannot be reached: install Node $oldest_node or later, or name a mirror with --node"
  line=$(echo "$sums" | grep -- "-$platform.tar.gz\$") || fail "$node_mirror has no Node for $platform"
  name=${line##* }
  say "Installing ${name%.tar.gz}"
  fetch "$node_mirror/$name" >"$files/$name"
  (cd "$files" && echo "$line" | sha256sum -c - >/dev/null 2>&1) || fail "$name does not match its checksum"
  rm -rf "$base/node.new" && mkdir "$base/node.new"
  tar -xzf "$files/$name" -C "$base/node.new" --strip-components=1 --no-same-owner
  rm -rf "$base/node" && mv "$base/node.new" "$base/node"
  ln -sfn "$base/node/bin/node" "$base/bin/node"
}

fetch() {
  if command -v curl >/dev/null; then curl -fsSL "$1"; else wget -qO- "$1"; fi
}

ensure_user() {
  if [ -n "$root" ]; then
    say 'No user is created under --root'
  elif ! id mbsync >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$home" --shell /usr/sbin/nologin mbsync
    say 'Created the user mbsync'
  fi
}

# The folder has the sum of the package in its name, so that what is there is what was sent.
unpack() {
  sum=$(sha256sum "$files/mbsync.tgz" | cut -c1-12)
  number=$(tar -xzOf "$files/mbsync.tgz" package/package.json | sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' | head -n 1)
  version=$number-$sum
  [ ! -d "$base/versions/$version" ] || return 0
  rm -rf "$base/versions/.unpacking" && mkdir "$base/versions/.unpacking"
  tar -xzf "$files/mbsync.tgz" -C "$base/versions/.unpacking" --strip-components=1 --no-same-owner
  works "$base/versions/.unpacking" || fail "mbsync $number does not start here; nothing was switched"
  mv "$base/versions/.unpacking" "$base/versions/$version"
}

works() {
  "$base/bin/node" "$1/bin/mbsync.js" --version >/dev/null
}

write_home() {
  [ -d "$home" ] || write_owned -d -m 0750 "$home"
  keep_or_write "$files/env" "$home/.env" "$base/versions/$version/.env.example"
  keep_or_write "$files/mbsync.yaml" "$home/mbsync.yaml" ''
}

# What is there is left as it is: it may hold what no other copy has.
keep_or_write() {
  given=$1 path=$2 example=$3
  if [ -e "$path" ]; then
    [ ! -e "$given" ] || cmp -s "$given" "$path" || say "$path is left as it is; the file that was given differs from it"
  elif [ -e "$given" ]; then
    write_owned -m 0600 "$given" "$path"
  elif [ -n "$example" ]; then
    write_owned -m 0600 "$example" "$path"
    say "$path must be filled in"
  fi
}

write_owned() {
  if [ -n "$root" ]; then install "$@"; else install -o mbsync -g mbsync "$@"; fi
}

write_launcher() {
  cat >"$launcher.new" <<LAUNCHER
#!/bin/sh
exec "$base/bin/node" "$base/current/bin/mbsync.js" "\$@"
LAUNCHER
  chmod 0755 "$launcher.new"
  mv "$launcher.new" "$launcher"
}

write_units() {
  mkdir -p "$units"
  for unit in "$base/versions/$version"/deploy/systemd/*; do
    name=$(basename "$unit")
    cmp -s "$unit" "$units/$name" || install -m 0644 "$unit" "$units/$name"
  done
  [ -n "$root" ] || systemctl daemon-reload
}

# The old version stays whole until the link has moved, in one step.
switch_to() {
  now=$(readlink "$base/current" || true)
  if [ "$now" = "$1" ]; then
    say "mbsync $(basename "$1") is installed already"
    return
  fi
  [ -z "$now" ] || link "$now" "$base/previous"
  link "$1" "$base/current"
  say "mbsync $(basename "$1") is installed${now:+; the one before it is kept}"
}

link() {
  ln -sfn "$1" "$2.new"
  mv -T "$2.new" "$2"
}

remove_old_versions() {
  for folder in "$base/versions"/*; do
    case $folder in
      "$(readlink "$base/current")" | "$(readlink "$base/previous" || true)") ;;
      *) rm -rf "$folder" ;;
    esac
  done
}

roll_back() {
  before=$(readlink "$base/previous" || true)
  [ -d "$before" ] || fail 'There is no version before this one'
  works "$before" || fail "$(basename "$before") does not start here; nothing was switched"
  switch_to "$before"
}

# A timer that is on stays on; a new one is switched on when `check` has found nothing against it.
check_and_schedule() {
  say "mbsync check $profile"
  status=0
  check || status=$?
  if [ "$status" -ne 0 ]; then
    echo "✖ mbsync is installed, but \`mbsync check $profile\` ended with $status: see above. Correct it in $home and deploy again, which also starts the timer of a first installation." >&2
    exit "$status"
  fi
  if [ -n "$root" ]; then
    say 'No timer is started under --root'
  else
    systemctl enable --now --quiet "mbsync@$profile.timer"
    say "The timer mbsync@$profile.timer is on: systemctl list-timers 'mbsync@*'"
  fi
}

# As cron and systemd would: as its user, from its folder, with next to nothing in the environment.
check() {
  set -- env -i "PATH=$root/usr/local/bin:/usr/bin:/bin" sh -c "cd '$home' && exec mbsync check '$profile'"
  if [ -n "$root" ]; then "$@" </dev/null; else runuser -u mbsync -- "$@" </dev/null; fi
}

main "$@"
