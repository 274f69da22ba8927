// Picking anybody of the village, or somebody whom nobody knows, to open one more phone.

export const STRANGER = { name: "陌生号码", phone: "13800000000", title: "没有登记", household: "", group: "", stranger: true };
let chosen = () => {};
let list = [];

const dialog = document.getElementById("picker");
const find = document.getElementById("find");
const found = document.getElementById("found");

export function about(person) {
  const home = person.household.split("-").pop();
  return [person.title, person.group && person.group + (person.leader ? "组长" : ""), !person.title && home && `${home}户`]
    .filter(Boolean).join(" · ");
}

function fill() {
  const wanted = find.value.trim();
  const matching = list.filter((one) => !wanted || `${one.name} ${one.phone} ${about(one)}`.includes(wanted));
  found.replaceChildren(...matching.map((one) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const name = document.createElement("b");
    const more = document.createElement("span");
    button.type = "button";
    name.textContent = one.name;
    more.textContent = `${about(one)}　${one.phone}`;
    button.append(name, more);
    button.addEventListener("click", () => { dialog.close(); chosen(one.phone); });
    item.append(button);
    return item;
  }));
  if (!matching.length) {
    const item = document.createElement("li");
    item.className = "none";
    item.textContent = "没有找到";
    found.append(item);
  }
}

find.addEventListener("input", fill);
find.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  found.querySelector("button")?.click();
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

export function openPicker(people, choose) {
  list = [...people, STRANGER];
  chosen = choose;
  find.value = "";
  fill();
  dialog.showModal();
  find.focus();
}
