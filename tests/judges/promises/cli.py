"""Answers one `aws` command after another. It is the AWS CLI's own code, as the program `aws` calls it, loaded once: that takes
longer than most calls. Without it in this Python (version 2 brings a Python of its own) it ends at once.

Each line that comes in is a list of arguments and what to set in the environment; each that goes out is exit code, output and
errors."""

import contextlib
import io
import json
import os
import sys

from awscli.clidriver import create_clidriver


def answer(arguments, environment):
    out, errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = create_clidriver().main(arguments)
    except SystemExit as ended:
        code = ended.code
    finally:
        os.environ.clear()
        os.environ.update(before)
    out.flush()
    return [code or 0, out.buffer.getvalue().decode(), errors.getvalue()]


print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))), flush=True)
