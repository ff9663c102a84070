"""Both ends of a process that judges for this one: questions go through a socket, answers come in their order.

What passes is pickled: the two trust each other as much as two threads would.
"""

from __future__ import annotations

import gc
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Literal

from inference.judge import Judge

Question = Literal["warm_up", "look", "read_emotion"]
_END_WITHIN_S = 5.0
_PROGRAM = f"import sys; sys.path[:] = sys.argv[2:]; from {__name__} import main; main(int(sys.argv[1]))"


class ChildEnded(Exception):
    """The process has ended, whatever of."""


class Child:
    """Several threads may ask at once: the next question then lies ready when an answer is done.

    The process ends when this one does, however it does. Only that, and `close`, ends it: signals for both are ours.
    """

    def __init__(self, open_judge: Callable[[], Judge]) -> None:
        """Returns once it is open. `open_judge` is called there. Raises what it raised, ChildEnded."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        self._sending = threading.Lock()
        self._asked = 0
        self._receiving = threading.Condition()
        self._answered = 0
        try:
            self._exchange(open_judge)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, question: Question, *arguments: object) -> Any:  # whatever the judge's method answers
        """Raises what the judge raised, ChildEnded."""
        return self._exchange((question, arguments))

    def close(self) -> int:
        """Its exit status, negative where a signal ended it."""
        self._connection.close()
        try:
            return self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _exchange(self, message: object) -> Any:
        try:
            with self._sending:
                turn = self._asked
                self._connection.send(message)
                self._asked += 1
            with self._receiving:
                self._receiving.wait_for(lambda: self._answered == turn)
                try:
                    answer = self._connection.recv()
                finally:
                    self._answered += 1
                    self._receiving.notify_all()
        except (EOFError, OSError) as error:
            raise ChildEnded from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def main(descriptor: int) -> None:
    """The process itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with Connection(descriptor) as asked:
        try:
            open_judge = asked.recv()
            try:
                judge = open_judge()
            except Exception as error:
                return asked.send(_portable(error))
            # What exists now stays: to look through it for cycles again and again would hold up whoever asks.
            gc.collect()
            gc.freeze()
            asked.send(None)
            while True:
                question, arguments = asked.recv()
                try:
                    answer = getattr(judge, question)(*arguments)
                except Exception as error:
                    answer = _portable(error)
                asked.send(answer)
        except (EOFError, OSError):
            return None  # whoever asked has gone


def _portable(error: Exception) -> Exception:
    """Itself where it survives the way; else its kind and words, for not every exception can be made of its message."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
