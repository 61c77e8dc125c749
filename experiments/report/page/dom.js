// Elements and numbers. Whatever comes from files becomes text nodes and nothing else.

const SVG_SPACE = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_SPACE, tag), attributes, children);
}

/** A number with three digits that matter, as the tables of the command line show it. */
function short(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return value.toFixed(0);
  if (size > 0 && size < 0.001) return value.toExponential(1).replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

function interval(low, high) {
  return low === null || high === null ? "" : `[${short(low)}, ${short(high)}]`;
}

function decibels(value) {
  return `${String(Number(value.toFixed(3))).replace("-", "−")} dB`;
}
