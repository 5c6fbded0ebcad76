"""A worker that is to end leaves its connections to the one that takes its place."""

import subprocess
import sys

# A process that shares a listening socket with another descriptor of it, as old and new workers do.
_TWO_WORKERS = """
import os, socket
from resolver.handover import leave_sockets

listening = socket.create_server(("127.0.0.1", 0))
listening.setblocking(False)
taken = socket.create_connection(listening.getsockname())
accepted, _ = listening.accept()
if os.fork() == 0:
    leave_sockets()
    waiting = socket.create_connection(taken.getpeername())
    try:
        listening.accept()
        print("the old worker still takes connections")
    except BlockingIOError:
        accepted.sendall(b"answered")
    waiting.close()
    os._exit(0)
os.wait()
print(taken.recv(8).decode())
listening.setblocking(True)
listening.settimeout(10)
listening.accept()
print("the new worker takes the next")
"""


def test_the_old_worker_takes_no_more_connections_and_answers_those_that_it_has() -> None:
    command = [sys.executable, "-c", _TWO_WORKERS]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["answered", "the new worker takes the next"], done.stderr
