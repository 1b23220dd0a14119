"""Pass or fail, and why: a pure function of what the crowd saw. VRD1-VRD4."""

from __future__ import annotations

from dataclasses import dataclass

from loadtest.figures import Figures
from loadtest.histogram import Histogram


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still good enough. The latencies are X2's: shown at the viewer in p99 < 200 ms up to 1 000 viewers."""

    moment_p99_ms: int = 200
    card_p99_ms: int = 200
    comment_p99_ms: int = 200
    act_p99_ms: int = 500
    lag_p99_ms: int = 50
    """Beyond this our own generator is the slow one, and latencies are not judged."""
    reach: float = 1.0
    least_moments: int = 1
    least_viewers: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    passed: bool
    reasons: tuple[str, ...]
    """Why it failed, every reason; empty when it passed."""
    remarks: tuple[str, ...]
    """What could not be judged."""


def judge(figures: Figures, limits: Limits) -> Verdict:
    """Return the verdict on a crowd's figures."""
    reasons = [*_losses(figures, limits), *_faults(figures)]
    remarks = []
    lag = figures.lag_us.quantile(0.99)
    if lag is None:
        reasons.append("the generator's own lag was not measured")
    elif lag > limits.lag_p99_ms * 1_000:
        remarks.append(f"the generator itself was late (p99 {_ms(lag)} ms): latencies are not judged")
    else:
        reasons += _latencies(figures, limits)
    return Verdict(not reasons, tuple(reasons), tuple(remarks))


def _losses(figures: Figures, limits: Limits) -> list[str]:
    reasons = []
    if figures.viewers < limits.least_viewers:
        reasons.append(f"only {figures.viewers} of {limits.least_viewers} viewers got in")
    if figures.moment_us.total < limits.least_moments:
        reasons.append(f"only {figures.moment_us.total} of {limits.least_moments} shout-outs arrived")
    if figures.missing:
        reasons.append(f"{figures.missing} kept frames missing in their place")
    if figures.reach is None:
        reasons.append("reach was not measured: no kept frame was to be expected")
    elif figures.reach < limits.reach:
        lost = figures.kept_expected - figures.kept_received
        reasons.append(
            f"reach {figures.reach:.3%}: {lost} of {figures.kept_expected} kept frames did not arrive"
        )
    return reasons


def _faults(figures: Figures) -> list[str]:
    reasons = []
    if figures.upgrades_refused:
        reasons.append(f"{figures.upgrades_refused} connections were refused")
    if figures.posts_refused:
        reasons.append(f"{figures.posts_refused} of {figures.posts} posts were refused")
    if figures.unanswered:
        reasons.append(f"{figures.unanswered} acts were never answered")
    reasons += [f"closed {count} times with {code}" for code, count in sorted(figures.closes.items())]
    reasons += [
        f"outside the contract, {count} times: {what}" for what, count in sorted(figures.faults.items())
    ]
    return reasons


def _latencies(figures: Figures, limits: Limits) -> list[str]:
    reasons = []
    for what, histogram, limit in (
        ("shout-out", figures.moment_us, limits.moment_p99_ms),
        ("card", figures.card_us, limits.card_p99_ms),
        ("comment", figures.comment_us, limits.comment_p99_ms),
        ("answer", figures.act_us, limits.act_p99_ms),
    ):
        p99 = histogram.quantile(0.99)
        if p99 is None:
            reasons.append(f"no {what} was timed")
        elif p99 > limit * 1_000:
            reasons.append(f"{what} p99 {_ms(p99)} ms, more than {limit} ms")
    return reasons


def report(figures: Figures) -> str:
    """Return the figures as a few lines for people."""
    reach = "not measured" if figures.reach is None else f"{figures.reach:.3%}"
    lines = [
        f"viewers {figures.viewers}, reconnects {figures.reconnects}, posts {figures.posts}",
        f"kept frames {figures.kept_received} of {figures.kept_expected}, reach {reach}, "
        f"missing {figures.missing}, repeated {figures.repeated}",
    ]
    lines += [
        f"{what:<34} {_spread(histogram)}"
        for what, histogram in (
            ("order POST → shout-out at a viewer", figures.moment_us),
            ("order POST → card at the buyer", figures.card_us),
            ("comment sent → at a viewer", figures.comment_us),
            ("act → answer", figures.act_us),
            ("POST → receipt", figures.post_us),
            ("connect → welcome", figures.join_us),
            ("the generator's own lag", figures.lag_us),
        )
    ]
    if figures.refusals:
        lines.append(
            "refused acts: " + ", ".join(f"{code} {n}" for code, n in figures.refusals.most_common())
        )
    return "\n".join(lines)


def _spread(histogram: Histogram) -> str:
    if not histogram.total:
        return "none"
    p50, p99, most = (_ms(histogram.quantile(q) or 0) for q in (0.5, 0.99, 1.0))
    return f"p50 {p50} ms · p99 {p99} ms · max {most} ms · {histogram.total} times"


def _ms(us: int) -> str:
    return f"{us / 1_000:.1f}"
