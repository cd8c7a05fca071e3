"""Takes the steps of the Dockerfile without an engine, and starts what comes of it as Compose does.

    sudo unshare --mount --propagation private python3 tests/image_by_hand.py PYTHON_BIN URL PORT

Each stage is an overlay over this machine, in which PYTHON_BIN (such as
~/.pyenv/versions/3.13.0/bin) is the Python of the base image; nothing of it stays. The last stage
is then run as compose.yaml says: as user 10001, without capabilities, with a root that can't be
written but for /tmp and the model's folder. URL names a database with Buzón's tables. Not part of
the tests: pip fetches 200 MB.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
HEALTHY_SECONDS = 180


class Stage:
    """The file system of a stage, and what ENV, WORKDIR and USER have said so far."""

    def __init__(self, place: Path, python: str) -> None:
        self.root, self.workdir, self.user = place / "root", "/", ""
        path = f"{python}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.env = {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8"}
        layers = {name: place / name for name in ("upper", "work", "root")}
        for folder in layers.values():
            folder.mkdir(parents=True)
        options = f"lowerdir=/,upperdir={layers['upper']},workdir={layers['work']}"
        mount("-t", "overlay", "overlay", "-o", options, self.root)
        for name in ("/proc", "/dev"):
            mount("--rbind", name, f"{self.root}{name}")
        (self.root / "root").chmod(0o755)  # where pyenv's Python lies, for user 10001 too

    def within(self, path: str) -> Path:
        return self.root / str(Path(self.workdir, path)).lstrip("/")

    def enter(self, *options: str) -> list[str]:
        return ["chroot", str(self.root), "env", "-i", "--chdir", self.workdir, *options,
                *(f"{name}={value}" for name, value in self.env.items())]  # fmt: skip

    def run(self, command: str) -> None:
        subprocess.run([*self.enter(), "sh", "-ec", command], check=True)

    def start(
        self, words: list[str], env: dict[str, str], errors: int | None = None
    ) -> "subprocess.Popen[bytes]":
        """As `read_only`, `cap_drop: [ALL]` and `no-new-privileges` have it."""
        given = [f"{name}={value}" for name, value in env.items()]
        fewer = ["setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups",
                 "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]  # fmt: skip
        return subprocess.Popen([*self.enter(), *given, *fewer, *words], stderr=errors)


def mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"^#.*\n", "", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE)
    found = re.findall(r"^([A-Z]+) (.*)$", re.sub(r"\\\n\s*", " ", lines), flags=re.MULTILINE)
    return [(word, rest.strip()) for word, rest in found]


def build(place: Path, python: str) -> tuple[Stage, list[str]]:
    """The last stage and its entry point."""
    stages: dict[str, Stage] = {}
    stage, entry = Stage(place / "none", python), [""]
    for word, rest in instructions():
        print(f"── {word} {rest}", flush=True)
        if word == "FROM":
            name = rest.partition(" AS ")[2]
            stage = stages[name] = Stage(place / (name or "last"), python)
        elif word == "ENV":
            for name, value in re.findall(r"(\w+)=(\S+)", rest):
                stage.env[name] = value.replace("$PATH", stage.env["PATH"])
        elif word == "WORKDIR":
            stage.workdir = rest
        elif word == "USER":
            stage.user = rest.partition(":")[0]
        elif word == "RUN":
            stage.run(rest)
        elif word == "COPY":
            copy(stages, stage, rest.split())
        elif word == "ENTRYPOINT":
            entry = json.loads(rest)
    return stage, entry


def copy(stages: dict[str, Stage], stage: Stage, words: list[str]) -> None:
    origin = REPOSITORY
    if words[0].startswith("--from="):
        origin = stages[words.pop(0).partition("=")[2]].root
    source, target = origin / words[0].lstrip("/"), stage.within(words[1])
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__") if origin is REPOSITORY else None
        shutil.copytree(source, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def main(python: str, url: str, port: str) -> int:
    place = Path("/mnt")
    mount("-t", "tmpfs", "tmpfs", place)
    stage, entry = build(place, python)
    subprocess.run(["du", "-shc", stage.within("/opt/buzon")], check=True)
    models = stage.within("/var/lib/buzon/models")
    mount("-t", "tmpfs", "-o", f"uid={stage.user},gid={stage.user}", "tmpfs", models)
    mount("-o", "remount,ro", stage.root)
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", stage.root / "tmp")
    env = {"BUZON_DATABASE_URL": url, "BUZON_PORT": port, "BUZON_DATA_DIR": "/tmp/buzon"}  # noqa: S108
    health = json.loads(dict(instructions())["HEALTHCHECK"].partition("CMD ")[2])
    begun = time.monotonic()
    serving = stage.start([*entry, "serve", "--only", "web"], env)
    try:
        while stage.start(health, env, subprocess.DEVNULL).wait() != 0:
            if serving.poll() is not None or time.monotonic() - begun > HEALTHY_SECONDS:
                return 1
            time.sleep(1)
        print(f"Healthy after {time.monotonic() - begun:.0f} s, as user {stage.user}.")
    finally:
        serving.terminate()
        serving.wait(30)
    return serving.returncode


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(*sys.argv[1:]))
