// Draws the charts, and keeps them and the figures up to date by what the server sends.
(() => {
  const page = document.getElementById("dashboard");

  for (const card of page.querySelectorAll("[data-chart]")) {
    draw(card);
    card.querySelector(".behind")?.addEventListener("toggle", () => tell(card));
  }
  document.getElementById("mailbox")?.addEventListener("change", (event) => event.target.form.submit());

  function draw(card) {
    drawChart(card.querySelector(".plot"), JSON.parse(card.querySelector(".drawing").textContent));
  }

  function show(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const part of template.content.querySelectorAll("#days, #numbers, #drift")) replace(document.getElementById(part.id), part);
    for (const card of template.content.querySelectorAll("[data-chart]")) update(card);
  }

  // What the hand or the eye is on stays: only what differs is exchanged.
  function replace(old, part) {
    if (old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes);
  }

  function update(card) {
    const old = page.querySelector(`[data-chart="${card.dataset.chart}"]`);
    const drawing = old.querySelector(".drawing");
    if (drawing.textContent === card.querySelector(".drawing").textContent) return;
    drawing.textContent = card.querySelector(".drawing").textContent;
    old.querySelector(".nothing").hidden = card.querySelector(".nothing").hidden;
    const table = card.querySelector("table");
    if (table) old.querySelector("table").replaceWith(table);
    else tell(old);
    draw(old);
  }

  // The table behind a chart is asked for while somebody looks at it.
  function tell(card) {
    const behind = card.querySelector(".behind");
    if (behind?.open) htmx.trigger(behind.querySelector(".scrolls"), "wanted");
  }

  follow(page.dataset.stream, { figures: show });
})();
