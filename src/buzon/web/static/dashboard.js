// Draws the charts, and keeps them and the figures up to date by what the server sends.
(() => {
  const page = document.getElementById("dashboard");
  const line = document.getElementById("line");

  const SILENCE = 40_000; // the server speaks every 15 seconds
  const AGAIN = 3_000;

  let stream = null;
  let heardAt = 0;
  let again = 0;

  for (const card of page.querySelectorAll("[data-chart]")) draw(card);
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
    old.querySelector("table")?.replaceWith(card.querySelector("table"));
    draw(old);
  }

  function connect() {
    clearTimeout(again);
    stream?.close();
    stream = new EventSource(page.dataset.stream);
    heardAt = Date.now();
    stream.onopen = () => say("live");
    stream.onerror = lose;
    stream.addEventListener("beat", () => (heardAt = Date.now()));
    stream.addEventListener("figures", (event) => {
      heardAt = Date.now();
      show(event.data);
    });
  }

  function lose() {
    say("lost");
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(again);
    again = setTimeout(connectIfSignedIn, AGAIN + Math.random() * AGAIN);
  }

  // An EventSource does not tell why it was refused.
  async function connectIfSignedIn() {
    const trial = new AbortController();
    try {
      const answer = await fetch(page.dataset.stream, { signal: trial.signal });
      trial.abort();
      if (answer.status === 401) location.reload();
      else connect();
    } catch {
      connect();
    }
  }

  function say(state) {
    line.textContent = line.dataset[state];
    line.classList.toggle("lost", state === "lost");
  }

  // A hidden tab keeps no connection: browsers allow six to a server, over all tabs.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream?.close();
    else connect();
  });
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  window.addEventListener("pagehide", () => stream?.close());
  setInterval(() => {
    if (!document.hidden && Date.now() - heardAt > SILENCE) {
      say("lost");
      connect();
    }
  }, 5_000);
  if (!document.hidden) connect();
})();
