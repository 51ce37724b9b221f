"""Files planted where the trusted side reads or lists: never followed, never believed.

``capture`` is replaced by a function that puts something else at the place of the evidence. What
it would have to read to get through is a well-formed capture file with the secret in it.
"""

from __future__ import annotations

from tests.walls.attack import ALL, OUTER, Ending, Notebook

__all__ = ["PLANTING"]

_REPLACE = """
import gc, os, socket, struct, json
probe = [o for o in gc.get_objects() if type(o).__name__ == "Probe"][0]
def plant(path):
"""
_HEADER = "b'GRADER1\\n' + struct.pack('<Q', len(head)) + head"

_PLANTS = {
    "symlink": "os.symlink(scene.capture_file, path)",
    "symlink_within": "os.symlink('../abgabe/echt', path)",
    "symlink_to_zeros": "os.symlink('/dev/zero', path)",
    "folder": "os.mkdir(path)",
    "fifo": "os.mkfifo(path)",
    "socket": "socket.socket(socket.AF_UNIX).bind(path)",
    "two_names": "open(path + '-', 'wb').close(); os.link(path + '-', path)",
    "pickle": "open(path, 'wb').write(b'\\x80\\x04cos\\nsystem\\n(S\"touch x\"\\ntR.')",
    "numpy_pickle": "import numpy\n    numpy.save(open(path, 'wb'), [object()], allow_pickle=True)",
    "sparse": "open(path, 'wb').truncate(25_000_000)",
    "nothing": "pass",
    "empty": "open(path, 'wb').close()",
    "long_header": "open(path, 'wb').write(b'GRADER1\\n' + b'\\xff' * 8)",
    "deep_header": "head = b'[' * 200_000\n    open(path, 'wb').write(" + _HEADER + ")",
    "wrong_types": "head = json.dumps({'capture': {'variables': [], 'calls': {}}}).encode()\n"
    "    open(path, 'wb').write(" + _HEADER + ")",
    "objects_as_dtype": "head = json.dumps({'capture': {'variables': {}}, 'blobs':"
    " [['0' * 32, 'O', [1], 8]]}).encode()\n    open(path, 'wb').write(" + _HEADER + " + bytes(8))",
    "endless_shape": "head = json.dumps({'capture': {'variables': {}}, 'blobs':"
    " [['0' * 32, '<f8', [2**62, 2**62], 8]]}).encode()\n"
    "    open(path, 'wb').write(" + _HEADER + " + bytes(8))",
    "negative_shape": "head = json.dumps({'capture': {'variables': {}}, 'blobs':"
    " [['0' * 32, '<f8', [-1], -8]]}).encode()\n"
    "    open(path, 'wb').write(" + _HEADER + " + bytes(8))",
    "path_as_digest": "head = json.dumps({'capture': {'variables': {}}, 'blobs':"
    " [['../../../../weg', '<f8', [1], 8]]}).encode()\n"
    "    open(path, 'wb').write(" + _HEADER + " + bytes(8))",
}


def _plant(name: str, code: str) -> Ending:
    # Cells that plant come one after the other in one kernel; each capture fails by itself.
    return Ending(code=f"{_REPLACE}    {code}\nprobe.capture = plant\n# {name}")


PLANTING = (
    Notebook(
        name="planted_evidence",
        cells=tuple(_plant(name, code) for name, code in _PLANTS.items()),
        problems=("hostile_evidence",),
        works_after=False,
        holds=(ALL, OUTER),
    ),
    Notebook(
        name="odd_names_of_files",
        cells=(
            Ending(
                code=r"""
import os
names = ["zeile\numbruch.png", "ü" * 120, "x" * 255, "‮gnp.exe", "<script>alert(1)<&>.png",
         "$(touch x).png", "-rf", "a'b\"c", "\x1b[31mrot", "C:\\x.png", "..png", ". ."]
for name in [n.encode() for n in names] + [b"\xff\xfe.png", b"\xed\xa0\x80.png"]:
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + bytes(20))
""",
            ),
            Ending(
                code="""
import os
os.symlink(scene.results_file, "bild.png")
os.symlink("/", "wurzel")
os.symlink("schleife", "schleife")
os.symlink("/proc/self/root", "selbst")
os.mkdir("tief.png")
""",
            ),
            Ending(
                code="""
import os, socket
os.link("x" * 255, "zweitname.png")
with open("echt.png", "wb") as file:
    file.write(bytes(10))
os.chmod("echt.png", 0)
server = socket.socket(socket.AF_UNIX)
server.bind("anschluss.png")
""",
            ),
            Ending(
                code="import os\nfor name in ('../abgabe', '../belege', '../home', '../tmp'):\n"
                "    try:\n        os.chmod(name, 0)\n    except OSError:\n        pass",
                statuses=("ok", "error"),
            ),
        ),
        works_after=False,
        holds=(ALL, OUTER),
    ),
    # The probe lists and reads pictures inside the kernel: it must not wait for a writer.
    Notebook(
        name="a_picture_that_is_a_pipe",
        cells=(Ending(code="import os\nos.mkfifo('rohr.png')"),),
        holds=(ALL, OUTER),
    ),
    Notebook(
        name="folders_that_are_hard_to_remove",
        cells=(
            Ending(
                code="""
import os
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
for _ in range(3000):
    os.chdir("..")
""",
                statuses=("ok", "output_limit"),
            ),
            Ending(
                code="""
import os
os.makedirs("fest/innen")
open("fest/innen/datei", "w").close()
os.chmod("fest/innen", 0)
os.chmod("fest", 0)
""",
            ),
        ),
        works_after=False,
        holds=(ALL, OUTER),
    ),
)
