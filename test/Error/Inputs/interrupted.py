# ===- interrupted.py - A compilation that is stopped half-way ---*- Python -*-===//
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-------------------------------------------------------------------------===//
"""Stops bn-opt while the linker runs, and closes the pipe it prints to.

Usage: interrupted.py BN_OPT MODEL

No temporary file may stay behind, and an older output must be what it was.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

bn_opt, model = sys.argv[1:]


def stop_while_linking(number: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        # A linker that says it has been started, and then takes its time.
        (directory / "bin").mkdir()
        (directory / "tmp").mkdir()
        linker = directory / "bin" / "cc"
        linker.write_text(f"#!/bin/sh\n: > {directory}/started\nexec sleep 60\n")
        linker.chmod(0o755)
        (directory / "net").write_text("older")
        environment = {
            **os.environ,
            "PATH": f"{directory}/bin:{os.environ['PATH']}",
            "TMPDIR": f"{directory}/tmp",
        }
        process = subprocess.Popen(
            [bn_opt, model, "-o", str(directory / "net")],
            env=environment,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not (directory / "started").exists():
            assert time.monotonic() < deadline, "the linker was never started"
            time.sleep(0.01)
        # As a terminal does: to the whole group.
        os.killpg(process.pid, number)
        assert process.wait(timeout=30) != 0
        left = sorted(path.name for path in directory.iterdir())
        assert left == ["bin", "net", "started", "tmp"], left
        assert not list((directory / "tmp").iterdir()), "files in TMPDIR"
        assert (directory / "net").read_text() == "older"


def close_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [bn_opt, model, "--stop-after=optimize"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert process.returncode == 1, process.returncode
    assert "cannot write: Broken pipe" in process.stderr, process.stderr


stop_while_linking(signal.SIGINT)
stop_while_linking(signal.SIGTERM)
close_pipe()
