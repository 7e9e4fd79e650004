"""Looks for known vulnerabilities in what production installs: `make audit`.

Exit codes: 0 none is known of any package, 1 some are, 2 not every package could be looked up. The
last is no success: pip-audit itself takes a package that its service does not know for a good one.
"""

import json
import subprocess
import sys

AUDIT = (
    *(sys.executable, "-m", "pip_audit", "--requirement", "requirements-prod.lock"),
    *("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"),
)
SERVICES = ("pypi", "osv")


def main() -> int:
    """Asks each advisory service until one knows every package."""
    for service in SERVICES:
        run = subprocess.run([*AUDIT, "-s", service], capture_output=True, text=True, check=False)  # noqa: S603  # a fixed command
        found = _read(run.stdout)
        unknown = [one["name"] for one in found if "vulns" not in one]
        if found and not unknown:
            return _report(service, found)
        why = f"it does not know {len(unknown)} of {len(found)} packages" if found else "no answer"
        _say(f"audit: not by the service {service}: {why}")
    _say("audit: NOTHING WAS AUDITED. No advisory service answers for every package from here.")
    return 2


def _read(text: str) -> list[dict[str, object]]:
    try:
        found: list[dict[str, object]] = json.loads(text)["dependencies"]
    except ValueError:
        return []
    return found


def _report(service: str, found: list[dict[str, object]]) -> int:
    bad = [one for one in found if one["vulns"]]
    for one in bad:
        _say(f"audit: {one['name']} {one['version']}: {json.dumps(one['vulns'])}")
    _say(f"audit: {len(found)} packages, {len(bad)} of them with known vulnerabilities ({service})")
    return 1 if bad else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
