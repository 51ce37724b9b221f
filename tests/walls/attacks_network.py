"""Reaching anything outside by a socket. The listeners count who came."""

from __future__ import annotations

from tests.walls.attack import ALL, Probe

__all__ = ["NETWORK"]

NETWORK = (
    Probe(
        name="tcp_to_loopback",
        code="got = secret(socket.create_connection(('127.0.0.1', scene.tcp_port), 1).recv(99))",
        control=True,
    ),
    Probe(
        name="tcp_by_a_mapped_address",
        code="""
with socket.socket(socket.AF_INET6) as client:
    client.settimeout(1)
    client.connect(("::ffff:127.0.0.1", scene.tcp_port))
    got = secret(client.recv(99))
""",
        control=True,
    ),
    Probe(
        name="tcp_from_a_child_process",
        code="""
import sys
connect = f"socket.create_connection(('127.0.0.1', {scene.tcp_port}), 1)"
got = secret(shell(sys.executable, "-c", f"import socket; print({connect}.recv(99))"))
""",
        control=True,
    ),
    Probe(
        name="udp_to_loopback",
        code="""
with socket.socket(type=socket.SOCK_DGRAM) as client:
    client.settimeout(0.5)
    client.sendto(b"?", ("127.0.0.1", scene.udp_port))
    got = secret(client.recv(99))
""",
        control=True,
    ),
    Probe(
        name="abstract_socket",
        code="""
with socket.socket(socket.AF_UNIX) as client:
    client.settimeout(1)
    client.connect(scene.abstract)
    got = secret(client.recv(99))
""",
        control=True,
    ),
    Probe(
        name="socket_with_a_path",
        code="""
with socket.socket(socket.AF_UNIX) as client:
    client.settimeout(1)
    client.connect(scene.socket_file)
    got = secret(client.recv(99))
""",
        control=True,
    ),
    Probe(
        name="socket_of_the_home",
        code="""
with socket.socket(socket.AF_UNIX) as client:
    client.settimeout(1)
    client.connect(scene.home_socket)
    got = secret(client.recv(99))
""",
        control=True,
    ),
    Probe(
        name="tcp_of_a_sibling",
        code="got = socket.create_connection(('127.0.0.1', scene.sibling_port), 1)",
        control=True,
    ),
    Probe(
        name="abstract_socket_of_a_sibling",
        code="""
with socket.socket(socket.AF_UNIX) as client:
    client.settimeout(1)
    client.connect(scene.sibling_abstract)
    got = secret(client.recv(99))
""",
        control=True,
    ),
    Probe(
        name="kernel_sockets_of_siblings",
        code="""
from ipykernel.connect import get_connection_file
mine = os.path.realpath(os.path.dirname(get_connection_file()))
def foreign(entry):
    folder = os.path.realpath(os.path.dirname(entry.path))
    known = folder in (mine, scene.folder) or "canary" in entry.name
    return stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode) and not known
def talk(entry):
    if foreign(entry):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(entry.path)
        return entry.path
got = each(talk, entries())
""",
        control=True,
    ),
    Probe(
        name="names_of_sockets",
        code="got = [l for l in open('/proc/net/unix') if scene.token in l or scene.folder in l]",
        control=True,
    ),
    Probe(
        name="network_interfaces",
        code="""
names = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
got = [name for name in names if name != "lo"]
""",
    ),
    Probe(
        name="a_route_outside",
        code="""
with socket.socket(type=socket.SOCK_DGRAM) as client:
    client.connect(("192.0.2.1", 9))
    got = client.getsockname()
""",
    ),
    Probe(name="raw_socket", code="got = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
    Probe(name="packet_socket", code="got = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)"),
    # A network namespace does not hold vsock back: a virtual machine's host would be reachable.
    Probe(
        name="socket_to_the_hypervisor",
        code="got = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
        holds=(ALL,),
    ),
    Probe(
        name="sockets_of_the_warm_process",
        code="""
def kind(number):
    with socket.socket(fileno=os.dup(number)) as made:
        return made.type == socket.SOCK_SEQPACKET and number
got = each(kind, inherited)
""",
    ),
)
