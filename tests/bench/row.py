"""One line of the benchmark: a piece of work, done by a kernel and by others, timed in turns."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Budget:
    """Section 10 of the design: the kernel's time divided by that of ``against`` must not be above ``most``."""

    text: str
    against: str
    most: float


@dataclass(frozen=True)
class Rate:
    """How much work a row is, and what the design asks of a second: ``least_times`` the ``reference`` of another program,
    measured once on the machine on which the budgets were set. It depends on the machine, so missing it is printed only.
    """

    count: int
    unit: str
    reference: float
    reference_name: str
    least_times: float

    def line(self, seconds: float) -> str:
        rate = self.count / seconds
        times = rate / self.reference
        return (
            f"{rate / 1e6:.2f} million {self.unit} a second, {times:.0f} times the {self.reference:,.0f} of "
            f"{self.reference_name}   budget: at least {self.least_times:g} times: "
            f"{'met' if times >= self.least_times else 'NOT MET here'}"
        )


@dataclass(frozen=True)
class Row:
    """``ours`` and ``others`` take no arguments and do the same work; ``note`` looks at the results and says how right
    they are. ``budget`` is None where the design sets none; ``most_s`` is the budget of a work whose time itself counts,
    because a reader waits for it. ``read_bytes``: what each must read, to print bandwidths.
    ``rate``: for work that the design counts by the second. ``once``: work of minutes, whose kernels a row before has compiled
    already, so that it is done and timed once.
    """

    work: str
    ours: Callable[[], object]
    others: dict[str, Callable[[], object]]
    budget: Budget | None = None
    note: Callable[[], str] | None = None
    read_bytes: int = 0
    most_s: float | None = None
    rate: Rate | None = None
    once: bool = False


@dataclass
class Timed:
    """Medians [s] of one row."""

    row: Row
    ours_s: float
    others_s: dict[str, float] = field(default_factory=dict)

    def met(self) -> bool | None:
        budget = self.row.budget
        if self.row.most_s is not None:
            return self.ours_s <= self.row.most_s
        return None if budget is None else self.ours_s / self.others_s[budget.against] <= budget.most

    def _bandwidth(self, seconds: float) -> str:
        return f" ({self.row.read_bytes / seconds / 1e9:.1f} GB/s)" if self.row.read_bytes else ""

    def lines(self) -> list[str]:
        budget = self.row.budget
        lines = [f"{self.row.work}", f"  {'ours':<34}{1e3 * self.ours_s:10.1f} ms{self._bandwidth(self.ours_s)}"]
        if self.row.most_s is not None:
            lines[-1] += f"   budget: at most {self.row.most_s:g} s: {'met' if self.met() else 'NOT MET'}"
        if self.row.rate is not None:
            lines.append(f"  {self.row.rate.line(self.ours_s)}")
        for name, other_s in self.others_s.items():
            line = f"  {name:<34}{1e3 * other_s:10.1f} ms{self._bandwidth(other_s)}"
            line += f"   ours takes {self.ours_s / other_s:7.3f} of it"
            line += f" ({other_s / self.ours_s:.1f} times as fast)" if other_s > self.ours_s else ""
            if budget is not None and budget.against == name:
                line += f"   budget: {budget.text}: {'met' if self.met() else 'NOT MET'}"
            lines.append(line)
        if self.row.note is not None:
            lines.append(f"  {self.row.note()}")
        return lines


def measure(row: Row, rounds: int = 9, patience_s: float = 8.0) -> Timed:
    """Medians of up to ``rounds`` rounds, in which everyone runs once after the other.

    The kernel runs once before, to be compiled. Whoever has used up its patience sits out the rest, so that a slow
    library runs once or twice.
    """
    if row.once:
        rounds = 1
    else:
        row.ours()
    runners = {"": row.ours, **row.others}
    times: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            if sum(times[name]) < patience_s:
                start = time.perf_counter()
                runner()
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    return Timed(row, medians.pop(""), medians)
