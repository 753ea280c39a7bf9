"""How values cross between the learner process and the checker process.

Nothing is unpickled and nothing is evaluated. Plain values cross as JSON with a tag for their type, tables as
Arrow, arrays as npy without objects; everything else stays on the learner's side as a numbered handle.
A frame is: header length, number of blobs, length of each blob (unsigned 32-bit, network order), the header
(JSON), the blobs. Sizes, depth and the number of values are limited on both sides.
"""

from __future__ import annotations

import datetime
import io
import json
import socket
import struct
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

HEADER_LIMIT = 8 * 1024 * 1024
BLOB_LIMIT = 64 * 1024 * 1024
BLOBS_LIMIT = 256
FRAME_LIMIT = 128 * 1024 * 1024  # all blobs of a message together
CELLS_LIMIT = 20_000_000  # of a table: a column of nothing takes no room on the wire, and much of it here
DEPTH_LIMIT = 32
VALUES_LIMIT = 500_000
LIBRARIES = sys.stdlib_module_names - {"__main__"} | {"numpy", "pandas"}
SEQUENCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
MOMENTS = {
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
}

Header = dict[str, Any]


class WireError(Exception):
    """What arrived, or was to be sent, does not keep to the rules above."""


class Gone(WireError):
    """The other side has closed."""


def send(channel: socket.socket, header: Header, blobs: list[bytes] | None = None) -> None:
    """Sends one frame; WireError when it is over a limit, Gone when nobody is there."""
    blobs = blobs or []
    text = json.dumps(header).encode()
    sizes = [len(blob) for blob in blobs]
    if (
        len(text) > HEADER_LIMIT
        or len(blobs) > BLOBS_LIMIT
        or max(sizes, default=0) > BLOB_LIMIT
        or sum(sizes) > FRAME_LIMIT
    ):
        raise WireError("the value is too large to send")
    lengths = struct.pack(f"!II{len(blobs)}I", len(text), len(blobs), *(len(blob) for blob in blobs))
    try:
        channel.sendall(b"".join([lengths, text, *blobs]))
    except (BrokenPipeError, ConnectionResetError):
        raise Gone("the other process has ended") from None


def _read(channel: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = channel.recv(min(count - len(parts), 1 << 20))
        except ConnectionResetError:
            part = b""
        if not part:
            raise Gone("the other process has ended")
        parts += part
    return bytes(parts)


def receive(channel: socket.socket) -> tuple[Header, list[bytes]]:
    """One frame; WireError for anything that is not one, Gone at the end. The socket's timeout applies."""
    size, count = struct.unpack("!II", _read(channel, 8))
    if size > HEADER_LIMIT or count > BLOBS_LIMIT:
        raise WireError("the message is too large")
    lengths = struct.unpack(f"!{count}I", _read(channel, 4 * count))
    if any(length > BLOB_LIMIT for length in lengths) or sum(lengths) > FRAME_LIMIT:
        raise WireError("the message is too large")
    text = _read(channel, size)
    blobs = [_read(channel, length) for length in lengths]
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("the message is not JSON") from None
    if not isinstance(header, dict):
        raise WireError("the message is no object")
    return header, blobs


def plain(value: Any) -> Any:
    """A value of a library's derived class (Counter, a named tuple) as the class it derives from.

    A class that the learner wrote stays as it is, with her methods, behind a handle.
    """
    kind = type(value)
    if kind.__module__.partition(".")[0] not in LIBRARIES and not hasattr(kind, "_fields"):
        return value
    bases: tuple[Callable[[Any], Any], ...] = (str, int, float, bytes, dict, list, tuple, set, frozenset)
    for base in () if kind is bool or kind.__module__ == "numpy" else bases:
        if isinstance(value, base) and kind is not base:  # type: ignore[arg-type]  # they are classes
            return base(value)
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and isinstance(value, numpy.ndarray) and kind is not numpy.ndarray:
        return numpy.array(value, subok=False)
    if pandas is not None:
        for base in (pandas.DataFrame, pandas.Series):
            if isinstance(value, base) and kind is not base:
                return base(value)
    return value


class Encoder:
    """Turns one value into a header and blobs. `keep` takes what can't cross; its number stands for it."""

    def __init__(self, keep: Callable[[Any], int]) -> None:
        self.keep = keep
        self.blobs: list[bytes] = []
        self.left = VALUES_LIMIT

    def encode(self, value: Any, depth: int = 0) -> Header:
        """The header of `value`; WireError when it nests too deep or holds too much."""
        self.left -= 1
        if depth > DEPTH_LIMIT or self.left < 0:
            raise WireError("the value nests too deep or holds too many parts")
        value = plain(value)
        for attempt in (self._plain, self._collection, self._moment, self._array, self._table):
            header = attempt(value, depth)
            if header is not None:
                return header
        return {"ref": self.keep(value), "type": type(value).__name__[:80]}

    def _plain(self, value: Any, _: int) -> Header | None:
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return {"v": value}
        if kind is float:
            return {"f": repr(value)}
        if kind is complex:
            return {"c": [repr(value.real), repr(value.imag)]}
        if kind is bytes:
            return {"b": self._blob(value)}
        return {"dec": str(value)} if kind is Decimal else None

    def _blob(self, content: bytes) -> int:
        self.blobs.append(content)
        return len(self.blobs) - 1

    def _collection(self, value: Any, depth: int) -> Header | None:
        kind = type(value)
        if kind is dict:
            pairs = [[self.encode(key, depth + 1), self.encode(one, depth + 1)] for key, one in value.items()]
            return {"d": pairs}
        if kind.__name__ in SEQUENCES and kind in (list, tuple, set, frozenset):
            return {"q": kind.__name__, "i": [self.encode(one, depth + 1) for one in value]}
        return None

    def _moment(self, value: Any, _: int) -> Header | None:
        kind = type(value)
        if kind in (datetime.date, datetime.datetime, datetime.time):
            return {"m": kind.__name__, "at": value.isoformat()}
        if kind is datetime.timedelta:
            return {"td": [value.days, value.seconds, value.microseconds]}
        return None

    def _array(self, value: Any, _: int) -> Header | None:
        kind = type(value)
        if kind.__module__ != "numpy":
            return None
        import numpy

        if kind is numpy.ndarray or (isinstance(value, numpy.generic) and kind.__module__ == "numpy"):
            array = numpy.asarray(value)
            if array.dtype.hasobject:
                return None
            file = io.BytesIO()
            numpy.save(file, array, allow_pickle=False)
            return {"npy": self._blob(file.getvalue()), "scalar": kind is not numpy.ndarray}
        return None

    def _table(self, value: Any, depth: int) -> Header | None:
        kind = type(value)
        if not kind.__module__.startswith("pandas"):
            return None
        import pandas

        if kind is pandas.Timestamp:
            return {"pt": value.isoformat()}
        if kind is pandas.DataFrame:
            return self._frame(value, depth)
        if kind is pandas.Series:
            frame = self._frame(value.to_frame("value"), depth)
            return {"series": frame, "name": self.encode(value.name, depth + 1)} if frame else None
        if isinstance(value, pandas.Index) and kind.__module__.partition(".")[0] == "pandas":
            return {"index": self.encode(list(value), depth + 1), "names": self.encode(list(value.names))}
        return None

    def _frame(self, frame: Any, depth: int) -> Header | None:
        import pyarrow

        columns = [frame.iloc[:, at] for at in range(frame.shape[1])]
        index = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        try:
            arrays = [pyarrow.array(one, from_pandas=True) for one in (*columns, *index)]
        except (pyarrow.ArrowException, TypeError, ValueError):
            return None
        table = pyarrow.Table.from_arrays(arrays, names=[str(at) for at in range(len(arrays))])
        sink = io.BytesIO()
        with pyarrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return {
            "frame": self._blob(sink.getvalue()),
            "columns": self.encode(list(frame.columns), depth + 1),
            "names": self.encode(list(frame.index.names), depth + 1),
            "dtypes": [str(one.dtype) for one in columns],
            "range": _range(frame.index),
        }


class Decoder:
    """Turns a header and blobs into a value. `handle` makes what stands for a handle number."""

    def __init__(self, blobs: list[bytes], handle: Callable[[int, str], Any]) -> None:
        self.blobs = blobs
        self.handle = handle
        self.left = VALUES_LIMIT

    def decode(self, header: Any, depth: int = 0) -> Any:
        """The value; WireError for whatever is not exactly as `Encoder` writes it."""
        self.left -= 1
        if depth > DEPTH_LIMIT or self.left < 0 or not isinstance(header, dict):
            raise WireError("the value is not in the agreed form")
        try:
            return self._decode(header, depth)
        except WireError:
            raise
        except Exception as error:
            raise WireError(f"the value is not in the agreed form ({type(error).__name__})") from None

    def _decode(self, header: Header, depth: int) -> Any:
        for tag, read in self._readers().items():
            if tag in header:
                return read(header, depth + 1)
        raise WireError("the value has no known tag")

    def _readers(self) -> dict[str, Callable[[Header, int], Any]]:
        return {
            "v": self._plain,
            "f": lambda header, _: float(header["f"]),
            "c": lambda header, _: complex(float(header["c"][0]), float(header["c"][1])),
            "b": lambda header, _: self._blob(header["b"]),
            "dec": lambda header, _: Decimal(header["dec"]),
            "d": lambda header, depth: {
                self.decode(key, depth): self.decode(one, depth) for key, one in header["d"]
            },
            "q": lambda header, depth: SEQUENCES[header["q"]](
                [self.decode(one, depth) for one in header["i"]]
            ),
            "m": lambda header, _: MOMENTS[header["m"]](header["at"]),
            "td": lambda header, _: datetime.timedelta(*(int(part) for part in header["td"])),
            "npy": self._array,
            "pt": self._timestamp,
            "series": self._series,
            "index": self._index,
            "frame": self._frame,
            "ref": lambda header, _: self.handle(int(header["ref"]), str(header.get("type", "object"))),
        }

    def _plain(self, header: Header, _: int) -> Any:
        value = header["v"]
        if value is None or type(value) in (bool, int, str):
            return value
        raise WireError("a plain value must be null, true, false, a whole number or a string")

    def _blob(self, at: Any) -> bytes:
        if type(at) is not int or not 0 <= at < len(self.blobs):
            raise WireError("a blob is missing")
        return self.blobs[at]

    def _array(self, header: Header, _: int) -> Any:
        import numpy

        content = self._blob(header["npy"])
        if not content.startswith(NPY_MAGIC):  # numpy.load would also open a zip
            raise WireError("the array is no npy file")
        array = numpy.load(io.BytesIO(content), allow_pickle=False)
        return array[()] if header.get("scalar") is True else array

    def _timestamp(self, header: Header, _: int) -> Any:
        import pandas

        return pandas.Timestamp(str(header["pt"]))

    def _index(self, header: Header, depth: int) -> Any:
        import pandas

        return pandas.Index(self.decode(header["index"], depth), name=self.decode(header["names"], depth)[0])

    def _series(self, header: Header, depth: int) -> Any:
        frame = self._frame(header["series"], depth)
        return frame["value"].rename(self.decode(header["name"], depth))

    def _frame(self, header: Header, depth: int) -> Any:
        import pandas

        table = read_table(self._blob(header["frame"]))
        columns, names = self.decode(header["columns"], depth), self.decode(header["names"], depth)
        if table.num_columns != len(columns) + len(names) or len(header["dtypes"]) != len(columns):
            raise WireError("the table's columns do not add up")
        whole = table.to_pandas(ignore_metadata=True)
        frame = whole.iloc[:, : len(columns)].copy()
        for at, dtype in enumerate(header["dtypes"]):
            if dtype in PLAIN_DTYPES:
                frame.isetitem(at, frame.iloc[:, at].astype(dtype))
        if header["range"] is not None:
            start, stop, step = (int(part) for part in header["range"])
            frame.index = pandas.RangeIndex(start, stop, step, name=names[0])
        else:
            keys = [whole.iloc[:, at] for at in range(len(columns), whole.shape[1])]
            frame.index = (
                pandas.Index(keys[0]).rename(names[0])
                if len(keys) == 1
                else pandas.MultiIndex.from_arrays(keys, names=names)
            )
        frame.columns = pandas.Index(columns)
        return frame


def read_table(content: bytes) -> Any:
    """The Arrow table in `content`; WireError unless its types are plain and every buffer holds.

    Arrow trusts offsets and lengths until it is asked to check them: a table made up by hand could else read
    beyond its own memory.
    """
    import pyarrow

    with pyarrow.ipc.open_stream(content) as stream:
        for column in stream.schema:
            if not _plain_type(column.type):
                raise WireError(f"a column of type {column.type} can't cross")
        batches, cells = [], 0
        for batch in stream:
            cells += batch.num_rows * max(batch.num_columns, 1)
            if cells > CELLS_LIMIT:
                raise WireError("the table is too large")
            batch.validate(full=True)
            batches.append(batch)
        table = pyarrow.Table.from_batches(batches, stream.schema)
    table.validate(full=True)
    return table.replace_schema_metadata(None)


def _plain_type(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _plain_type(kind.value_type) and types.is_integer(kind.index_type)
    if types.is_list(kind):
        return _plain_type(kind.value_type)
    plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_string, types.is_large_string)
    moments = (types.is_temporal, types.is_decimal, types.is_binary, types.is_large_binary, types.is_null)
    return any(one(kind) for one in (*plain, *moments))


def _range(index: Any) -> list[int] | None:
    """Start, stop and step of a RangeIndex; None for any other index."""
    import pandas

    return [index.start, index.stop, index.step] if type(index) is pandas.RangeIndex else None


NPY_MAGIC = b"\x93NUMPY"
PLAIN_DTYPES = frozenset(
    ["bool", "object", "str", "category"]
    + [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
    + ["float32", "float64", "datetime64[ns]", "datetime64[us]", "datetime64[s]"]
)
