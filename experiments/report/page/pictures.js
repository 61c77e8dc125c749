// The same pictures, question and answers as received at the chosen SNR, beside the original.

function showVerdict(element, answer, right, said) {
  element.className = `answer ${right ? "right" : "wrong"}`;
  element.replaceChildren(make("span", { "aria-hidden": "true" }, right ? "✓ " : "✗ "), answer,
    make("span", { class: "unseen" }, said));
}

function picture(number, alternative) {
  const image = make("img", { alt: alternative, src: DATA.pictures[number] });
  if (DATA.side < 128) image.className = "small";
  return image;
}

function originalFigure(card) {
  const verdict = make("span", {});
  if (card.wanted === null || card.truth === "") verdict.append(card.wanted ?? ""); // null: nobody judged
  else showVerdict(verdict, card.wanted, card.wanted === card.truth,
    card.wanted === card.truth ? ", which is true" : `, but the truth is ${card.truth}`);
  const truth = card.truth !== "" && card.truth !== card.wanted ? `truth: ${card.truth}` : card.name;
  return make("figure", {}, picture(card.original, `original, ${card.name}`),
    make("figcaption", {}, make("span", { class: "whose" }, "original"), verdict,
      make("span", { class: "note" }, truth)));
}

function receivedFigure(card, seen) {
  const sweep = DATA.sweeps[seen.sweep];
  const image = picture(seen.received[0], ""), verdict = make("span", {});
  const note = make("span", { class: "note" }), elsewhere = make("span", { class: "note elsewhere" });
  const figure = make("figure", { "data-sweep": seen.sweep }, image, make("figcaption", {},
    make("span", { class: "whose" }, swatch(seen.sweep), sweep.label), verdict, note, elsewhere));
  watch(() => {
    const snr = DATA.snr[state.point], at = nearest(sweep.snr, snr);
    figure.hidden = state.hidden.has(seen.sweep);
    image.src = DATA.pictures[seen.received[at]];
    image.alt = `received by ${sweep.label} at ${decibels(sweep.snr[at])}`;
    if (seen.answers) {
      const right = seen.answers[at] === card.wanted;
      showVerdict(verdict, seen.answers[at], right,
        right ? ", as for the original" : ", not as for the original");
    }
    note.textContent = seen.notes[at];
    elsewhere.textContent = sweep.snr[at] === snr ? "" : `measured at ${decibels(sweep.snr[at])}`;
  });
  return figure;
}

function showCards() {
  const judged = DATA.cards.some((card) => card.seen.some((seen) => seen.answers));
  document.getElementById("verdicts").hidden = !judged;
  document.getElementById("cards").classList.toggle("large", DATA.side > 128);
  document.getElementById("arrives").hidden = !DATA.cards.length; // links send no pictures
  document.getElementById("cards").append(...DATA.cards.map((card) => make("article", { class: "card" },
    make("h3", {}, card.question),
    make("div", { class: "row" }, originalFigure(card),
      ...card.seen.map((seen) => receivedFigure(card, seen))))));
}
