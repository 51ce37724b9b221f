"""Messages that a kernel in hostile hands sends to whoever drives it.

A student's code has the kernel's key and its sockets. No layer helps here, only the trusted side.
"""

from __future__ import annotations

from tests.walls.attack import ALL, Ending, Notebook

__all__ = ["MESSAGES"]

_FORGE = """
import json, time
kernel = get_ipython().kernel
session, parent = kernel.session, kernel.get_parent()
def signed(*parts):
    parts = [p if isinstance(p, bytes) else json.dumps(p).encode() for p in parts]
    return [b"<IDS|MSG>", session.sign(parts), *parts]
def shout(kind, content, before=None, metadata={}, buffers=()):
    header = session.msg_header(kind) if isinstance(kind, str) else kind
    before = parent["header"] if before is None else before
    frames = signed(json.loads(json.dumps(header, default=str)),
                    json.loads(json.dumps(before, default=str)), metadata, content)
    raw([b"kernel.x", *frames, *buffers])
def raw(frames):
    kernel.iopub_thread.send_multipart(frames)
def answer(kind, content, before=None):
    header = json.loads(json.dumps(session.msg_header(kind), default=str))
    before = json.loads(json.dumps(before or parent["header"], default=str))
    frames = [*identities, *signed(header, before, {}, content)]
    stream = kernel.shell_stream
    stream.io_loop.add_callback(lambda: stream.socket.send_multipart(frames))
identities = kernel.get_parent and kernel._shell_parent_ident.get()
identities = identities if isinstance(identities, list) else [identities]
DEEP = b"[" * 200_000 + b"]" * 200_000
def deep(name):
    return b'{"' + name + b'": ' + DEEP + b"}"
"""

_ANY = ("ok", "error", "timeout", "kernel_died", "output_limit")


def _messages(name: str, *codes: str, works_after: bool = True, seconds: float = 3.0) -> Notebook:
    cells = tuple(Ending(code=f"{_FORGE}\n{c}\ntime.sleep(0.3)", statuses=_ANY) for c in codes)
    return Notebook(
        name=name,
        cells=cells,
        works_after=works_after,
        seconds=seconds,
        holds=(ALL,),
    )


MESSAGES = (
    _messages(
        "forged_signature_and_size",
        "frames = signed(session.msg_header('status'), {}, {}, {}) if 0 else None\n"
        "raw([b'x', b'<IDS|MSG>', b'0' * 64, b'{}', b'{}', b'{}', b'{}'])",
        "shout('stream', {'name': 'stdout', 'text': 'x' * 20_000_000})",
        "shout('stream', deep(b'text'))",
    ),
    _messages(
        "deep_json_everywhere",
        "raw([b'x', *signed(DEEP, {}, {}, {})])",
        "raw([b'x', *signed({}, DEEP, {}, {})])",
        "answer('execute_reply', deep(b'status'))",
    ),
    _messages(
        "frames_of_the_wrong_number",
        "raw([])\nraw([b''])\nraw([b'<IDS|MSG>'])",
        "raw([b'x', b'<IDS|MSG>', session.sign([]), b'{}'])",
        "raw([b'x'] * 1000)",
    ),
    _messages(
        "content_of_the_wrong_kind",
        "for content in ([], None, 'text', 7, [{}], True): shout('stream', content)",
        "for content in ([], None, 'text', 7, [{}], True): shout('execute_result', content)",
        "for content in ([], None, 'text', 7, [{}], True): shout('status', content)",
    ),
    _messages(
        "fields_of_the_wrong_kind",
        "for text in (None, 7, [], {}, [['x']], b'x'.hex): "
        "shout('stream', {'name': 7, 'text': text if not callable(text) else 1e999})",
        "for data in (None, 7, [], 'x', {'image/png': 7}, {'text/plain': {}}, {'text/html': [7]},"
        " {'image/png': ['x', 7]}, {'': None}, {'text/plain': None}):\n"
        "    shout('display_data', {'data': data, 'metadata': {}})\n"
        "    shout('display_data', {'data': data})\n"
        "    shout('execute_result', {'data': data, 'metadata': 7, 'execution_count': 'x'})",
        "for lines in (None, 7, 'x', [7], [None], {}): "
        "shout('error', {'ename': lines, 'evalue': lines, 'traceback': lines})",
    ),
    _messages(
        "fields_that_are_missing",
        "for kind in ('stream', 'display_data', 'execute_result', 'error', 'clear_output'): "
        "shout(kind, {})",
        "for kind in ('status', 'execute_input', 'update_display_data', 'comm_open', 'comm_msg'): "
        "shout(kind, {})",
        "for kind in ('comm_close', 'iopub_welcome', 'debug_event', 'shutdown_reply'): "
        "shout(kind, {})",
    ),
    _messages(
        "headers_of_the_wrong_kind",
        "raw([b'x', *signed([], {}, {}, {})])",
        "raw([b'x', *signed({'msg_type': 7, 'msg_id': [], 'date': 'gestern'}, {}, {}, {})])",
        "raw([b'x', *signed(session.msg_header('stream') and {'msg_type': 'stream', 'msg_id': 'x'},"
        " 'parent', 7, {'name': 'stdout', 'text': 'x'})])",
    ),
    _messages(
        "types_of_their_own",
        "for kind in ('', 'x' * 100_000, 'nonsense', '../../etc', '__class__', 'status\\x00'): "
        "shout(kind, {'text': 'x'})",
        "raw([b'x', *signed(b'\\xff\\xfe', b'{}', b'{}', b'{}')])",
        "raw([b'x', *signed(session.msg_id and {'msg_type': 'stream', 'msg_id': 'y'}, {}, {},"
        ' b\'{"text": NaN, "name": 1e999}\')])',
    ),
    _messages(
        "metadata_of_figures",
        "for number in (-1, 10**30, 'x', None, [0], 1.5, True):\n"
        "    shout('display_data', {'data': {'text/plain': 'x'}, 'metadata':"
        " {'grader-figure': number}})",
        "for ident in (7, None, [], {}, 'x' * 10**6):\n"
        "    shout('display_data', {'data': {}, 'metadata': {}, 'transient':"
        " {'display_id': ident}})\n"
        "    shout('update_display_data', {'data': {}, 'metadata': {}, 'transient':"
        " {'display_id': ident}})",
        "for data in ({'target_name': 7}, {'comm_id': [], 'target_name': 'x', 'data': 7},"
        " {'comm_id': 'x', 'target_name': 'jupyter.widget', 'data': {'state': 7}}):\n"
        "    shout('comm_open', data); shout('comm_msg', data)",
    ),
    _messages(
        "the_end_of_a_cell_too_early",
        "shout('status', {'execution_state': 'idle'})\ntime.sleep(1)\nspaet = 1",
        "answer('execute_reply', {'status': 'ok', 'execution_count': 1})\ntime.sleep(1)",
        "shout('status', {'execution_state': 'idle'})\n"
        "answer('execute_reply', {'status': 'ok', 'execution_count': 1})\n"
        "time.sleep(1.5)\nprint('noch da')",
    ),
    _messages(
        "replies_of_the_wrong_kind",
        "for content in ({}, {'status': 7}, {'status': 'error'}, {'status': 'error', 'ename': [],"
        " 'evalue': 7, 'traceback': 'x'}, {'status': 'aborted'}): answer('execute_reply', content)",
        "for earlier in ({'msg_id': 7}, {'msg_id': None}, {'x': 1}): "
        "answer('execute_reply', {'status': 'ok'}, earlier)",
        "for kind in ('kernel_info_reply', 'shutdown_reply', 'interrupt_reply', 'input_request'): "
        "answer(kind, {'status': 'ok', 'restart': False, 'prompt': '?', 'password': False})",
    ),
    # The ids of coming requests can be foreseen: session, process and a counter.
    _messages(
        "replies_to_requests_to_come",
        "start, _, count = parent['header']['msg_id'].rpartition('_')\n"
        "for number in range(int(count), int(count) + 60):\n"
        "    answer('execute_reply', {'status': 'ok', 'execution_count': 1},"
        " {**parent['header'], 'msg_id': f'{start}_{number}'})",
        "start, _, count = parent['header']['msg_id'].rpartition('_')\n"
        "for number in range(int(count) + 1, int(count) + 60):\n"
        "    shout('status', {'execution_state': 'idle'},"
        " {**parent['header'], 'msg_id': f'{start}_{number}'})\n"
        "    shout('stream', {'name': 'stdout', 'text': 'vorher'},"
        " {**parent['header'], 'msg_id': f'{start}_{number}'})",
        works_after=False,
    ),
    _messages(
        "one_message_twice",
        "frames = [b'x', *signed(session.msg_id and {'msg_type': 'status', 'msg_id': 'z'}, {}, {},"
        " {'execution_state': 'busy'})]\nraw(frames); raw(frames)",
    ),
    _messages(
        "many_small_messages",
        "end = time.time() + 2\nwhile time.time() < end:\n"
        "    shout('status', {'execution_state': 'busy'})",
        "end = time.time() + 2\nwhile time.time() < end:\n"
        "    shout('stream', {'name': 'stdout', 'text': 'x'}, {'msg_id': 'anderswo'})",
        works_after=False,
    ),
    _messages(
        "many_buffers",
        "shout('display_data', {'data': {}, 'metadata': {}}, buffers=[b'x'] * 20_000)",
        "shout('comm_msg', {'comm_id': 'x', 'data': {}}, buffers=[b'x' * 1000] * 20_000)",
    ),
    _messages(
        "numbers_without_end",
        'shout(\'execute_result\', b\'{"data": {}, "metadata": {}, "execution_count": \''
        " + b'9' * 5000 + b'}')",
        'shout(\'stream\', b\'{"name": "stdout", "text": "\\\\ud800"}\')',
        "shout('stream', {'name': 'stdout', 'text': '\\x1b[' + '1;' * 200_000 + 'm'})",
    ),
)
