#!/usr/bin/env bash
# package.sh BINARY SOURCE: the Debian package of this binary holds what it should, with modes that the service can work
# with, and comes out the same twice. Nothing is installed.
set -euo pipefail
binary=$1 source=$2
export SOURCE_DATE_EPOCH=1700000000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

mkdir "$work/first" "$work/second"
package=$("$source/scripts/package" "$binary" "$work/first")
"$source/scripts/package" "$binary" "$work/second" >/dev/null
cmp "$package" "$work/second/${package##*/}" || fail "two runs give different bytes"
[ "$(dpkg-deb -f "$package" Package Version)" = "Package: dunlin
Version: $("$binary" version | awk '{print $2}')" ] || fail "name or version: $(dpkg-deb -f "$package")"
dpkg-deb -f "$package" Depends | grep -q 'libc6.*libuv1' || fail "Depends: $(dpkg-deb -f "$package" Depends)"
! dpkg-deb -f "$package" | grep '@[A-Z]*@' || fail "a field is not filled in"

# Mode, owner and path of all that the package cannot do without.
dpkg-deb -c "$package" | awk '{print $1, $2, $6}' > "$work/list"
while read -r line; do
  grep -qxF -- "$line" "$work/list" || fail "not in the package: $line"
done <<'LIST'
-rwxr-xr-x root/root ./usr/bin/dunlin
-rw-r--r-- root/root ./usr/lib/systemd/system/dunlin.service
-rw-r--r-- root/root ./usr/lib/sysusers.d/dunlin.conf
-rw-r--r-- root/root ./etc/default/dunlin
-rw-r--r-- root/root ./etc/dunlin/dunlin.yaml
-rw-r--r-- root/root ./usr/share/bash-completion/completions/dunlin
-rw-r--r-- root/root ./usr/share/doc/dunlin/copyright
-rw-r--r-- root/root ./usr/share/doc/dunlin/changelog.gz
-rw-r--r-- root/root ./usr/share/man/man1/dunlin.1.gz
-rw-r--r-- root/root ./usr/share/doc/dunlin/examples/case-study/dunlin.yaml
-rw-r--r-- root/root ./usr/share/doc/dunlin/examples/kubernetes/daemonset.yaml
LIST

dpkg-deb -R "$package" "$work/root"
(cd "$work/root" && md5sum --quiet -c DEBIAN/md5sums) || fail "md5sums"
(cd "$work/root" && find etc -type f | sed 's#^#/#' | LC_ALL=C sort | diff - DEBIAN/conffiles) || fail "conffiles"
for script in postinst prerm postrm; do
  [ -x "$work/root/DEBIAN/$script" ] || fail "$script is not executable"
  sh -n "$work/root/DEBIAN/$script" || fail "$script"
done
"$work/root/usr/bin/dunlin" check --strict --config "$work/root/etc/dunlin" || fail "the shipped configuration"
