"""A minute of faults from a seed; `make soak` goes on for longer."""

from pathlib import Path
from tempfile import TemporaryDirectory

from faults.soak import soak
from peers import needs_dovecot

pytestmark = needs_dovecot

SECONDS = 40.0
SEED = 7
WORKERS = 2
CAP = 30  # is reached where the machine is not too busy


def test_a_minute_of_faults_loses_nothing_and_doubles_nothing(models: Path) -> None:
    # Not below pytest's own folder, which is closed to other users, such as Dovecot's.
    with TemporaryDirectory(prefix="buzon-soak-") as folder:
        Path(folder).chmod(0o755)
        found, report = soak(
            Path(folder), models, seconds=SECONDS, seed=SEED, workers=WORKERS, cap=CAP
        )
    print(report)
    assert found.wrong == {}
    assert found.mails > SECONDS / 2
    assert found.handed_in
