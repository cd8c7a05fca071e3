"""What PostgreSQL or the system says when something fails, as one sentence with what to do."""

from pathlib import Path

from buzon.errors import EmbeddedFailed

WEIGHTY = ("PANIC:", "FATAL:", "error:")
FREE = "Free some disk space and start again."
WRITABLE = "Make the folder writable, or set BUZON_DATA_DIR to another one."
A_FOLDER = "Set BUZON_DATA_DIR to a folder."
KEEPS_MODES = "Set BUZON_DATA_DIR to a folder on a file system that keeps owners and permissions."
ADVICE = {
    "No space left": FREE,
    "quota exceeded": FREE,
    "Read-only": WRITABLE,
    "Permission denied": WRITABLE,
    "Not a directory": A_FOLDER,
    "File exists": A_FOLDER,
    "No such file or directory": A_FOLDER,
    "permissions": KEEPS_MODES,
    "not permitted": KEEPS_MODES,
    "No locks available": "Set BUZON_DATA_DIR to a folder on a disk of this machine.",
    "wrong ownership": "Run Buzón as the user that the folder belongs to.",
}


def explained(folder: Path, said: str) -> EmbeddedFailed:
    """The error that tells of `said`: a log, the output of a program, or an exception's text."""
    reason = _weightiest_line(said).rstrip(".")
    do = next((advice for sign, advice in ADVICE.items() if sign in reason), None)
    return EmbeddedFailed(
        f"The embedded PostgreSQL in {folder} does not work: {reason}.",
        do or "Its postgres.log has more. BUZON_DATABASE_URL can name another PostgreSQL instead.",
    )


def _weightiest_line(said: str) -> str:
    """The first line that PostgreSQL calls an error, without time stamp; else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in lines:
        for mark in WEIGHTY:
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1] if lines else "it ended without a word"
