// Replaces the page's content every few seconds; without scripts a meta refresh does.
const period = 5000;
async function update() {
  if (document.hidden || String(getSelection())) return;
  try {
    const answer = await fetch(location.href, {headers: {accept: "text/html"}});
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["header", "main"])
      document.querySelector(part).replaceWith(next.querySelector(part));
    document.body.classList.remove("stale");
  } catch {
    document.body.classList.add("stale");
  }
}
setInterval(update, period);
