// A file of mails is sent in pieces, so that none is too large or too slow for what lies between.
(() => {
  const form = document.querySelector("#upload");
  const bar = document.querySelector("#sent");
  const words = document.querySelector("#sending");
  const here = "/settings/data/uploads";
  let sending = false;

  const post = async (path, body) => {
    const answer = await fetch(here + path, { method: "POST", body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(answer.status === 401 || answer.status >= 500 ? "" : text);
    return text;
  };
  const send = async (file, mailbox) => {
    const piece = Number(form.dataset.piece);
    const id = await post("", new URLSearchParams({ name: file.name, size: file.size, mailbox }));
    for (let begin = 0; begin < file.size; begin += piece) {
      await post(`/${id}/pieces/${begin / piece}`, file.slice(begin, begin + piece));
      bar.value = Math.min(1, (begin + piece) / file.size);
    }
    await post(`/${id}/begin`);
  };
  const show = (text, bad) => {
    words.textContent = text;
    words.classList.toggle("bad", bad);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    bar.value = 0;
    bar.hidden = false;
    show(form.dataset.sending, false);
    try {
      await send(form.querySelector("#file").files[0], form.querySelector("#mailbox").value);
      sending = false;
      location.reload();
    } catch (error) {
      sending = false;
      bar.hidden = true;
      show(error instanceof TypeError ? form.dataset.broken : error.message || form.dataset.broken, true);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
})();
