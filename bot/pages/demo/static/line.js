// Talking with the server, and a word to whoever looks at the page.

export async function ask(address, body) {
  const asked = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(address, { cache: "no-store", ...asked });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || `服务出错了（${answer.status}）`);
  return said;
}

let hiding;

export function toast(text, kind = "") {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.dataset.kind = kind;
  box.hidden = false;
  clearTimeout(hiding);
  if (kind !== "lost") hiding = setTimeout(() => { box.hidden = true; }, 5000);
}
