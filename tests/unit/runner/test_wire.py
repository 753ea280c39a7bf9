"""Values cross the wire unchanged, or not at all."""

from __future__ import annotations

import datetime
import io
import json
import math
import pickle
import socket
import struct
from collections import Counter, defaultdict, namedtuple
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from civiclab.runner.wire import Decoder, Encoder, Gone, WireError, receive, send

KEPT: list[Any] = []


def keep(value: Any) -> int:
    """Notes what stayed behind."""
    KEPT.append(value)
    return len(KEPT) - 1


def crossed(value: Any) -> Any:
    """The value as it arrives on the other side of a real socket."""
    one, other = socket.socketpair()
    with one, other:
        encoder = Encoder(keep)
        header = encoder.encode(value)
        import threading

        sender = threading.Thread(target=send, args=(one, {"value": header}, encoder.blobs))
        sender.start()
        reply, blobs = receive(other)
        sender.join()
        return Decoder(blobs, lambda number, kind: ("handle", kind)).decode(reply["value"])


PLAIN = [
    None, True, 0, -(10**40), 1.5, -0.0, "한글 \ud800"[:3], b"\x00\xff", [1, [2, (3,)]], {"a": {1: 2.0}, None: []},
    {1, 2}, frozenset({3}), 2 + 3j, Decimal("1.10"), datetime.date(2026, 11, 22),
    datetime.datetime(2026, 11, 22, 9, 30, tzinfo=datetime.UTC), datetime.timedelta(days=1, microseconds=5),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_keep_value_and_type(value: Any) -> None:
    """What arrives equals what was sent, and is of the same type."""
    arrived = crossed(value)
    assert arrived == value
    assert type(arrived) is type(value)


def test_not_a_number_and_infinity_cross() -> None:
    """JSON has no word for them; the wire does."""
    assert math.isnan(crossed(float("nan")))
    assert crossed([float("inf"), float("-inf")]) == [math.inf, -math.inf]


def test_tables_keep_columns_types_and_index() -> None:
    """A frame with text, gaps, times, categories and a named index arrives equal."""
    frame = pd.DataFrame(
        {"n": [1, 2, 3], "x": [0.5, None, 1.0], "t": ["가", None, "b"], "c": pd.Categorical(["a", "b", "a"])},
        index=pd.Index(["p", "q", "r"], name="who"),
    )
    frame["at"] = pd.to_datetime(["2026-01-01", "2026-01-02", None])
    pd.testing.assert_frame_equal(crossed(frame), frame, check_freq=False)
    pd.testing.assert_series_equal(crossed(frame["x"]), frame["x"])
    grouped = frame.groupby(["t", "n"])["x"].sum()
    pd.testing.assert_series_equal(crossed(grouped), grouped)


def test_arrays_keep_shape_and_type() -> None:
    """Arrays and their scalars arrive as they were."""
    array = np.arange(6, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(crossed(array), array)
    assert crossed(array).dtype == array.dtype
    assert crossed(np.int16(7)) == 7
    assert type(crossed(np.float64(1.5))) is np.float64


class AlwaysEqual(float):
    """A hostile float."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Frame(pd.DataFrame):
    """A hostile table."""

    def equals(self, other: object) -> bool:
        return True


def test_a_librarys_derived_class_arrives_as_the_plain_one() -> None:
    """A Counter, a default dictionary, a named tuple are what they hold."""
    assert crossed(Counter("aab")) == {"a": 2, "b": 1}
    assert type(crossed(defaultdict(int, x=1))) is dict
    assert crossed(Point(1, 2)) == (1, 2)


def test_indexes_keep_their_kind_range_and_name() -> None:
    """A filtered table's index has no name, a slice's range keeps its start and step."""
    frame = pd.DataFrame({"a": range(6)})
    for part in (frame.iloc[2:], frame.iloc[::2], frame[frame["a"] > 3], frame.rename_axis("n")):
        pd.testing.assert_frame_equal(crossed(part), part)
    assert list(crossed(frame.columns)) == ["a"]


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    "value", [AlwaysEqual(1), Frame({"a": [1]}), lambda: 1, object(), np.array([object()])]
)
def test_anything_else_stays_and_arrives_as_a_handle(value: Any) -> None:
    """Classes of the learner's, functions and objects never cross; the other side gets a handle."""
    assert crossed(value)[0] == "handle"


def test_nothing_is_unpickled() -> None:
    """Bytes that are a pickle arrive as bytes; an array file that holds one is refused."""

    bomb = pickle.dumps(print)
    assert crossed(bomb) == bomb
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(WireError):
        Decoder([file.getvalue()], keep).decode({"npy": 0})


@pytest.mark.parametrize(
    "header",
    [
        {}, [], None, {"v": [1]}, {"v": {"a": 1}}, {"q": "deque", "i": []}, {"q": "list", "i": 5}, {"npy": 7}, {"npy": "0"},
        {"frame": 0, "columns": {"v": 1}, "names": {"v": 1}, "dtypes": [], "range": None}, {"m": "system", "at": "x"},
        {"ref": "x"}, {"f": "one"}, {"d": [[{"q": "list", "i": []}, {"v": 1}]]}, {"b": -1}, {"b": True},
    ],
    ids=lambda header: json.dumps(header),
)  # fmt: skip
def test_what_is_not_in_the_agreed_form_is_refused(header: Any) -> None:
    """A reply that a hostile process made up raises WireError and nothing else."""
    with pytest.raises(WireError):
        Decoder([b"not an array"], keep).decode(header)


def test_depth_and_number_of_values_are_limited() -> None:
    """A value that nests without end, or holds too much, is refused on both sides."""
    deep: list[Any] = []
    for _ in range(50):
        deep = [deep]
    with pytest.raises(WireError):
        Encoder(keep).encode(deep)
    header: Any = {"v": 1}
    for _ in range(50):
        header = {"q": "list", "i": [header]}
    with pytest.raises(WireError):
        Decoder([], keep).decode(header)
    with pytest.raises(WireError):
        Encoder(keep).encode(list(range(600_000)))


@pytest.mark.parametrize(
    "frame", [b"\xff" * 8, struct.pack("!II", 2, 0) + b"[]", struct.pack("!II", 3, 0) + b"{]}"]
)
def test_a_frame_that_is_none_is_refused(frame: bytes) -> None:
    """Absurd lengths and broken JSON end in WireError, without reading or allocating what they claim."""
    one, other = socket.socketpair()
    with one, other:
        one.sendall(frame)
        with pytest.raises(WireError):
            receive(other)


def test_the_end_of_the_other_side_is_told_apart() -> None:
    """A closed socket is Gone, not a malformed message."""
    one, other = socket.socketpair()
    one.close()
    with other, pytest.raises(Gone):
        receive(other)


def stream(*columns: pa.Array) -> bytes:
    """An Arrow stream with these columns."""
    table = pa.table({str(at): column for at, column in enumerate(columns)})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_a_table_whose_offsets_point_elsewhere_is_refused() -> None:
    """Offsets patched by hand would read beyond the message: every buffer is checked first."""
    honest = stream(pa.array(["abc", "def"]))
    assert honest.count(struct.pack("<iii", 0, 3, 6)) == 1
    patched = honest.replace(struct.pack("<iii", 0, 3, 6), struct.pack("<iii", 0, 3, 1 << 20))
    header = {
        "frame": 0,
        "columns": {"q": "list", "i": [{"v": "a"}]},
        "names": {"q": "list", "i": []},
        "dtypes": ["str"],
        "range": None,
    }
    with pytest.raises(WireError):
        Decoder([patched], keep).decode(header)


@pytest.mark.parametrize(
    "column", [pa.nulls(30_000_000), pa.array([{"a": 1}])], ids=["a column of nothing", "a struct"]
)
def test_a_table_that_would_fill_memory_or_has_an_odd_type_is_refused(column: pa.Array) -> None:
    """A null column costs nothing to send and much to hold; a struct is no plain column."""
    header = {
        "frame": 0,
        "columns": {"q": "list", "i": [{"v": "a"}]},
        "names": {"q": "list", "i": []},
        "dtypes": ["object"],
        "range": None,
    }
    with pytest.raises(WireError):
        Decoder([stream(column)], keep).decode(header)


def test_an_array_that_is_a_zip_is_refused() -> None:
    """numpy would open an archive as well; only the plain format is taken."""
    file = io.BytesIO()
    np.savez_compressed(file, a=np.zeros(10))
    with pytest.raises(WireError):
        Decoder([file.getvalue()], keep).decode({"npy": 0})


def test_all_blobs_of_a_message_are_limited_together() -> None:
    """Forty blobs below the single limit are above the common one."""
    one, other = socket.socketpair()
    with one, other:
        one.sendall(struct.pack("!II40I", 2, 40, *([60 << 20] * 40)))
        with pytest.raises(WireError):
            receive(other)
