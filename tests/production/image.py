"""The image, built from the Dockerfile by buildah, without a container engine.

Only the base stands in: the official Python image comes from a registry, and here its name is given
to a minimal Debian with Debian's own Python of the same release.
"""

import re
import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.production.commands import must
from tests.production.containers import Podman

ROOT = Path(__file__).parent.parent.parent
PLACE = ROOT / ".tools/production"
SUITES = {"3.11": "bookworm", "3.13": "trixie"}
"""The releases of Debian by the Python that they have."""
PACKAGES = "ca-certificates,python3,python3-pip"
BASE = re.compile(r"^FROM (?P<name>python:(?P<python>\d+\.\d+)\S*)", re.MULTILINE)
MACHINES_OWN = ("/etc/pip.conf", "/etc/ssl/certs")
"""What says how this machine reaches the package index; it is lent to the build alone."""
ENGINE = """
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Builder:
    """Builds images into a store of its own."""

    environment: dict[str, str]

    @classmethod
    def made(cls) -> "Builder":
        """Return a builder with its store below the checkout, which is kept from run to run."""
        PLACE.mkdir(parents=True, exist_ok=True)
        return cls(dict(_configured(PLACE)))

    @property
    def podman(self) -> Podman:
        """Return podman on the same store."""
        return Podman(self.environment)

    async def build(self, tag: str, say: Say) -> None:
        """Build the image of the Dockerfile under a tag.

        Raises:
            Failed: that is not possible here.
        """
        base = BASE.search((ROOT / "Dockerfile").read_text(encoding="utf-8"))
        assert base is not None
        if (await self.podman.tries("image", "exists", base["name"])).code:
            say(f"Making a base: Debian {SUITES[base['python']]} in place of {base['name']}.")
            await self._base(base["name"], SUITES[base["python"]])
        say(f"Building {tag} from the Dockerfile.")
        lent = [f"--volume={one}:{one}:ro" for one in MACHINES_OWN if Path(one).exists()]
        await must(
            *("buildah", "bud", "--isolation=chroot", "--network=host", "--layers"),
            *("--pull-never", f"--tag={tag}"),
            *lent,
            f"--volume={PLACE / 'uv.toml'}:/etc/uv/uv.toml:ro",
            str(ROOT),
            env=self.environment,
        )

    async def _base(self, name: str, suite: str) -> None:
        tree, packed = PLACE / "base", PLACE / "base.tar"
        shutil.rmtree(tree, ignore_errors=True)
        made = ("--variant=minbase", f"--include={PACKAGES}", suite, str(tree))
        await must("debootstrap", *made)
        _as_the_official_image(tree)
        await must("tar", "--create", "--file", str(packed), "--directory", str(tree), ".")
        path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        await self.podman("import", "--change", path, str(packed), f"docker.io/library/{name}")
        shutil.rmtree(tree)
        packed.unlink()


def _as_the_official_image(tree: Path) -> None:
    """Put Python where the official image has it, free to install into."""
    for name in ("python", "python3"):
        (tree / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    for forbids in (tree / "usr/lib").glob("python3*/EXTERNALLY-MANAGED"):
        forbids.unlink()
    for package in (tree / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()


def _configured(place: Path) -> Iterator[tuple[str, str]]:
    """Write the configuration of a store in a place; yield the variables that name it."""
    store = f'driver = "{_driver()}"\ngraphroot = "{place}/store"\nrunroot = "{place}/run"\n'
    files = {
        "CONTAINERS_STORAGE_CONF": f"[storage]\n{store}",
        # The base's name is that of the official image, and no registry is ever asked for it.
        "CONTAINERS_REGISTRIES_CONF": 'unqualified-search-registries = ["docker.io"]\n',
        "CONTAINERS_CONF": f"{ENGINE}{_limits()}",
    }
    for name, text in files.items():
        file = place / f"{name.lower()}.toml"
        file.write_text(text, encoding="utf-8")
        yield name, str(file)
    # Certificates are the machine's, as for pip.
    (place / "uv.toml").write_text("native-tls = true\n", encoding="utf-8")


def _driver() -> str:
    """Return how layers are stored: upon each other where Linux can, else as whole copies."""
    can = "overlay" in Path("/proc/filesystems").read_text(encoding="utf-8").split()
    return "overlay" if can else "vfs"


def _limits() -> str:
    """Return limits that this machine may grant: podman's own are more than some may."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]\n'
