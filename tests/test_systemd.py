"""The command beside the systemd unit looks where the unit's service looks."""

import shlex
from pathlib import Path

DEPLOY = Path(__file__).parents[1] / "deploy"


def settings_of(unit: str, name: str) -> list[str]:
    lines = (DEPLOY / unit).read_text().splitlines()
    return [line.removeprefix(f"{name}=") for line in lines if line.startswith(f"{name}=")]


def test_the_command_has_the_service_s_user_settings_and_folders() -> None:
    words = shlex.split((DEPLOY / "buzon.sh").read_text().replace("\\\n", " "), comments=True)
    (environment,) = settings_of("buzon.service", "Environment")
    (file,) = settings_of("buzon.service", "EnvironmentFile")
    (user,) = settings_of("buzon.service", "User")
    (folder,) = settings_of("buzon.service", "WorkingDirectory")
    (mask,) = settings_of("buzon.service", "UMask")
    (start,) = settings_of("buzon.service", "ExecStart")
    assert [word for word in words if word.startswith("--setenv=")] == [
        f"--setenv={each}" for each in environment.split()
    ]
    assert {
        f"--property=EnvironmentFile={file}",
        f"--property=UMask={mask}",
        f"--uid={user}",
        f"--working-directory={folder}",
    } <= set(words)
    assert words[-2:] == [start.removesuffix(" serve"), "$@"]
