"""The real PostgreSQL, started, shared, killed and started again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from buzon.errors import EmbeddedFailed
from buzon.store.embedded import Embedded, account, cluster, server

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
NAMELESS = 54321

START = """
import sys
from pathlib import Path
from buzon.store.embedded import Embedded
url = Embedded(Path(sys.argv[1])).start()
print(url, flush=True)
"""
# In the background of a shell Ctrl-C is ignored, and Python leaves it at that.
HEAR_CTRL_C = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
START_AND_STAY = HEAR_CTRL_C + START + "sys.stdin.read()"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a server. When the test is over no process of it is left."""
    yield from _guarded(tmp_path / "var")


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """The same, where every user can go."""
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    parent.chmod(0o755)
    yield from _guarded(parent / "var")
    shutil.rmtree(parent)


@pytest.fixture
def embedded(folder: Path) -> Iterator[Embedded]:
    one = Embedded(folder)
    yield one
    one.stop()


def _guarded(folder: Path) -> Iterator[Path]:
    yield folder
    left = _processes(folder)
    _kill(left)
    assert left == []


# ── starting ───────────────────────────────────────────────────────────────────────────────


def test_the_first_start_makes_a_database_that_answers(embedded: Embedded) -> None:
    url = embedded.start()
    assert embedded.alive()
    assert embedded.version.startswith("18.")
    assert _one(url, "SELECT current_database()") == "buzon"
    assert (embedded.folder / "postgres-18" / "PG_VERSION").read_text() == "18\n"


def test_data_survives_a_stop(embedded: Embedded) -> None:
    _run(embedded.start(), "CREATE TABLE mails AS SELECT 'hola' AS text")
    embedded.stop()
    assert not embedded.alive()
    assert _one(embedded.start(), "SELECT text FROM mails") == "hola"


def test_the_server_is_durable_checked_and_closed_to_the_network(embedded: Embedded) -> None:
    url = embedded.start()
    shown = {
        name: _one(url, f"SHOW {name}")
        for name in ("fsync", "synchronous_commit", "data_checksums", "listen_addresses")
    }
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "",
    }
    assert (embedded.folder / "run").stat().st_mode & 0o777 == 0o700


def test_no_row_gets_into_the_server_s_log(embedded: Embedded) -> None:
    url = embedded.start()
    _run(url, "CREATE TABLE mails (id bigint, text text UNIQUE)")
    _run(url, "INSERT INTO mails VALUES (1, 'CUERPO')")
    with psycopg.connect(url, autocommit=True) as db:
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("INSERT INTO mails VALUES (1, 'CUERPO')")
        with (
            pytest.raises(psycopg.errors.UniqueViolation),
            db.cursor() as cursor,
            cursor.copy("COPY mails FROM STDIN") as copy,
        ):
            copy.write_row((2, "CUERPO"))
    told = (embedded.folder / "postgres.log").read_text()
    assert told.count("duplicate key") == 2
    assert "CUERPO" not in told


def test_texts_of_any_language_change_case_and_sort_by_code_point(embedded: Embedded) -> None:
    url = embedded.start()
    assert _one(url, "SELECT lower('CAMIÓN ÑANDÚ ÜBER')") == "camión ñandú über"
    assert _one(url, "SELECT 'ÁRBOL' ILIKE 'árbol'") is True
    assert _one(url, "SELECT 'Zaragoza' < 'álava'") is True
    assert _one(url, "SELECT to_tsvector('spanish', 'CAMIÓN')::text") == "'camion':1"


def test_a_folder_with_a_long_and_strange_path_will_do(tmp_path: Path) -> None:
    long = tmp_path / ("el buzón de ventas, «España» % ' " * 3) / ("x" * 120)
    assert len(str(long)) > 200
    for folder in _guarded(long):
        one = Embedded(folder)
        url = one.start()
        again = Embedded(folder)
        assert again.start() == url
        one.stop()
        _run(url, "SELECT 1")
        socket_folder = Path(psycopg.conninfo.conninfo_to_dict(url)["host"])
        assert socket_folder.stat().st_mode & 0o777 == 0o700
        again.stop()
        assert not socket_folder.exists()


def test_a_folder_that_somebody_planted_for_the_socket_is_refused(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    one = Embedded(long)
    long.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    planted = one.socket_folder
    planted.symlink_to(elsewhere)
    try:
        with pytest.raises(EmbeddedFailed, match="is not a folder of ours alone"):
            one.start()
    finally:
        planted.unlink()
    assert _processes(long) == []


def test_only_the_programs_of_the_wheel_are_used_not_its_code(folder: Path) -> None:
    script = START + "print([name for name in sys.modules if 'pgserver' in name])"
    assert _python(script, folder).stdout.splitlines()[1] == "[]"
    _join_and_stop(folder)


# ── as whom ────────────────────────────────────────────────────────────────────────────────


def test_it_starts_below_a_folder_that_nobody_else_may_enter(tmp_path: Path) -> None:
    private = tmp_path / "root"
    private.mkdir(mode=0o700)
    for folder in _guarded(private / "var"):
        one = Embedded(folder)
        _run(one.start(), "SELECT 1")
        assert (folder / "postgres-18").stat().st_uid == os.geteuid()
        one.stop()


@pytest.mark.parametrize("uid", [1, NAMELESS])
def test_it_starts_for_an_ordinary_user_with_or_without_a_name(folder: Path, uid: int) -> None:
    namespace = ["unshare", "--user", f"--map-user={uid}", f"--map-group={uid}"]
    started = _python(START, folder, prefix=namespace)
    assert started.stderr == ""
    _join_and_stop(folder)


@AS_ROOT
def test_root_without_user_namespaces_hands_it_to_an_unprivileged_user(
    public_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_namespace", lambda: None)
    one = Embedded(public_folder)
    _run(one.start(), "CREATE TABLE mails AS SELECT 'hola' AS text")
    owner = (public_folder / "postgres-18").stat().st_uid
    assert owner != 0
    assert _owners(public_folder) == {owner}
    one.stop()
    monkeypatch.undo()
    later = Embedded(public_folder)
    assert _one(later.start(), "SELECT text FROM mails") == "hola"
    assert _owners(public_folder) == {owner}
    later.stop()


@AS_ROOT
def test_root_runs_it_as_the_user_that_the_folder_belongs_to(public_folder: Path) -> None:
    public_folder.mkdir()
    os.chown(public_folder, 1, 1)
    one = Embedded(public_folder)
    one.start()
    one.stop()
    assert {path.lstat().st_uid for path in public_folder.rglob("*")} == {1}


@AS_ROOT
def test_root_is_told_what_to_do_when_the_unprivileged_user_cant_get_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_namespace", lambda: None)
    private = tmp_path / "root"
    private.mkdir(mode=0o700)
    with pytest.raises(EmbeddedFailed, match=r"can't reach .* Run Buzón as an ordinary user"):
        Embedded(private / "var").start()


# ── killed ─────────────────────────────────────────────────────────────────────────────────


def test_a_killed_postmaster_is_started_again_with_all_its_data(embedded: Embedded) -> None:
    url = embedded.start()
    _run(url, "CREATE TABLE mails AS SELECT 'hola' AS text")
    assert embedded.ensure() is False
    _kill([_postmaster(embedded)])
    assert embedded.ensure() is True
    assert embedded.ensure() is False
    assert _one(url, "SELECT text FROM mails") == "hola"


def test_a_server_that_was_stopped_on_purpose_stays_down(embedded: Embedded) -> None:
    embedded.start()
    embedded.stop()
    assert embedded.ensure() is False
    assert not embedded.alive()


def test_stale_files_that_name_a_living_stranger_are_swept_away(embedded: Embedded) -> None:
    url = embedded.start()
    postmaster = _postmaster(embedded)
    _kill(_processes(embedded.folder))
    for stale in (embedded.data / "postmaster.pid", embedded.folder / "run/.s.PGSQL.5432.lock"):
        lines = stale.read_text().replace(f"{postmaster}\n", f"{os.getpid()}\n", 1)
        stale.write_text(lines)
    assert not embedded.alive()
    later = Embedded(embedded.folder)
    assert later.start() == url
    _run(url, "SELECT 1")
    later.stop()
    assert embedded.alive()  # the first one still counts as a user


def test_a_busy_backend_without_its_postmaster_is_ended_first(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ORPHAN_SECONDS", 0.3)
    client = psycopg.connect(embedded.start())
    try:
        orphan = client.info.backend_pid
        client.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
        _kill([_postmaster(embedded)])
        assert orphan in _processes(embedded.folder)
        assert embedded.ensure() is True
        assert orphan not in _processes(embedded.folder)
    finally:
        client.close()


def test_data_in_use_by_processes_that_cant_be_seen_is_left_alone(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ORPHAN_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "commands", lambda: iter([]))
    embedded.folder.mkdir()
    held = embedded.open("postgres.alive")
    assert server.try_lock(held)
    try:
        with pytest.raises(EmbeddedFailed, match="Another container"):
            embedded.start()
    finally:
        os.close(held)


def test_a_server_whose_python_was_killed_is_used_again(folder: Path) -> None:
    with _staying(folder) as other:
        other.kill()
    before = _processes(folder)
    one = Embedded(folder)
    one.start()
    assert _postmaster(one) in before
    one.stop()
    assert not one.alive()


def test_it_outlives_ctrl_c_and_holds_nobodys_output_open(folder: Path) -> None:
    one = Embedded(folder)
    with _staying(folder, start_new_session=True) as other:
        before = _postmaster(one)
        assert os.getsid(before) == before  # a terminal's Ctrl-C goes to its own session only
        os.killpg(other.pid, signal.SIGINT)
        other.wait()
        assert other.stdout is not None
        assert other.stdout.read() == ""  # ends only when nobody has it open
    one.start()
    assert _postmaster(one) == before
    one.stop()


@pytest.mark.parametrize("orphaned", [True, False])
def test_an_initdb_that_was_killed_is_done_again(folder: Path, orphaned: bool) -> None:
    command = [sys.executable, "-c", START, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as other:
        unfinished = folder / "postgres-18.new"
        while not (unfinished / "global").exists():
            assert other.poll() is None
        other.kill()
    if not orphaned:
        _kill([pid for pid, command in cluster.commands() if str(unfinished) in command])
    assert not (folder / "postgres-18").exists()
    one = Embedded(folder)
    _run(one.start(), "SELECT 1")
    assert not unfinished.exists()
    one.stop()


# ── shared ─────────────────────────────────────────────────────────────────────────────────


def test_two_users_share_one_server_and_the_last_one_out_stops_it(folder: Path) -> None:
    check, serve = Embedded(folder), Embedded(folder)
    url = check.start()
    assert serve.start() == url
    check.stop()
    assert serve.alive()
    _run(url, "SELECT 1")
    serve.stop()
    assert not serve.alive()
    assert _processes(folder) == []


def test_two_processes_share_it_too(embedded: Embedded) -> None:
    with _staying(embedded.folder) as other:
        url = embedded.start()
        other.communicate()
    _run(url, "SELECT 1")


def test_a_copied_folder_is_never_taken_for_the_one_it_was_copied_from(
    embedded: Embedded, tmp_path: Path
) -> None:
    embedded.start()
    _kill(_processes(embedded.folder))  # so that it leaves its postmaster.pid
    for folder in _guarded(tmp_path / "copy"):
        shutil.copytree(embedded.data, folder / "postgres-18")
        embedded.ensure()
        copy = Embedded(folder)
        assert not copy.alive()
        assert _one(copy.start(), "SHOW data_directory") == str(folder / "postgres-18")
        copy.stop()
    assert embedded.alive()


# ── refused ────────────────────────────────────────────────────────────────────────────────


def test_a_database_of_another_major_version_is_refused(embedded: Embedded) -> None:
    embedded.start()
    embedded.stop()
    (embedded.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedFailed, match="made by PostgreSQL 17; this is PostgreSQL 18"):
        embedded.start()
    embedded.data.rename(embedded.folder / "postgres-17")
    with pytest.raises(EmbeddedFailed, match="made by PostgreSQL 17; this is PostgreSQL 18"):
        embedded.start()
    assert not embedded.data.exists()


def test_a_path_below_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedFailed) as refused:
        Embedded(tmp_path / "file" / "var").start()
    assert str(refused.value) == (
        f"The embedded PostgreSQL in {tmp_path}/file/var does not work: "
        f"Not a directory: {tmp_path}/file/var. Set BUZON_DATA_DIR to a folder."
    )


def test_a_folder_that_may_not_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    namespace = ["unshare", "--user", "--map-user=1", "--map-group=1"]  # root may write anywhere
    told = _python(START, closed / "var", prefix=namespace)
    assert told.stderr.splitlines()[-1] == (
        f"buzon.errors.EmbeddedFailed: The embedded PostgreSQL in {closed}/var does not work: "
        f"Permission denied: {closed}/var. "
        "Make the folder writable, or set BUZON_DATA_DIR to another one."
    )


@pytest.mark.parametrize("megabytes", [10, 45])
def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path, megabytes: int) -> None:
    """10 MB are too few for initdb; 45 MB are enough for it, but then comes another file."""
    script = f"""
import subprocess, sys
from pathlib import Path
from buzon.errors import EmbeddedFailed
from buzon.store.embedded import Embedded
mount = ["mount", "-t", "tmpfs", "-o", "size={megabytes}m", "tmpfs", sys.argv[1]]
subprocess.run(mount, check=True)
one = Embedded(Path(sys.argv[1]) / "var")
try:
    one.start()
    one.stop()
    with open(sys.argv[1] + "/film", "wb", buffering=0) as film:
        while True:
            film.write(bytes(1024))
except OSError:
    pass
except EmbeddedFailed as error:
    print(error)
    sys.exit()
try:
    one.start()
except EmbeddedFailed as error:
    print(error)
"""
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    told = _python(script, tmp_path, prefix=namespace)
    assert "No space left on device" in told.stdout, told.stderr
    assert told.stdout.endswith("Free some disk space and start again.\n")
    assert told.stdout.count("\n") == 1


def test_a_server_that_dies_at_once_is_quoted(folder: Path) -> None:
    with pytest.raises(EmbeddedFailed, match=r"invalid value for parameter .*shared_buffers"):
        Embedded(folder, settings={"shared_buffers": "much"}).start()


def test_a_large_log_is_put_aside_at_the_next_start(embedded: Embedded) -> None:
    embedded.folder.mkdir()
    embedded.log.write_bytes(b"x" * (server.LOG_BYTES + 1))
    embedded.start()
    assert embedded.log.stat().st_size < 10_000
    assert (embedded.folder / "postgres.log.1").stat().st_size == server.LOG_BYTES + 1


def test_no_statement_gets_into_the_log(embedded: Embedded) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        _run(embedded.start(), "SELECT 1/0 AS secret_of_a_customer")
    assert "division by zero" in embedded.log.read_text()
    assert "secret_of_a_customer" not in embedded.log.read_text()


# ── helpers ────────────────────────────────────────────────────────────────────────────────


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(statement)


def _one(url: str, query: str) -> object:
    with psycopg.connect(url) as db:
        row = db.execute(query).fetchone()
        assert row is not None
        return row[0]


def _postmaster(embedded: Embedded) -> int:
    return int((embedded.data / "postmaster.pid").read_text().splitlines()[0])


def _processes(folder: Path) -> list[int]:
    """Living processes that work in the server's data folder, as the kernel has it."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _kill(pids: list[int]) -> None:
    """kill -9, and wait until the kernel has taken what they held."""
    for pid in pids:
        with suppress(ProcessLookupError):  # those of a server end with it
            os.kill(pid, signal.SIGKILL)
    while any(_holds_anything(pid) for pid in pids):
        time.sleep(0.01)


def _holds_anything(pid: int) -> bool:
    try:
        return bool(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return False


def _python(
    script: str, folder: Path, prefix: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*(prefix or []), sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def _staying(folder: Path, **options: bool) -> subprocess.Popen[str]:
    """Another Python that has started the server, and stays until its input ends."""
    command = [sys.executable, "-c", START_AND_STAY, str(folder)]
    pipe = subprocess.PIPE
    other = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **options)
    assert other.stdout is not None
    assert other.stdout.readline().startswith("postgresql://")
    return other


def _join_and_stop(folder: Path) -> None:
    one = Embedded(folder)
    _run(one.start(), "SELECT 1")
    one.stop()


def _owners(folder: Path) -> set[int]:
    """Whose the server's processes are; one that has just ended says nothing."""
    found = set()
    for pid in _processes(folder):
        with suppress(FileNotFoundError):
            found.add(Path(f"/proc/{pid}").stat().st_uid)
    return found
