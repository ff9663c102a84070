#!/bin/sh
# Installs the station as a service on a Raspberry Pi or another Debian machine; running it again updates it.
set -eu

usage() {
    cat <<'TEXT'
usage: install-station.sh [--server URL] [--camera pi|usb] [--kiosk] [--dry-run | --root DIR]
       install-station.sh --uninstall [--purge] [--dry-run | --root DIR]

  --server URL   the check-in server; needed the first time
  --camera C     pi (the default on a Raspberry Pi) or usb (elsewhere)
  --kiosk        show the page on an attached display, too
  --uninstall    remove the service and the program; --purge removes saved check-ins, keys and options as well
  --dry-run      say what would be done, and do nothing
  --root DIR     write the files under DIR, and leave the running system alone
TEXT
}

source_dir=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
server='' camera='' kiosk=no action=install purge=no dry=no root=''
while [ $# -gt 0 ]; do
    case $1 in
        --server) server=${2:?--server needs a URL}; shift ;;
        --camera) camera=${2:?--camera needs pi or usb}; shift ;;
        --kiosk) kiosk=yes ;;
        --uninstall) action=uninstall ;;
        --purge) purge=yes ;;
        --dry-run) dry=yes ;;
        --root) root=${2:?--root needs a folder}; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

program=/opt/facecheckin
options=/etc/facecheckin/station.env
units=/etc/systemd/system
state=/var/lib/facecheckin-station
# What a Pi gets from apt: built for its camera stack, and broken by another numpy beside it.
from_apt='numpy simplejpeg'

say() { printf '%s\n' "$*"; }
fail() { printf 'install-station: %s\n' "$*" >&2; exit 1; }

# Changes a file: under --root too.
file() {
    say "+ $*"
    [ "$dry" = yes ] || "$@"
}

# Changes the running system: not under --root.
system() {
    if [ "$dry" = yes ] || [ -n "$root" ]; then say "+ $*"; else say "+ $*"; "$@"; fi
}

is_pi() { grep -qs 'Raspberry Pi' /proc/device-tree/model; }
has_user() { id "$1" >/dev/null 2>&1; }
has_group() { getent group "$1" >/dev/null 2>&1; }

check() {
    case $camera in
        '') if is_pi; then camera=pi; else camera=usb; fi ;;
        pi | usb) ;;
        *) fail "--camera must be pi or usb" ;;
    esac
    case $server in
        '' | http://* | https://*) ;;
        *) fail "--server must look like https://host" ;;
    esac
    case $server in
        *[!A-Za-z0-9:/._~-]*) fail "--server must hold no blank, quote, name or query" ;;
    esac
    if [ -z "$server" ] && [ ! -e "$root$options" ]; then fail "the first time the server is needed: --server URL"; fi
    if [ "$dry" = no ] && [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then fail "run it with sudo"; fi
}

install_packages() {
    packages='python3-venv python3-lgpio'
    [ "$camera" = usb ] || packages="$packages python3-picamera2 python3-numpy python3-simplejpeg"
    [ "$kiosk" = no ] || packages="$packages cage chromium curl fonts-noto-core"
    system apt-get update
    # shellcheck disable=SC2086 # the names are to be split
    system apt-get install -y --no-install-recommends $packages
}

make_user() {
    has_user "$1" || system useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$1"
}

make_users() {
    make_user facecheckin
    for group in video render gpio; do
        ! has_group $group || system usermod --append --groups $group facecheckin
    done
    [ "$kiosk" = yes ] || return 0
    make_user facecheckin-kiosk
    for group in video render input; do
        ! has_group $group || system usermod --append --groups $group facecheckin-kiosk
    done
    system install -d -o facecheckin-kiosk -g facecheckin-kiosk -m 700 /var/lib/facecheckin-kiosk
    system usermod --home /var/lib/facecheckin-kiosk facecheckin-kiosk
}

# The locked packages with their hashes; on a Pi without those that apt has given.
locked() {
    if [ "$camera" = pi ]; then
        awk -v drop="$from_apt" '
            BEGIN { split(drop, names, " "); for (i in names) dropped[names[i]] = 1 }
            /^[^ ]/ { split($1, pin, "=="); keep = !(pin[1] in dropped) }
            keep' "$source_dir/requirements/station.lock"
    else
        cat "$source_dir/requirements/station.lock"
        awk '/^[^ ]/ { keep = /^opencv-python-headless==/ } keep' "$source_dir/requirements/server.lock"
    fi
}

install_program() {
    [ -x "$root$program/venv/bin/python" ] || system python3 -m venv --system-site-packages $program/venv
    lock=$(mktemp)
    trap 'rm -f "$lock"' EXIT
    locked >"$lock"
    say "+ packages: $(sed -n 's/^\([A-Za-z0-9._-]*==[^ ]*\).*/\1/p' "$lock" | tr '\n' ' ')"
    system $program/venv/bin/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r "$lock"
    system $program/venv/bin/python -m pip install --disable-pip-version-check --no-deps --force-reinstall "$source_dir"
}

write_options() {
    if [ -e "$root$options" ]; then
        say "options are kept as they are: $options"
        return 0
    fi
    file install -d -m 755 "$root/etc/facecheckin"
    line="--server $server --camera $camera"
    [ "$kiosk" = no ] || line="$line --kiosk"
    say "+ write $root$options"
    [ "$dry" = yes ] || cat >"$root$options" <<TEXT
# What the station is started with; see: facecheckin-station run --help. Then: systemctl restart facecheckin-station
# Lights, buzzer and button, for example: --lamp-pins 17,27,22 --buzzer-pin 18 --button-pin 23
STATION_OPTIONS="$line"
TEXT
}

install_units() {
    file install -d -m 755 "$root$units"
    file install -m 644 "$source_dir/edge_device/service/facecheckin-station.service" "$root$units/"
    system systemctl daemon-reload
    system systemctl enable facecheckin-station.service
    system systemctl restart facecheckin-station.service
    [ "$kiosk" = yes ] || return 0
    file install -m 644 "$source_dir/edge_device/service/facecheckin-kiosk.service" "$root$units/"
    system systemctl daemon-reload
    system systemctl enable facecheckin-kiosk.service
    system systemctl restart facecheckin-kiosk.service
}

uninstall() {
    for unit in facecheckin-kiosk facecheckin-station; do
        [ -e "$root$units/$unit.service" ] || continue
        system systemctl disable --now $unit.service
        file rm -f "$root$units/$unit.service"
    done
    system systemctl daemon-reload
    file rm -rf "$root$program/venv"
    if [ "$purge" = yes ]; then
        file rm -rf "$root$state" "$root/etc/facecheckin" "$root/var/lib/facecheckin-kiosk"
        for user in facecheckin facecheckin-kiosk; do
            ! has_user $user || system userdel $user
        done
    else
        say "saved check-ins, keys and options are kept: $state, $options (--purge removes them)"
    fi
}

if [ $action = uninstall ]; then
    if [ "$dry" = no ] && [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then fail "run it with sudo"; fi
    uninstall
    exit 0
fi
check
install_packages
make_users
install_program
write_options
install_units
say "Done. See how it is: systemctl status facecheckin-station; journalctl -u facecheckin-station -f"
