"""The commands behind the Makefile: `python3 -m guildhall_local <command>`.

This module runs first under whatever Python is there, so it keeps to old syntax until it knows the version, makes the
virtual environment the command needs, and starts over inside it.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "make: Python 3.10 or newer is needed, this is %d.%d; name another one with PYTHON=/path/to/python3.12"
        % sys.version_info[:2]
    )

import argparse
from pathlib import Path

from . import environment, say
from .paths import DEFAULT_COMPANY, DEFAULT_PORT


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65000:
        raise argparse.ArgumentTypeError(f"{text!r} is no port between 1024 and 65000")
    return int(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="guildhall_local", description="What the Makefile calls.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in [
        ("run", "build, start, deploy, load a company, remind, and show what happened"),
        ("up", "the same without the summary, detached"),
    ]:
        command = commands.add_parser(name, help=text)
        command.add_argument("--company", type=Path, default=DEFAULT_COMPANY, help="folder with CSV files")
        command.add_argument("--port", type=_port, default=DEFAULT_PORT, help="loopback port; mails on the next")
    commands.add_parser("down", help="stop what `up` started")
    token = commands.add_parser("token", help="print a fresh access token")
    token.add_argument("role", nargs="?", default="program-admin")
    commands.add_parser("test", help="everything that needs only Rust, Python and make")
    commands.add_parser("test-pages", help="the pages and mails in a browser")
    commands.add_parser("lint", help="formatting, lints, spelling, licences, template")
    commands.add_parser("format", help="format Rust and Python")
    commands.add_parser("check-workbench", help="the tests of this program alone")
    commands.add_parser("bench", help="measure and print the table of docs/bench.md")
    commands.add_parser("package", help="release bundles for AWS")
    deploy = commands.add_parser("deploy", help="package and deploy to an AWS account")
    deploy.add_argument("options", nargs="*", help="passed on to `sam deploy`")
    redrive = commands.add_parser("redrive", help="move dead letters back to their queues")
    redrive.add_argument("--stack", help="name of a stack in AWS; without it the local one is meant")
    if sys.argv[1:2] == ["deploy"] and sys.argv[2:] not in (["-h"], ["--help"]):
        # Options of `sam deploy` look like options of ours; argparse would refuse them.
        return argparse.Namespace(command="deploy", options=sys.argv[2:])
    return parser.parse_args()


NEEDS = {
    "test": environment.TEST,
    "test-pages": environment.PAGES,
    "lint": environment.TEST,
    "bench": environment.TEST,
    "check-workbench": environment.TEST,
    "format": environment.TEST,
    "package": environment.RELEASE,
    "deploy": environment.RELEASE,
}


def _run(arguments: argparse.Namespace) -> int:
    """Calls the command; each is imported late, because most need the packages of the virtual environment."""
    command = arguments.command
    if command in ("run", "up"):
        from . import journey

        return journey.run(arguments.company, arguments.port, detached=command == "up")
    if command == "down":
        from . import stack

        return stack.down()
    if command == "token":
        from . import identity

        return identity.print_token(arguments.role)
    if command in ("package", "deploy"):
        from . import release

        return release.package() if command == "package" else release.deploy(arguments.options)
    if command == "redrive":
        from . import redrive

        return redrive.run(arguments.stack)
    if command == "bench":
        from . import bench

        return bench.run()
    from . import checks

    return {
        "test": checks.test,
        "test-pages": checks.test_pages,
        "lint": checks.lint,
        "format": checks.format_code,
        "check-workbench": checks.workbench,
    }[command]()


def main() -> int:
    arguments = _arguments()
    try:
        environment.enter(NEEDS.get(arguments.command, environment.RUN))
        return _run(arguments)
    except say.Failure as failure:
        say.failed(str(failure))
        return 1
    except KeyboardInterrupt:
        say.line("")
        return 130
    except Exception as error:
        # What AWS refuses, and credentials that are missing: one line says it. All else is a mistake of ours.
        if type(error).__module__.partition(".")[0] != "botocore":
            raise
        say.failed(f"AWS: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
