import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from buzon.mail.smtp_connection import UNHEARD_MS, Connection, Server
from peers.smtp_server import SmtpServer


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_is_not_acknowledged_is_given_up_before_others_send_it(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def unheard(port: int) -> int:
        connection = Connection(Server(host="127.0.0.1", port=port, security="none"))
        await connection.ready()
        connected = connection._talk.transport.get_extra_info("socket")
        connection.close()
        return int(connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))

    with SmtpServer() as server, asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(unheard(server.port)) == UNHEARD_MS
