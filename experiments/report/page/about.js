// Tables of all values; configuration, versions, costs and the commands to copy.

function table(caption, head, rows) {
  return make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...head.map((cell) => make("th", { scope: "col" }, cell)))),
    make("tbody", {}, ...rows.map(([first, ...cells]) => make("tr", {},
      make("th", { scope: "row" }, first), ...cells.map((cell) => make("td", {}, cell))))));
}

function metricTable(metric) {
  const shown = DATA.sweeps.filter((sweep) => sweep.curves[metric.name]);
  const rows = DATA.snr.map((snr) => [decibels(snr), ...shown.map((sweep) => {
    const at = sweep.snr.indexOf(snr), curve = sweep.curves[metric.name];
    return at < 0 ? "" : `${short(curve.value[at])} ${interval(curve.low[at], curve.high[at])}`;
  })]);
  return table(metric.title, ["Es/N0", ...shown.map((sweep) => sweep.label)], rows);
}

function valuesAsTables() {
  return make("details", {}, make("summary", {}, "All values as tables"),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "All values" },
      ...DATA.groups.flatMap((group) => group.metrics.map(metricTable))));
}

function pairs(entries) {
  return make("dl", {}, ...entries.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "Copied";
  document.getElementById("said").textContent = "Command copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function commandLine(sweep) {
  const button = make("button", { type: "button", "aria-label": `Copy the command of ${sweep.label}` }, "Copy");
  button.addEventListener("click", () => copy(sweep.command, button));
  return make("div", { class: "command" }, make("pre", { tabindex: "0" }, sweep.command), button);
}

function sheet(sweep, index) {
  const parts = [make("h3", {}, swatch(index), make("span", {}, sweep.label)), commandLine(sweep)];
  if (sweep.options.length) parts.push(make("h4", {}, "Only here"), pairs(sweep.options));
  parts.push(make("h4", {}, sweep.costs_of), pairs(sweep.costs));
  return make("article", { class: "sheet" }, ...parts);
}

function showAbout() {
  const place = document.getElementById("about");
  place.append(...DATA.sweeps.flatMap((sweep, index) => (sweep.command ? [sheet(sweep, index)] : [])));
  const common = make("article", { class: "sheet" },
    make("h3", {}, DATA.sweeps.length > 1 ? "Common to all" : "Configuration"));
  if (DATA.command) common.append(commandLine({ command: DATA.command, label: "this study" }));
  common.append(pairs(DATA.options));
  if (DATA.versions.length) common.append(make("h4", {}, "Versions"), pairs(DATA.versions));
  place.append(common);
}
