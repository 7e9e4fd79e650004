"""What is read on a PDF of ours: its lines, sheet by sheet, by what its fonts say that their shapes
stand for."""

import re
import zlib

_OBJECT = re.compile(rb"^(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL | re.MULTILINE)
_STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
_PAIR = re.compile(rb"^<([0-9A-F]{4})> <([0-9A-F]+)>$", re.MULTILINE)
_DRAWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\) Tj|( ET)\n", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def sheets_of(pdf: bytes) -> list[list[str]]:
    """The lines of each sheet, as they are drawn from left to right."""
    objects = _objects(pdf)
    fonts = {name: _letters(objects, int(at)) for name, at in _fonts(objects)}
    return [_lines(content, fonts) for content in contents_of(pdf)]


def contents_of(pdf: bytes) -> list[bytes]:
    """What is drawn on each sheet, in the words of PDF."""
    objects = _objects(pdf)
    return [
        _stream(objects[int(found[1])])
        for body in objects.values()
        if b"/Type /Page\n" in body and (found := re.search(rb"/Contents (\d+) 0 R", body))
    ]


def _objects(pdf: bytes) -> dict[int, bytes]:
    return {int(number): body for number, body in _OBJECT.findall(pdf)}


def lines_of(pdf: bytes) -> list[str]:
    """The lines of all sheets."""
    return [line for sheet in sheets_of(pdf) for line in sheet]


def _fonts(objects: dict[int, bytes]) -> set[tuple[bytes, bytes]]:
    return {one for body in objects.values() for one in re.findall(rb"/F(\d+) (\d+) 0 R", body)}


def _letters(objects: dict[int, bytes], at: int) -> dict[int, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[at])
    assert found is not None
    pairs = _PAIR.findall(_stream(objects[int(found[1])]))
    return {
        int(shape, 16): bytes.fromhex(said.decode()).decode("utf-16-be") for shape, said in pairs
    }


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _lines(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    letters, line, lines = dict[int, str](), "", list[str]()
    for font, drawn, ends in _DRAWN.findall(content + b"\n"):
        letters = fonts[font] if font else letters
        if ends:
            lines += [line] if line else []
            line = ""
        shapes = _ESCAPED.sub(lambda one: b"\r" if one[1] == b"r" else one[1], drawn)
        pairs = (int.from_bytes(shapes[at : at + 2], "big") for at in range(0, len(shapes), 2))
        line += "".join(letters[one] for one in pairs)
    return lines
