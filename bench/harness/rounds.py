"""Rounds: every contender in turn, several times over, so that a noisy minute hits all alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from bench.harness.load import Answers


@dataclass(frozen=True)
class Figures:
    """The medians of several rounds: answers a second, and milliseconds.

    `cpu` is the server's processor time for one answer.
    """

    per_second: float
    cpu: float
    p50: float
    p99: float


def interleaved(contenders: Mapping[str, Callable[[], Answers]], rounds: int) -> dict[str, Figures]:
    """Run everybody `rounds` times, A B C A B C …, and take the medians.

    Raises RuntimeError for an answer that is an error: speed at failing is no figure.
    """
    heard: dict[str, list[Answers]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            answers = run()
            refused = {code: n for code, n in answers.statuses.items() if code >= 400}
            if refused:
                raise RuntimeError(f"{name} answered {refused}: {answers.last_body[:300]!r}")
            heard[name].append(answers)
    return {name: figures(runs) for name, runs in heard.items()}


def told(one: Figures) -> str:
    """The figures in one line."""
    return (
        f"{one.per_second:.0f}/s  p50 {one.p50:.2f} ms  p99 {one.p99:.2f} ms  "
        f"processor {one.cpu:.2f} ms"
    )


def figures(runs: list[Answers]) -> Figures:
    """The medians over the rounds."""
    return Figures(
        median(run.per_second for run in runs),
        median(run.server_seconds / len(run.milliseconds) * 1_000 for run in runs),
        median(run.percentile(50) for run in runs),
        median(run.percentile(99) for run in runs),
    )


def median_seconds(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The same for work that tells its own seconds."""
    return {name: median(seconds) for name, seconds in _seconds(contenders, rounds).items()}


def least_seconds(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The fastest round of each: for reading the same again, where all that differs is noise."""
    return {name: min(seconds) for name, seconds in _seconds(contenders, rounds).items()}


def _seconds(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    told: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            told[name].append(run())
    return told
