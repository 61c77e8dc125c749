// What is chosen: one SNR for pictures and cursors, and which sweeps are hidden.

const DATA = JSON.parse(document.getElementById("data").textContent);

const state = { point: DATA.start, hidden: new Set(DATA.hidden), watchers: [] };

function watch(watcher) {
  state.watchers.push(watcher);
  watcher();
}

function changed() {
  for (const watcher of state.watchers) watcher();
}

function choosePoint(point) {
  const kept = Math.min(Math.max(point, 0), DATA.snr.length - 1);
  if (kept === state.point) return;
  state.point = kept;
  changed();
}

function toggle(sweep) {
  if (!state.hidden.delete(sweep)) state.hidden.add(sweep);
  changed();
}

/** The place in `values` of what is nearest to `wanted`. */
function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = i;
  });
  return best;
}

/** Move by arrow keys, wherever the focus is that asks for it. */
function onArrows(element) {
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const end = { Home: 0, End: DATA.snr.length - 1 }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    choosePoint(end === undefined ? state.point + step : end);
  });
}
