"""Files and folders that are replaced in one stroke: whatever fails, and whenever the process dies."""

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults import Faults, dead, died, failing, full
from helpers import contents

from gan_models import disk

EXCHANGE = disk.exchange
FILES = {"a.json": b"{}", "b.bin": b"\0" * 5000, "below/c": b""}


def fill(folder, files=FILES) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture(params=["exchanged", "renamed"])
def way(request, monkeypatch):
    """How a folder takes another's place: as this system can, and as any can."""
    if request.param == "renamed":
        monkeypatch.setattr(disk, "exchange", lambda *_: False)
    return request.param


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """No test cuts the power."""

    def fsync(file):
        pass

    monkeypatch.setattr(os, "fsync", fsync)


def before(root):
    """A folder, and a file, as they are before."""
    fill(root, {"folder/old": b"old", "file": b"old"})
    return root


@pytest.fixture
def there(tmp_path):
    return before(tmp_path)


NEW = {**{f"folder/{name}": content for name, content in FILES.items()}, "file": b"new"}
OLD = {"folder/old": b"old", "file": b"old"}


def replace_both(folder) -> None:
    with disk.put(folder / "folder") as new:
        fill(new)
    with disk.replacing(folder / "file") as file:
        file.write(b"n")
        file.write(b"ew")


def seen(folder) -> dict[str, bytes]:
    return {name: content for name, content in contents(folder).items() if not name.startswith(".")}


def parts(files) -> tuple[dict, dict]:
    return {k: v for k, v in files.items() if k != "file"}, {k: v for k, v in files.items() if k == "file"}


def test_a_folder_and_a_file_are_replaced(there, way):
    replace_both(there)
    assert contents(there) == NEW and {p.name for p in there.iterdir()} == {"folder", "file"}


def moments(root, monkeypatch) -> range:
    """Of `replace_both`."""
    before(root)
    faults = Faults()
    with failing(monkeypatch, faults):
        replace_both(root)
    assert faults.log.count("fsync") == len(FILES) + 5  # with the file, the folders, and those in which they are
    return range(len(faults.log))


def whole(folder) -> bool:
    """Whether each of the two is the old or the new one, and both can be replaced again."""
    found = all(now in (old, new) for now, old, new in zip(*map(parts, (seen(folder), OLD, NEW)), strict=True))
    replace_both(folder)
    return found and contents(folder) == NEW


def test_at_any_fault_the_old_or_the_new_one_is_there(tmp_path, way, monkeypatch):
    for at in moments(tmp_path / "counted", monkeypatch):
        there, raised = before(tmp_path / str(at)), False
        try:
            with failing(monkeypatch, Faults(at, full)):
                replace_both(there)
        except OSError:
            raised = True
        assert raised or seen(there) == NEW, at
        assert whole(there), at


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_whenever_it_dies_the_old_or_the_new_one_is_there(tmp_path, way, monkeypatch):
    for at in moments(tmp_path / "counted", monkeypatch):
        there = before(tmp_path / str(at))

        def do(there=there, at=at):
            with failing(monkeypatch, Faults(at, dead)):
                replace_both(there)

        assert died(do), at
        if way == "exchanged" and EXCHANGE(there / "file", there / "file"):
            assert (there / "folder").is_dir(), at
        disk.take_back(there / "folder")
        assert whole(there), at


def test_a_fault_in_between_leaves_nothing_beside_it(there, way):
    with pytest.raises(ZeroDivisionError), disk.put(there / "folder") as new:
        fill(new)
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), disk.replacing(there / "file") as file:
        file.write(b"new")
        raise ZeroDivisionError
    assert contents(there) == OLD and {p.name for p in there.iterdir()} == {"folder", "file"}


def test_each_of_two_writers_writes_a_whole_file_or_folder(there, way):
    seen, full = [], {"one": b"A" * 100_000, "two": b"B" * 10}

    def look():
        seen.append((there / "file").read_bytes())
        assert {path.name: path.read_bytes() for path in (there / "folder").iterdir()} in (
            {"old": b"old"}, {"one": full["one"]}, {"two": full["two"]}
        )  # fmt: skip

    with disk.replacing(there / "file") as one, disk.put(there / "folder") as first:
        one.write(full["one"][:50_000])
        with disk.replacing(there / "file") as two, disk.put(there / "folder") as second:
            two.write(full["two"][:5])
            one.write(full["one"][50_000:])
            (first / "one").write_bytes(full["one"])
            (second / "two").write_bytes(full["two"])
            two.write(full["two"][5:])
            look()
        look()
    look()
    assert seen == [b"old", full["two"], full["one"]]
    assert contents(there) == {"file": full["one"], "folder/one": full["one"]}


def test_two_that_put_the_first_folder_at_a_time_both_succeed(tmp_path, way):
    with disk.put(tmp_path / "x") as one, disk.put(tmp_path / "x") as other:
        (one / "a").write_bytes(b"a")
        (other / "b").write_bytes(b"b")
    assert contents(tmp_path) == {"x/a": b"a"}


def test_many_that_write_at_a_time_all_succeed(tmp_path, way):
    # Each one removes what it takes for left over: also what another has made a moment ago and not yet locked.
    def write(name: str) -> None:
        for _ in range(60):
            with disk.replacing(tmp_path / "file") as file:
                file.write(name.encode() * 1000)
            with disk.put(tmp_path / "folder") as new:
                (new / name).write_text(name)

    names = "abcdefgh"
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(write, names))  # raises what one of them raised
    assert (tmp_path / "file").read_bytes() in [name.encode() * 1000 for name in names]
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}
    assert len(list((tmp_path / "folder").iterdir())) == 1


@pytest.mark.parametrize("times", [1, 3])
def test_what_another_took_for_left_over_is_made_again(there, times, monkeypatch):
    lock, left = disk._lock, [times]

    def late(path, wait=True):
        if wait and path.name.endswith(".new") and left[0]:
            left[0] -= 1
            path.unlink() if path.is_file() else path.rmdir()
        return lock(path, wait)

    monkeypatch.setattr(disk, "_lock", late)
    with disk.replacing(there / "file") as file:
        file.write(b"new")
    left[0] = times
    with disk.put(there / "folder") as new:
        fill(new)
    assert contents(there) == NEW


def test_a_json_file_is_on_the_disk_before_it_is_seen(tmp_path, monkeypatch):
    faults = Faults()
    with failing(monkeypatch, faults):
        disk.write_json(tmp_path / "a.json", {"a": 1})
    log = faults.log
    assert "fsync" in log[: log.index("replace")] and "fsync" in log[log.index("replace") :]
    assert contents(tmp_path) == {"a.json": b'{\n "a": 1\n}\n'}


def test_who_looks_all_the_time_finds_the_folder_each_time(there):
    if not EXCHANGE(there / "file", there / "file"):
        pytest.skip("this system exchanges no folders")
    missing, done = [], threading.Event()

    def look():
        while not done.is_set():
            missing.append(not os.path.exists(there / "folder"))

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(50):
        with disk.put(there / "folder") as new:
            fill(new)
    done.set()
    watcher.join()
    assert len(missing) > 100 and not any(missing)


def test_a_link_in_its_place_is_replaced_and_not_followed(there, way):
    (there / "link").symlink_to(there / "folder")
    for _ in range(2):
        with disk.put(there / "link") as new:
            fill(new)
    assert not (there / "link").is_symlink() and {*FILES} == {*contents(there / "link")}
    assert contents(there / "folder") == {"old": b"old"}


def test_a_file_system_without_exchange_says_no_and_changes_nothing(there):
    assert not EXCHANGE(there / "folder", there / "nothing")
    assert contents(there) == OLD


def test_what_the_system_says_in_words():
    assert disk.why(OSError(errno.ENOSPC, "No space left on device")) == "disk full"
    assert disk.why(OSError(errno.EDQUOT, "Disk quota exceeded")) == "disk full"
    assert disk.why(OSError(errno.EACCES, "Permission denied")) == "Permission denied"
    assert disk.why(OSError("encoder error")) == "encoder error"
