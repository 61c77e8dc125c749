// A panel: one metric against Es/N0 for every sweep, with bands and what the cursor meets.

const HEIGHT = 220, MARGIN = { left: 46, right: 10, top: 8, bottom: 38 };
const MARKS = [
  "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z", // circle
  "M-3.2-3.2h6.4v6.4h-6.4z", // square
  "M0-4.4L4 3H-4z", // triangle
  "M0-4.6L4.2 0L0 4.6L-4.2 0z", // diamond
  "M-1.3-4h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7v-2.6h2.7z", // cross
];
const DASHES = ["none", "7 3", "2 3", "9 3 2 3"];
const DOWN = "M-4-3H4L0 4.4z";

function own(index) {
  return `k${index % 8}`;
}

function mark(index) {
  return MARKS[index % MARKS.length];
}

function dashes(index) {
  return DASHES[Math.floor(index / MARKS.length) % DASHES.length];
}

function swatch(index) {
  return draw("svg", { class: `swatch ${own(index)}`, viewBox: "-12 -7 24 14", "aria-hidden": "true" },
    draw("path", { class: "line stroked", d: "M-12 0H12", "stroke-dasharray": dashes(index) }),
    draw("path", { class: "filled", d: mark(index), transform: "scale(1.15)" }));
}

function path(points) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Cut points where `keep` fails, so that what is unknown is not drawn over. */
function runs(count, keep) {
  const found = [];
  for (let i = 0; i < count; i += 1) {
    if (!keep(i)) continue;
    if (i && keep(i - 1)) found[found.length - 1].push(i);
    else found.push([i]);
  }
  return found;
}

function drawCurve(metric, sweep, index, place) {
  const { value, low, high } = sweep.curves[metric.name];
  const group = draw("g", { class: `curve ${own(index)}`, "data-sweep": index });
  const seen = (i) => value[i] !== null && !(metric.log && value[i] <= 0);
  for (const run of runs(value.length, seen)) {
    const bounded = run.filter((i) => low[i] !== null && high[i] !== null);
    const upper = bounded.map((i) => place(sweep.snr[i], high[i]));
    const lower = bounded.map((i) => place(sweep.snr[i], low[i])).reverse();
    if (upper.length > 1) group.append(draw("path", { class: "band filled", d: `${path([...upper, ...lower])}Z` }));
    bounded.forEach((i) => group.append(draw("path", {
      class: "whisker stroked",
      d: path([place(sweep.snr[i], low[i]), place(sweep.snr[i], high[i])]),
    })));
    const middle = run.map((i) => place(sweep.snr[i], value[i]));
    group.append(draw("path", { class: "line stroked", d: path(middle), "stroke-dasharray": dashes(index) }));
    middle.forEach(([x, y]) => group.append(
      draw("path", { class: "filled", d: mark(index), transform: `translate(${x} ${y})` })));
  }
  value.forEach((v, i) => {
    if (!metric.log || v === null || v > 0 || high[i] === null) return;
    const [x, y] = place(sweep.snr[i], high[i]);
    group.append(draw("path", { class: "hollowmark stroked", d: DOWN, transform: `translate(${x} ${y})` }));
  });
  return group;
}

function drawAxes(svg, across, up, place, width) {
  const floor = HEIGHT - MARGIN.bottom;
  for (const tick of up.ticks) {
    const [, y] = place(DATA.snr[0], tick);
    svg.append(draw("path", { class: "rule", d: `M${MARGIN.left} ${y}H${width - MARGIN.right}` }),
      draw("text", { x: MARGIN.left - 7, y: y + 4, "text-anchor": "end" }, up.label(tick)));
  }
  svg.append(draw("path", { class: "axis", d: `M${MARGIN.left} ${floor}H${width - MARGIN.right}` }));
  for (const tick of across.ticks) {
    const x = MARGIN.left + across.x(tick) * (width - MARGIN.left - MARGIN.right);
    svg.append(draw("path", { class: "axis", d: `M${x} ${floor}v4` }),
      draw("text", { x, y: floor + 16, "text-anchor": "middle" }, short(tick)));
  }
  const middle = (MARGIN.left + width - MARGIN.right) / 2;
  svg.append(draw("text", { x: middle, y: HEIGHT - 4, "text-anchor": "middle" }, "Es/N0 (dB)"));
}

function makePanel(metric) {
  const svg = draw("svg", { class: "chart", role: "img", "aria-label": `${metric.title} against Es/N0 in dB` });
  const now = make("ul", { class: "now" });
  const panel = make("div", {
    class: "panel", tabindex: "0", role: "group", "data-metric": metric.name,
    "aria-label": `${metric.title}. Arrow keys move along Es/N0.`,
  }, make("h4", {}, metric.title), make("p", { class: "what" }, metric.about), now, svg);
  const across = abscissa(), up = ordinate(metric);
  let width = 0, pointed = null, cursor = null;

  const place = (snr, value) => [
    MARGIN.left + across.x(snr) * (width - MARGIN.left - MARGIN.right),
    HEIGHT - MARGIN.bottom - up.y(value) * (HEIGHT - MARGIN.bottom - MARGIN.top),
  ];

  function read() {
    const snr = DATA.snr[pointed ?? state.point];
    const lines = [make("li", { class: "at" }, `at ${decibels(snr)}`)];
    DATA.sweeps.forEach((sweep, index) => {
      const curve = sweep.curves[metric.name];
      if (state.hidden.has(index) || !curve) return;
      const at = nearest(sweep.snr, snr);
      const elsewhere = sweep.snr[at] === snr ? "" : ` (at ${decibels(sweep.snr[at])})`;
      lines.push(make("li", {}, swatch(index),
        make("span", { class: "name" }, `${sweep.label}${elsewhere}`),
        make("span", { class: "value" }, short(curve.value[at])),
        make("span", { class: "range" }, interval(curve.low[at], curve.high[at]))));
    });
    now.replaceChildren(...lines);
    const [x] = place(snr, 1);
    cursor?.setAttribute("d", `M${x} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}`);
  }

  function render() {
    if (!width) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.setAttribute("height", HEIGHT);
    svg.replaceChildren();
    drawAxes(svg, across, up, place, width);
    cursor = draw("path", { class: "cursor" });
    svg.append(cursor);
    DATA.sweeps.forEach((sweep, index) => {
      if (!state.hidden.has(index) && sweep.curves[metric.name]) {
        svg.append(drawCurve(metric, sweep, index, place));
      }
    });
    read();
  }

  function under(event) {
    const box = svg.getBoundingClientRect();
    const across01 = ((event.clientX - box.left) / box.width * width - MARGIN.left)
      / (width - MARGIN.left - MARGIN.right);
    return nearest(DATA.snr.map(across.x), across01);
  }

  svg.addEventListener("pointermove", (event) => { pointed = under(event); read(); });
  svg.addEventListener("pointerleave", () => { pointed = null; read(); });
  svg.addEventListener("click", (event) => choosePoint(under(event)));
  panel.addEventListener("focus", () => now.setAttribute("aria-live", "polite"));
  panel.addEventListener("blur", () => now.removeAttribute("aria-live"));
  onArrows(panel);
  new ResizeObserver(() => {
    const found = Math.round(svg.getBoundingClientRect().width);
    if (found && found !== width) { width = found; render(); }
  }).observe(panel);
  let drawn = "";
  watch(() => {
    const wanted = [...state.hidden].join();
    if (wanted === drawn) read();
    else { drawn = wanted; render(); }
  });
  return panel;
}
