// Scales, ticks and their labels.

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function powerOfTen(exponent) {
  return exponent === 0 ? "1" : "10" + [...String(exponent)].map((c) => RAISED[c]).join("");
}

/** Round numbers from low to high, about `count` of them. */
function roundTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

/** All numbers that a metric's axis must hold. */
function extent(metric) {
  const found = [];
  for (const sweep of DATA.sweeps) {
    const curve = sweep.curves[metric.name];
    if (!curve) continue;
    curve.value.forEach((value, i) => {
      if (value === null) return;
      const low = curve.low[i] ?? value, high = curve.high[i] ?? value;
      if (metric.log) found.push(...(value > 0 ? [value, low] : [high]).filter((x) => x > 0));
      else found.push(value, low, high);
    });
  }
  return found;
}

/** Return {y, ticks, label}: y takes a value to its place, 0 at the bottom and 1 at the top. */
function ordinate(metric) {
  const found = extent(metric);
  if (metric.log) {
    const floor = Math.min(-1, Math.floor(Math.log10(Math.min(...found, 0.1)) - 0.05));
    const every = Math.ceil(-floor / 5), ticks = [];
    for (let e = 0; e >= floor; e -= every) ticks.push(10 ** e);
    const y = (value) => Math.max(0, (Math.log10(Math.max(value, 1e-300)) - floor) / (0.08 - floor));
    return { y, ticks, label: (value) => powerOfTen(Math.round(Math.log10(value))) };
  }
  let [low, high] = metric.range ?? [Math.min(...found), Math.max(...found)];
  low = metric.range ? Math.min(low, ...found) : low;
  high = high ?? (Math.max(...found) || 1);
  if (high - low < 1e-9) [low, high] = [low - 0.5, high + 0.5];
  const pad = metric.range ? 0 : 0.06 * (high - low);
  [low, high] = [low - pad, high + (high === 1 ? 0.02 : pad || 0.06 * (high - low))];
  const y = (value) => Math.min(1, Math.max(0, (value - low) / (high - low)));
  return { y, ticks: roundTicks(low, high, 5), label: (value) => short(value) };
}

/** Return {x, ticks}: x takes Es/N0 in dB to its place from 0 to 1. */
function abscissa() {
  let [low, high] = [DATA.snr[0], DATA.snr[DATA.snr.length - 1]];
  if (high === low) [low, high] = [low - 1, high + 1];
  const pad = 0.02 * (high - low);
  const x = (snr) => (snr - low + pad) / (high - low + 2 * pad);
  return { x, ticks: roundTicks(low, high, 6) };
}
