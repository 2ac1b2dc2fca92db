"""Numbers as people read them, the same in the terminal, the summary and the page."""

from __future__ import annotations

from lightmeter.judge.run import Decision

SYMBOLS: dict[Decision, str] = {"pass": "✓", "warn": "!", "fail": "✕", "unmeasured": "–"}
"""Every decision has a symbol, so that no report depends on colour."""

DECISIONS: tuple[Decision, ...] = ("pass", "warn", "fail", "unmeasured")

Interval = tuple[float | None, float | None]


def figure(value: float | None) -> str:
    """Three significant digits without an exponent; a dash for what was not measured."""
    if value is None:
        return SYMBOLS["unmeasured"]
    if abs(value) >= 100:
        return f"{value:.0f}"
    text = f"{value:.3g}"
    if "e" in text:
        text = f"{value:.6f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def with_unit(value: float | None, unit: str, error: float | None = None) -> str:
    """A value and its unit, `-42 ± 6 deg`; the dash alone for what was not measured."""
    return figure(value) if value is None else f"{figure(value)}{give_or_take(error)} {unit}".strip()


def give_or_take(error: float | None) -> str:
    """A standard error to follow its value, to two significant digits; nothing where it is not known."""
    return "" if error is None else f" ± {figure(float(f'{error:.2g}'))}"


def interval(ends: Interval, unit: str) -> str:
    """The interval of a rubric in words: `1 to 3 stop`, `at least 1 stop`, `at most 3 stop`."""
    low, high = ends
    if low is None:
        return "any value" if high is None else f"at most {with_unit(high, unit)}"
    if high is None:
        return f"at least {with_unit(low, unit)}"
    return f"{figure(low)} to {with_unit(high, unit)}" if low != high else with_unit(low, unit)


def share(value: float | None) -> str:
    """A share as whole percent; never 100 or 0 unless it is exactly that."""
    if value is None:
        return SYMBOLS["unmeasured"]
    percent = round(100 * value)
    if percent in (0, 100) and value not in (0.0, 1.0):
        percent = 99 if percent else 1
    return f"{percent} %"


def score(low: float | None, high: float | None) -> str:
    """A score's range, one number where everything was measured."""
    if low is None or high is None:
        return SYMBOLS["unmeasured"]
    low_text, high_text = f"{low:.2f}", f"{high:.2f}"
    return low_text if low_text == high_text else f"{low_text}–{high_text}"


def mean(value: float | None, low: float | None, high: float | None) -> str:
    """A mean with its interval: `2.1 (1.8 to 2.4)`."""
    if low is None or high is None:
        return figure(value)
    return f"{figure(value)} ({figure(low)} to {figure(high)})"
