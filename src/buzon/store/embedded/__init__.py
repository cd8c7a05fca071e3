"""The PostgreSQL in the box: `Embedded(folder).start()` gives the URL of a database.

server    its life: started, shared and stopped by whoever uses its folder
cluster   its place: the folder, the socket, and what can be seen of its processes
settings  how it is set up for a small machine
account   as whom it runs, since it refuses to run as root
failure   what it says when it fails, in one sentence
system    locks and processes of the operating system
"""

from buzon.store.embedded.server import Embedded

__all__ = ["Embedded"]
