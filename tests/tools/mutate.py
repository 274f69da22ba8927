"""Mutation testing of what counts money: each small change of the core must make a test fail. `make mutate`.

A mutant is one operator, number, condition or call of one file turned into another. It lives in a forked process that
reads the changed file in place of the real one and runs the tests that hold that file; nothing on disk changes.
Survivors are printed with their line; less than nine of ten killed in a file is a failure.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy  # noqa: F401  (what every child needs is read once, here)
from hypothesis import Phase, settings

PATIENCE_S = 60
TARGETS: dict[str, list[str]] = {
    "ledger/money.py": ["tests/ledger/test_money.py", "tests/worked"],
    "ledger/schedule.py": ["tests/ledger/test_schedule.py", "tests/worked"],
    "ledger/loans.py": ["tests/ledger/test_loans.py"],
    "ledger/lending.py": ["tests/ledger/test_lending.py", "tests/ledger/test_rarely.py", "tests/ledger/test_replan.py",
                          "tests/worked"],
    "ledger/repayment.py": ["tests/ledger/test_repayment.py", "tests/ledger/test_payoff.py", "tests/worked"],
}
"""Each file of the core with the tests that have to notice, the quickest first."""

COMPARE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
           ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
              ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: the file, the line, what it says, and the whole changed module."""

    path: str
    line: int
    what: str
    tree: ast.Module


def _swaps(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every change of one node, as (what it says, the node that stands instead)."""
    def changed(**fields: object) -> ast.AST:
        other = copy.copy(node)
        for name, value in fields.items():
            setattr(other, name, value)
        return other

    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARE:
            yield f"{type(op).__name__} is {COMPARE[type(op)].__name__}", changed(ops=[COMPARE[type(op)]()])
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            yield f"{type(op).__name__} is {ARITHMETIC[type(op)].__name__}", changed(op=ARITHMETIC[type(op)]())
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{type(op).__name__} is {type(other).__name__}", changed(op=other)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield "the sign or not is gone", operand
        case ast.Constant(value=bool(value)):
            yield f"{value} is {not value}", ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield f"{value} is {value + 1}", ast.Constant(value + 1)
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "the condition is turned", changed(test=ast.UnaryOp(ast.Not(), test))
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield f"{name} is {CALLS[name]}", changed(func=ast.Name(CALLS[name], ast.Load()))
        case ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            yield f"{type(op).__name__} is {ARITHMETIC[type(op)].__name__}", changed(op=ARITHMETIC[type(op)]())
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield "nothing is returned", changed(value=ast.Constant(None))


class _Once(ast.NodeTransformer):
    """Replaces the `number`-th change that can be made; annotations and docstrings stay."""

    def __init__(self, number: int) -> None:
        self.left, self.done = number, ("", 0)

    def visit(self, node: ast.AST) -> ast.AST:
        if not self.done[0]:
            for what, other in _swaps(node):
                if self.left == 0:
                    self.done = (what, getattr(node, "lineno", 0))
                    return ast.copy_location(other, node)
                self.left -= 1
        match node:
            case ast.FunctionDef():
                node.body = [self.visit(one) for one in node.body]  # type: ignore[misc]
                node.args.defaults = [self.visit(one) for one in node.args.defaults]  # type: ignore[misc]
                return node
            case ast.AnnAssign(value=value):
                node.value = self.visit(value) if value is not None else None  # type: ignore[assignment]
                return node
        return self.generic_visit(node)


def mutants(path: str) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its lines."""
    source, number = Path(path).read_text("utf-8"), 0
    while True:
        changer = _Once(number)
        tree = changer.visit(ast.parse(source))
        if not changer.done[0]:
            return
        assert isinstance(tree, ast.Module)
        yield Mutant(path, changer.done[1], changer.done[0], ast.fix_missing_locations(tree))
        number += 1


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed module where the real one is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant, self.name = mutant, mutant.path.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self, origin=self.mutant.path) if name == self.name else None

    def exec_module(self, module: object) -> None:
        exec(compile(self.mutant.tree, self.mutant.path, "exec"), vars(module))  # noqa: S102


def killed(mutant: Mutant, tests: list[str]) -> bool:
    """Whether a test fails, or does not come to an end, with the mutant in place."""
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE_S)
        sys.meta_path.insert(0, _Instead(mutant))
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            try:
                status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                                      "-W", "ignore::pytest.PytestAssertRewriteWarning", *tests])
            except BaseException:
                status = 1
        os._exit(0 if status == 0 else 1)
    return os.waitpid(child, 0)[1] != 0


def main(wanted: list[str]) -> int:
    # What fails needs no smaller example, and a mutant that a few examples do not find is told as alive.
    settings.register_profile("mutate", max_examples=40, deadline=None, database=None, phases=[Phase.generate])
    settings.load_profile("mutate")
    lost = 0
    for path, tests in TARGETS.items():
        if wanted and not any(word in path for word in wanted):
            continue
        began, count, survivors = time.monotonic(), 0, []
        if killed(Mutant(path, 0, "unchanged", ast.parse(Path(path).read_text("utf-8"))), tests):
            print(f"{path}: the tests fail without any change")
            return 1
        for mutant in mutants(path):
            count += 1
            if not killed(mutant, tests):
                survivors.append(mutant)
                print(f"  {path}:{mutant.line}: {mutant.what}", flush=True)
        share = 100 * (count - len(survivors)) / count
        print(f"{path}: {count - len(survivors)} of {count} killed, {share:.1f} % ({time.monotonic() - began:.0f} s)",
              flush=True)
        lost += share < 90
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
