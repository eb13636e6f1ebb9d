"""python3 promises [left]: reads every promise, or after the tree was destroyed what is left. Tells each reading, and ends
with 1 when one is wrong. Needs the AWS CLI, and AWS_ENDPOINT_URL where the endpoint is not AWS."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import reading

# Each module brings its promises; these are told in this order.
import network, access, kubernetes, keys, states, records, left  # noqa: E401, F401


def keep(function, aws):
    """The lines of one promise, and how many of its readings are wrong."""
    lines, wrong = [], 0
    try:
        for what, read, promised in function(aws):
            if read == promised:
                lines.append(f"ok     {function.__name__}: {what}: {read}")
            else:
                wrong += 1
                lines.append(f"WRONG  {function.__name__}: {what}: read {read}, promised {promised}")
        if not lines:
            wrong, lines = 1, [f"WRONG  {function.__name__}: it reads nothing"]
    except Exception as error:  # What cannot be read is not kept.
        wrong += 1
        lines.append(f"WRONG  {function.__name__}: cannot be read: {type(error).__name__}: {error}")
    return lines, wrong


def main():
    functions = reading.LEFT_BEHIND if sys.argv[1:] == ["left"] else reading.PROMISES
    aws, start = reading.Aws(), time.monotonic()
    readings = broken = 0
    with ThreadPoolExecutor(reading.AT_ONCE) as pool:
        for lines, wrong in pool.map(lambda f: keep(f, aws), functions):
            print("\n".join(lines), flush=True)
            readings += len(lines)
            broken += wrong > 0
    seconds = time.monotonic() - start
    print(f"{len(functions) - broken} of {len(functions)} promises kept ({readings} readings, {seconds:.0f} s)")
    sys.exit(1 if broken else 0)


main()
