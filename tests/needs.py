"""What tests need that only root can install: programs of Debian, by package. `python -m tests.needs` installs them.

With `--check` nothing is installed; exit status 1 and one line for each thing that is missing, so that no run can look
complete that was not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = {
    "kannel": ("/usr/sbin/bearerbox", "/usr/sbin/smsbox"),
    "kannel-extras": ("/usr/lib/kannel/test/fakesmsc",),
    "gammu": ("/usr/bin/gammu",),
    "gammu-smsd": ("/usr/bin/gammu-smsd", "/usr/share/doc/gammu-smsd/examples"),
    "libdbd-sqlite3": ("/usr/lib/*/dbd/libdbdsqlite3.so",),
    "libfaketime": ("/usr/lib/*/faketime/libfaketime.so.1",),
}
USED_BY = {"libfaketime": "tests/processes: a clock that jumps"}
"""What does not run without a package; without the others it is tests/gateways."""


def missing() -> list[str]:
    """The packages of which something is not there."""
    return [name for name, files in PACKAGES.items() if not all(any(Path("/").glob(one[1:])) for one in files)]


def may_mount() -> bool:
    """Whether a small disk can be mounted: what a full one does is only seen on a real one."""
    with tempfile.TemporaryDirectory(prefix="huzhu-disk-") as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            return False
        subprocess.run(["umount", "-l", place], check=True)
        return True


def install(names: list[str]) -> bool:
    """apt, quietly; what it said is only shown when it failed."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *names]):
        done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
            return False
    return True


def main() -> int:
    names = missing()
    if names and "--check" not in sys.argv and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        install(names)
        names = missing()
    for name in names:
        what = USED_BY.get(name, "tests/gateways")
        print(f"DID NOT RUN for want of {name}: {what} (as root: python -m tests.needs)", file=sys.stderr)
    if not may_mount():
        print("DID NOT RUN for want of root: tests/processes: a full disk", file=sys.stderr)
    return 1 if names and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
