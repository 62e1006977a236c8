"""The worker process: a ``Service`` behind a pipe. Never imports Qt.

It ends when the pipe ends, whatever it is doing, and leaves Ctrl+C to the window.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from multiprocessing.connection import Connection

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import runtime
from anylabel_plus.inference.mailbox import Mailbox
from anylabel_plus.inference.protocol import (
    Answer,
    Answered,
    Busy,
    Failed,
    Load,
    ModelLoaded,
    Prefetch,
    Propose,
    Segment,
    ServiceOptions,
    pack,
)
from anylabel_plus.inference.service import Loader, Service, load_model

_LAST_WORDS_S = 1.5
IDLE = Busy("", 0)


def main(connection: Connection, options: ServiceOptions, loader: Loader = load_model) -> None:
    """The process' entry: answers the requests of ``connection`` until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mailbox = Mailbox(runtime.interrupt)
    reader = threading.Thread(target=_read, args=(connection, mailbox), name="requests", daemon=True)
    reader.start()
    worker = _Worker(connection, mailbox, Service(options, loader))
    try:
        worker.run()
    except (BrokenPipeError, ConnectionError, EOFError):
        pass  # the window is gone


def _read(connection: Connection, mailbox: Mailbox) -> None:
    try:
        while (request := connection.recv()) is not None:
            mailbox.put(request)
    except (EOFError, OSError):
        pass
    mailbox.close()
    # What cannot be interrupted (OpenCV, loading) must not outlive the window for long.
    timer = threading.Timer(_LAST_WORDS_S, os._exit, (0,))
    timer.daemon = True
    timer.start()


class _Worker:
    def __init__(self, connection: Connection, mailbox: Mailbox, service: Service) -> None:
        self._connection = connection
        self._mailbox = mailbox
        self._service = service
        self._told = ""

    def run(self) -> None:
        while (request := self._mailbox.next()) is not None:
            self._handle(request)
            if self._mailbox.idle():
                self._connection.send(IDLE)

    def _handle(self, request: Segment | Propose | Load | Prefetch) -> None:
        try:
            if isinstance(request, Prefetch):
                self._prefetch(request)
            elif isinstance(request, Load):
                self._say_loaded(request.model)
            else:
                self._answer(request)
        except Cancelled:
            if isinstance(request, Prefetch):
                self._mailbox.put_back(request)
        except UserError as error:
            self._fail(request, error.text, error.hint)
        except MemoryError:
            self._fail(request, "Memory ran out.", "Use a smaller model or close other programs.")
        except (BrokenPipeError, ConnectionError):
            raise
        except Exception as error:
            details = traceback.format_exc()
            self._fail(request, f"Unexpected {type(error).__name__}: {error}", "", details)

    def _answer(self, request: Segment | Propose) -> None:
        def on_stage(stage: str) -> None:
            self._connection.send(Busy(stage, request.generation))

        stop = self._mailbox.stale
        if isinstance(request, Segment):
            answer = self._service.segment(request.path, request.prompt, request.model, stop, on_stage)
        else:
            answer = self._service.propose(request.path, request.options, request.model, stop, on_stage)
        if request.model != self._told:
            self._say_loaded(request.model)
        packed = tuple(pack(candidate) for candidate in answer.candidates)
        packed_answer = Answer((), answer.width, answer.height, answer.info, answer.timing_ms)
        self._connection.send((Answered(request.generation, packed_answer), packed))

    def _prefetch(self, request: Prefetch) -> None:
        self._connection.send(Busy("prefetch", 0))
        self._service.prefetch(request.paths[0], request.model, self._mailbox.stale)

    def _say_loaded(self, model: str) -> None:
        info = self._service.info(model)
        self._told = model
        self._connection.send(ModelLoaded(info))

    def _fail(self, request: Segment | Propose | Load | Prefetch, text: str, hint: str, details: str = "") -> None:
        if isinstance(request, Prefetch):
            return  # told when somebody asks for that image
        self._connection.send(Failed(request.generation, text, hint, details))
