"""How the cost grows, as an SVG: two panels, log-log, points and lines, and a dashed line in proportion."""
import math

import report

SERIES = [("wall", "#1f5fa8", lambda f, row: f["wall_s"]),
          ("CPU, process and server", "#c25a00", lambda f, row: f["cpu_s"]),
          ("bytes written (right)", "#2a7d46", lambda f, row: row["written_bytes"] / MB_A_SECOND)]
MB_A_SECOND = 1e8  # 1 s of the left axis is as high as 100 MB of the right one
WIDTH, HEIGHT = 460, 400
LEFT, RIGHT, TOP, BOTTOM = 66, 66, 56, 58


class Panel:
    """One log-log diagram whose axes span whole decades."""

    def __init__(self, x0, title, x_label, x_range, y_range):
        self.x0, self.title, self.x_label = x0, title, x_label
        self.x_range, self.y_range = decades(x_range), decades(y_range)

    def x(self, value):
        low, high = self.x_range
        return self.x0 + LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        low, high = self.y_range
        return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def frame(self):
        left, right, top, bottom = self.x0 + LEFT, self.x0 + WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
        parts = ['<rect x="%d" y="%d" width="%d" height="%d" fill="#ffffff" stroke="#888888"/>' %
                 (left, top, right - left, bottom - top), text((left + right) / 2, 30, self.title, "middle", 15, "bold"),
                 text((left + right) / 2, HEIGHT - 16, self.x_label, "middle"),
                 turned(self.x0 + 16, (top + bottom) / 2, "seconds"),
                 turned(self.x0 + WIDTH - 8, (top + bottom) / 2, "written to disk by a capture")]
        for power in range(self.x_range[0], self.x_range[1] + 1):
            x = self.x(10.0 ** power)
            parts += [line(x, top, x, bottom, "#dddddd"), text(x, bottom + 18, short(10.0 ** power), "middle")]
        for power in range(self.y_range[0], self.y_range[1] + 1):
            y = self.y(10.0 ** power)
            parts += [line(left, y, right, y, "#dddddd"), text(left - 6, y + 4, "%g" % 10.0 ** power, "end"),
                      text(right + 6, y + 4, bytes_text(10.0 ** power * MB_A_SECOND), "start")]
        return parts

    def proportion(self, x, y):
        """A dashed line of slope 1 from (x, y) to the panel's edge."""
        far = min(10.0 ** self.x_range[1], x * 10.0 ** self.y_range[1] / y)
        return [line(self.x(x), self.y(y), self.x(far), self.y(y * far / x), "#777777", ' stroke-dasharray="6 5"')]

    def series(self, points, color):
        parts = ['<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>' %
                 (" ".join("%.1f,%.1f" % (self.x(x), self.y(y)) for x, y in points), color)]
        return parts + ['<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>' % (self.x(x), self.y(y), color) for x, y in points]


def decades(values):
    low, high = math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def text(x, y, what, anchor, size=12, weight="normal", color="#222222"):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" font-weight="%s" fill="%s">%s</text>' % (
        x, y, anchor, size, weight, color, what)


def turned(x, y, what):
    return '<text transform="translate(%.1f %.1f) rotate(-90)" text-anchor="middle" font-size="12" fill="#222222">%s</text>' % (
        x, y, what)


def line(x1, y1, x2, y2, color, more=""):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>' % (x1, y1, x2, y2, color, more)


def short(value):
    return "%gM" % (value / 1e6) if value >= 1e6 else "%gk" % (value / 1e3) if value >= 1e3 else "%g" % value


def bytes_text(value):
    return "%g GB" % (value / 1e9) if value >= 1e9 else "%g MB" % (value / 1e6) if value >= 1e6 else "%g kB" % (value / 1e3)


def panel(x0, title, x_label, points):
    """The parts of one panel; [] when there is nothing to show."""
    if not points:
        return [text(x0 + WIDTH / 2, HEIGHT / 2, title + ": not measured", "middle")]
    courses = [(color, [(x, max(value(f, row), 1e-4)) for x, f, row in points]) for _, color, value in SERIES]
    drawn = Panel(x0, title, x_label, [x for x, _, _ in points], [y for _, course in courses for _, y in course])
    parts = drawn.frame() + drawn.proportion(*courses[0][1][0])
    for color, course in courses:
        parts += drawn.series(course, color)
    return parts


def legend():
    parts, x = [], LEFT
    for name, color, _ in SERIES:
        parts += [line(x, HEIGHT + 12, x + 26, HEIGHT + 12, color, ' stroke-width="2"'), text(x + 32, HEIGHT + 16, name, "start")]
        x += 60 + 7 * len(name)
    return parts + [line(x, HEIGHT + 12, x + 26, HEIGHT + 12, "#777777", ' stroke-dasharray="6 5"'),
                    text(x + 32, HEIGHT + 16, "in proportion", "start")]


def draw(found, path):
    rates = report.by_rate(found)
    size = max((one["size"] for one in found["results"] if one["case"] == "growth"), default=0)
    parts = panel(0, "One capture, by population", "registrations (3.4 % change a minute)", report.by_population(found))
    parts += panel(WIDTH, "One capture, by rate of change", "rows changed a minute, %% of %s registrations" % report.of(size), rates)
    parts += legend()
    with open(path, "w", encoding="utf-8") as out:
        out.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">\n'
                  '<rect width="100%%" height="100%%" fill="#fafafa"/>\n' % (2 * WIDTH, HEIGHT + 32))
        out.write("\n".join(parts) + "\n</svg>\n")
    print("drawn:", path)
