"""What `config.load` says of wrong settings; never a secret."""

import pytest

from buzon import config
from buzon.errors import SettingsError

MAILBOX = """
[[mailbox]]
name = "{name}"
host = "imap.example.com"
user = "ventas@example.com"
password = "hunter2"
"""


def refused() -> str:
    with pytest.raises(SettingsError) as caught:
        config.load()
    assert "hunter2" not in str(caught.value)
    return str(caught.value)
