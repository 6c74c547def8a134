"""Small pictures as SVG, by hand: panels side by side, lines with points, axes from zero."""
import math

INK, FAINT, COLOURS = "#24292f", "#d0d7de", ("#0969da", "#bc4c00", "#1a7f37", "#8250df")
WIDTH, HEIGHT, LEFT, TOP, GAP = 330, 210, 62, 54, 40


def shortened(value):
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def ticks(most):
    """Round steps from zero to a little over the most."""
    if most <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(most))
    step *= next(factor for factor in (0.2, 0.5, 1, 2) if most / (step * factor) <= 5)
    return [step * n for n in range(math.ceil(most / step - 1e-9) + 1)]


class Panel:
    def __init__(self, title, unit, lines):
        """`lines`: (name, [(x, y)]), at most three."""
        self.title, self.unit, self.lines = title, unit, [(name, points) for name, points in lines if points]

    def most(self, axis):
        return max((point[axis] for _, every in self.lines for point in every), default=1)

    def drawn(self, left, top, widest):
        across, up = ticks(widest), ticks(self.most(1))
        place = lambda x, y: (left + x / across[-1] * WIDTH, top + HEIGHT - y / up[-1] * HEIGHT)
        parts = [f'<text x="{left}" y="{top - 30}" class="title">{self.title}</text>']
        for value in up:
            y = place(0, value)[1]
            parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + WIDTH}" y2="{y:.1f}" stroke="{FAINT}"/>'
                         f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{shortened(value)}{self.unit if value == up[-1] else ""}</text>')
        for value in across:
            parts.append(f'<text x="{place(value, 0)[0]:.1f}" y="{top + HEIGHT + 18}" text-anchor="middle">{shortened(value)}</text>')
        beside = left
        for index, (name, every) in enumerate(self.lines):
            colour = COLOURS[index]
            placed = [place(*point) for point in every]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 if len(placed) < 12 else 1.8}" fill="{colour}"/>' for x, y in placed]
            if len(self.lines) > 1:
                parts.append(f'<text x="{beside}" y="{top - 12}" fill="{colour}" style="fill:{colour}">{name}</text>')
                beside += 7 * len(name) + 16
        return "\n".join(parts)


def drawn(title, panels, columns=2):
    rows = math.ceil(len(panels) / columns)
    width = columns * (LEFT + WIDTH + GAP)
    height = 40 + rows * (TOP + HEIGHT + GAP)
    widest = max(panel.most(0) for panel in panels)
    inside = "\n".join(
        panel.drawn(LEFT + (index % columns) * (LEFT + WIDTH + GAP), 40 + TOP + (index // columns) * (TOP + HEIGHT + GAP), widest)
        for index, panel in enumerate(panels))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">\n'
            f"<title>{title}</title>\n"
            f"<style>text{{font:12px system-ui,sans-serif;fill:{INK}}} .title{{font-weight:600;font-size:14px}}</style>\n"
            f'<rect width="100%" height="100%" fill="#ffffff"/>\n<text x="{LEFT - 40}" y="30" class="title">{title}</text>\n{inside}\n</svg>\n')


def growth(found):
    """What growth.growth found, against the events in the log."""
    ingest, sizes = found["ingest"], found["sizes"]
    over = lambda notes, value: [(note["events"], value(note)) for note in notes]
    panels = [
        Panel("Events appended a second", "", [("", over(ingest, lambda note: note["rate"]))]),
        Panel("Memory, without mapped files", "B", [("", over(ingest, lambda note: note["memory"]["own"]))]),
        Panel("Start until ready, seconds", " s", [
            ("with checkpoints", over([note for note in sizes if note["with"]], lambda note: min(one["seconds"] for one in note["with"]))),
            ("all read", over([note for note in sizes if note["with"]], lambda note: min(one["whole"] for one in note["with"]))),
            ("after a kill", over(sizes, lambda note: note["after_kill"]["seconds"])),
            ("without", over(sizes, lambda note: note["without"]["seconds"]))]),
        Panel("Bytes on disk an event", "", [
            ("log", over(ingest, lambda note: note["disk"]["log"] / note["events"])),
            ("index", over(ingest, lambda note: note["disk"]["index"] / note["events"]))]),
        Panel("Question p99, now", " ms", [
            (kind, over(sizes, lambda note, kind=kind: note["now"][kind]["p99"] / 1000)) for kind in ("balance", "workload", "explain")]),
        Panel("Question p99, long past", " ms", [
            (kind, over(sizes, lambda note, kind=kind: note["past"][kind]["p99"] / 1000)) for kind in ("balance, as_of", "balance, at")]),
    ]
    return drawn(f"One log of {found['accounts']:,} accounts, against the events in it", panels)
