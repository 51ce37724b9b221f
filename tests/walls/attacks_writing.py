"""Writing where a notebook must not.

A write into a private copy is allowed and harms nobody, so these attacks mostly report nothing:
``Scene.changed()`` and ``Scene.planted()`` look at the machine's own files afterwards.
"""

from __future__ import annotations

from tests.walls.attack import ALL, INNER, Probe

__all__ = ["WRITING"]


def _plant(name: str, folder: str) -> Probe:
    """Put a file with a name of this test into a folder."""
    return Probe(name=name, code=f"open({folder} + '/' + scene.planted, 'w').close()")


WRITING = (
    Probe(name="write_data", code="open('../data/werte.txt', 'w').write('geändert')"),
    Probe(name="write_data_by_its_path", code="open(scene.data_file, 'w').write('geändert')"),
    Probe(name="add_to_data", code="open('../data/neu.txt', 'w').write('x')"),
    Probe(
        name="replace_data",
        code="open('../data/neu', 'w').close(); os.replace('../data/neu', '../data/werte.txt')",
    ),
    Probe(name="remove_data", code="os.remove(scene.data_file)"),
    Probe(name="write_home", code="open(scene.home_file, 'w').write('geändert')"),
    _plant("plant_in_home", "os.path.dirname(scene.home_file)"),
    Probe(name="write_results", code="open(scene.results_file, 'w').write('100 Punkte')"),
    Probe(name="truncate_results", code="os.truncate(scene.results_file, 0)"),
    Probe(name="remove_results", code="os.remove(scene.results_file)"),
    Probe(
        name="rename_results",
        code="os.rename(os.path.dirname(scene.results_file), scene.folder + '/weg')",
    ),
    Probe(name="rights_of_results", code="os.chmod(scene.results_file, 0)"),
    Probe(
        name="write_results_through_a_link",
        code="os.symlink(scene.results_file, 'weg'); open('weg', 'w').write('100 Punkte')",
    ),
    Probe(name="write_other_submission", code="open(scene.submission_file, 'a').write('falsch')"),
    Probe(
        name="write_the_box_of_a_sibling",
        code="""
name = f"sibling-{scene.token}.txt"
got = each(lambda p: put(p, "falsch"), [e.path for e in entries() if e.name == name])
""",
    ),
    Probe(name="write_shared_memory", code="open(scene.shm_file, 'w').write('geändert')"),
    _plant("plant_in_shared_memory", "'/dev/shm'"),
    _plant("plant_in_results", "os.path.dirname(scene.results_file)"),
    _plant("plant_in_the_checkout", "scene.checkout"),
    _plant("plant_in_the_reference", "scene.checkout + '/reference'"),
    _plant("plant_in_site_packages", "scene.site_packages"),
    _plant("plant_in_the_standard_library", "os.path.dirname(os.__file__)"),
    _plant("plant_in_the_path", "scene.prefix + '/bin'"),
    _plant("plant_in_usr", "'/usr/lib'"),
    _plant("plant_in_etc", "'/etc'"),
    _plant("plant_in_root", "''"),
    _plant("plant_in_tmp", "'/tmp'"),
    _plant("plant_in_var_tmp", "'/var/tmp'"),
    Probe(name="write_the_interpreter", code="got = writable(scene.python)"),
    Probe(name="write_own_executable", code="got = writable('/proc/self/exe')"),
    Probe(
        name="write_a_loaded_library",
        code="import numpy._core as core\ngot = writable(core._multiarray_umath.__file__)",
    ),
    Probe(name="write_compiled_code", code="import json\ngot = writable(json.__cached__)"),
    Probe(
        name="plant_through_another_root",
        code="""
def plant(pid):
    open(f"/proc/{pid}/root{scene.temporary}/{scene.planted}", "w").close()
each(plant, [1, os.getppid(), scene.victim, *others()])
""",
    ),
    Probe(
        name="write_memory_of_outer_processes",
        code="""
with open(f"/proc/{scene.victim}/mem", "r+b", 0) as file:
    file.seek(scene.victim_address)
    file.write(b"geaendert")
""",
    ),
    Probe(
        name="process_vm_writev",
        code="""
class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(b"geaendert")
mine, other = Span(ctypes.addressof(buffer), 9), Span(scene.victim_address, 9)
syscall("process_vm_writev", scene.victim, ctypes.byref(mine), 1, ctypes.byref(other), 1, 0)
""",
    ),
    Probe(
        name="swap_a_folder_of_the_box",
        code="""
def swapped(name):
    os.rename("../" + name, "../weg")
    return name
got = each(swapped, ["belege", "abgabe", "data", "home", "tmp"])
""",
    ),
    # What lies in the sandbox's own root is memory that nobody counts.
    Probe(
        name="write_the_root_of_the_sandbox",
        code="""
def made(folder):
    open(f"{folder}/{scene.planted}", "w").close()
    return folder
got = each(made, ["/", "/etc", "/run", "/dev", "/mnt", "/boxes", "/warm", "/grader"])
""",
    ),
    Probe(
        name="write_memory_of_the_parent",
        code="""
def opened(pid):
    os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))
    return pid
got = each(opened, [os.getppid()])
""",
        holds=(ALL, INNER),
    ),
)
