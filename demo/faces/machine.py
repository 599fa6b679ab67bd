"""Sets what a restricted machine lacks: home folder, user name, temporary folder. No UI.

`prepare` comes before gradio and huggingface_hub are imported: they read the environment when they are.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import platform
import shutil
import signal
import socket
import tempfile
from pathlib import Path


@functools.cache
def prepare() -> None:
    """Set in the environment what is missing there. ValueError, one sentence, where the machine cannot do without it.

    What is set stays: whoever runs the app decides.
    """
    home = Path(os.path.expanduser("~"))
    if not home.is_absolute() or not home.is_dir():
        os.environ["HOME"] = str(home := scratch() / "home")
        home.mkdir()
    if not _has_name():
        os.environ.setdefault("USER", f"user-{os.getuid()}")
    if "GANSCOPE_HUB_CACHE" not in os.environ and not writable(home / ".cache" / "ganscope" / "hub"):
        os.environ["GANSCOPE_HUB_CACHE"] = str(scratch() / "hub")
    # Files of answers. Gradio's own folder is the same for all users of the machine: it belongs to whoever was first.
    folder = os.environ.setdefault("GRADIO_TEMP_DIR", str(scratch() / "gradio"))
    if not writable(Path(folder)):
        raise ValueError(f"GRADIO_TEMP_DIR names {folder}, where nothing can be written.")
    if "GRADIO_ANALYTICS_ENABLED" not in os.environ:  # "True" is the operator's consent
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GRADIO_RUN_HISTORY", "False")
    for name in ("NO_PROXY", "no_proxy"):  # the app asks itself whether it has started
        others = [one for one in os.environ.get(name, "").split(",") if one]
        os.environ[name] = ",".join(dict.fromkeys([*others, "localhost", "127.0.0.1"]))
    if "MALLOC_ARENA_MAX" not in os.environ:
        _share_arenas()


def _share_arenas() -> None:
    """Two pools of memory for all threads. glibc gives each thread one of its own, up to eight for each core, and what
    is freed in one serves no other: with twenty visitors that is a sixth of the server's memory."""
    if platform.libc_ver()[0] == "glibc":
        M_ARENA_MAX = -8  # malloc.h
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


@functools.cache
def scratch() -> Path:
    """A folder of this process alone, removed at its end. ValueError where there is no place for one."""
    try:
        folder = tempfile.mkdtemp(prefix="ganscope-")
    except OSError:
        raise ValueError("There is no folder for temporary files that can be written: name one in TMPDIR.") from None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def tidy() -> None:
    """From now on the process removes `scratch` when it is told to end, too. For the main thread only."""

    def end(number, _) -> None:
        shutil.rmtree(scratch(), ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, end)


def writable(folder: Path) -> bool:
    """Whether files can be put there; the folder is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def port(text: str) -> int:
    """A port of this machine. ValueError, one sentence, where it is none."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise ValueError(f"a port is a whole number from 1 to 65535, not {text[:40]!r}")
    return int(text)


def free(number: int) -> None:
    """ValueError, one sentence, where a port cannot be opened; asked before the seconds that a start takes."""
    with socket.socket() as door:
        if os.name == "posix":  # elsewhere it would open a port that is taken
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", number))
        except OSError as error:
            raise ValueError(f"port {number} cannot be opened ({error.strerror}); --port takes another.") from None


def _has_name() -> bool:
    """Whether the user has a name: some libraries look for it."""
    try:
        import pwd

        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    except ImportError:  # Windows
        pass
    return True
