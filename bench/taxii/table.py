"""Figures as a table: one line a figure, one column a server, the bar and whether it is met."""

import math


def text(value, unit):
    """A figure with its unit; what was not measured is a dash."""
    if isinstance(value, str):
        return value
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}{unit}"
    return f"{value:,.3g}{unit}"


class Bar:
    """What must hold of a figure of ours: at least or at most `limit`."""

    def __init__(self, limit, most=False, unit=""):
        self.limit, self.most, self.unit = limit, most, unit

    def met(self, value):
        return value <= self.limit if self.most else value >= self.limit

    def __str__(self):
        return ("≤ " if self.most else "≥ ") + text(self.limit, self.unit)


class Table:
    """Lines of figures; `missed` counts bars of ours that do not hold."""

    def __init__(self, columns, ours):
        self.columns, self.ours, self.lines, self.missed = columns, ours, [], 0

    def line(self, what, values, unit="", bar=None):
        """`values` by column; the bar is asked of the columns that are ours and have a figure."""
        verdict = ""
        if bar:
            judged = [values[c] for c in self.ours if not math.isnan(values.get(c, math.nan))]
            missed = sum(not bar.met(value) for value in judged)
            self.missed += missed
            verdict = "met" if judged and not missed else "MISSED" if missed else "not measured"
        cells = [text(values.get(column), unit) for column in self.columns]
        self.lines.append([what, str(bar or ""), *cells, verdict])

    def show(self):
        """Prints it as Markdown."""
        head = ["figure", "bar", *self.columns, ""]
        print("| " + " | ".join(head) + " |")
        print("|---" * 2 + "|--:" * len(self.columns) + "|---|")
        for cells in self.lines:
            print("| " + " | ".join(cells) + " |")
