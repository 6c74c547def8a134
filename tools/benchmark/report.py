"""What a run found, as Markdown and as JSON."""
import dataclasses
import statistics


@dataclasses.dataclass
class Section:
    """One workload: the table that is shown, and everything that was measured."""

    title: str
    columns: list
    rows: list
    notes: list = dataclasses.field(default_factory=list)
    data: object = None

    def markdown(self):
        if not self.rows:
            return "\n".join([f"### {self.title}", ""] + self.notes)
        head = "| " + " | ".join(self.columns) + " |"
        line = "|" + "|".join("---:" if index else "---" for index in range(len(self.columns))) + "|"
        body = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in self.rows]
        return "\n".join([f"### {self.title}", "", head, line, *body] + [""] * bool(self.notes) + self.notes)


def spread(values, digits=None):
    """Median, least and greatest."""
    shorten = (lambda value: round(value, digits)) if digits else round
    return {"median": shorten(statistics.median(values)), "min": shorten(min(values)), "max": shorten(max(values)), "n": len(values)}


def shown(found):
    """834,000 (790,000 – 851,000), or the median alone after one round."""
    if found is None:
        return "–"
    if found["n"] == 1:
        return f"{found['median']:,}"
    return f"{found['median']:,} ({found['min']:,} – {found['max']:,})"


def milliseconds(microseconds):
    value = microseconds / 1000
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def latency(found):
    """p50 / p99 / max of a kind of question."""
    return " / ".join(milliseconds(found[name]) for name in ("p50", "p99", "max"))


def seconds(value):
    return f"{value:,.1f} s" if value >= 10 else f"{value:.2f} s"


def megabytes(value):
    return f"{value / 1e6:,.0f} MB"


def cpu(spent):
    """Nanoseconds of CPU an event, by who spent them."""
    return ", ".join(f"{role} {value:,.0f}" for role, value in sorted(spent.items(), key=lambda one: -one[1]) if value >= 0.5)
