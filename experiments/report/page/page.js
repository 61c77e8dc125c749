// Puts the page together.

function showDial() {
  const slider = document.getElementById("snr"), now = document.getElementById("snr-now");
  const lower = document.getElementById("lower"), higher = document.getElementById("higher");
  Object.assign(slider, { min: 0, max: DATA.snr.length - 1 });
  slider.addEventListener("input", () => choosePoint(Number(slider.value)));
  lower.addEventListener("click", () => choosePoint(state.point - 1));
  higher.addEventListener("click", () => choosePoint(state.point + 1));
  watch(() => {
    const text = decibels(DATA.snr[state.point]);
    slider.value = state.point;
    slider.setAttribute("aria-valuetext", text);
    now.textContent = text;
    lower.disabled = state.point === 0;
    higher.disabled = state.point === DATA.snr.length - 1;
  });
}

function showLegend() {
  document.getElementById("legend").append(...DATA.sweeps.map((sweep, index) => {
    const button = make("button", { type: "button", "data-sweep": index }, swatch(index), sweep.label);
    button.addEventListener("click", () => toggle(index));
    watch(() => button.setAttribute("aria-pressed", String(!state.hidden.has(index))));
    return button;
  }));
}

function showPanels() {
  const place = document.getElementById("panels");
  for (const group of DATA.groups) {
    place.append(make("h3", { class: "group" }, group.title),
      make("div", { class: "grid" }, ...group.metrics.map(makePanel)));
  }
  place.append(valuesAsTables());
}

document.getElementById("lead").textContent = DATA.lead;
showDial();
showLegend();
showCards();
showPanels();
showAbout();
