// The page: asks once a second what is new, gives it to the phones, moves the day, remembers which phones are open.

import { Phone } from "./phone.js";
import { ask, toast } from "./line.js";
import { openPicker, STRANGER } from "./picker.js";

const KEPT = "huzhu-demo";
const phones = new Map();
let people = new Map();
let history = new Map();
let kept = { open: null, channel: {}, seen: {} };
let last = 0;
let today = {};
let active = "";
let polling = Promise.resolve();

const at = (id) => document.getElementById(id);

function remember() {
  kept.open = [...phones.keys()];
  try { localStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* A private window keeps nothing. */ }
}

function recall() {
  try { kept = { ...kept, ...JSON.parse(localStorage.getItem(KEPT) || "{}") }; } catch { /* Begin anew. */ }
}

function open(number) {
  if (!phones.has(number)) {
    const person = people.get(number) || { ...STRANGER, phone: number };
    const phone = new Phone(person, { kept, remember, poll, focus, close, place: () => today.name || "互助社" });
    phones.set(number, phone);
    at("phones").append(phone.element);
    at("tabs").append(phone.tab);
    phone.show(history.get(number) || []);
    remember();
  }
  return phones.get(number);
}

function close(number) {
  const phone = phones.get(number);
  phone.element.remove();
  phone.tab.remove();
  phones.delete(number);
  remember();
  if (active === number && phones.size) focus([...phones.keys()][0]);
}

function focus(number, { scroll = true } = {}) {
  active = number;
  for (const [key, phone] of phones) phone.activate(key === number);
  const phone = phones.get(number);
  if (!phone) return;
  phone.seen();
  phone.tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (scroll) phone.element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "smooth" });
}

function setToday(shown) {
  if (JSON.stringify(shown) === JSON.stringify(today)) return;
  today = shown;
  at("today").textContent = shown.words;
  at("today").dateTime = shown.day;
  at("date").value = shown.day;
  at("place").textContent = shown.name || "互助社";
  at("board").hidden = !shown.society;
  at("board").href = `/notices/${encodeURIComponent(shown.society)}`;
  at("poster").hidden = shown.notice === null;
  at("poster").href = `/notices/${encodeURIComponent(shown.society)}/${shown.notice}?print=1`;
}

// One question at a time: a second caller waits for the first, then asks again.
function poll() {
  polling = polling.then(read, read);
  return polling;
}

async function read() {
  const first = last === 0;
  let answer;
  do {
    answer = await ask(`/demo/messages?after=${last}`);
    for (const message of answer.messages) {
      last = Math.max(last, message.id);
      if (!history.has(message.phone)) history.set(message.phone, []);
      history.get(message.phone).push(message);
      phones.get(message.phone)?.add(message, !first);
    }
  } while (answer.messages.length >= 500);
  setToday(answer.today);
}

async function watch() {
  try {
    await poll();
    if (!at("toast").hidden && at("toast").dataset.kind === "lost") toast("又连上了");
  } catch {
    toast("连不上服务，正在重试……", "lost");
  }
  setTimeout(watch, 1000);
}

async function move(day, what = "") {
  for (const button of document.querySelectorAll(".moves button")) button.disabled = true;
  try {
    setToday(await ask("/demo/today", { day }));
    if (what) toast(`${today.words}：${what}`);
  } catch (failure) {
    toast(failure.message);
    at("date").value = today.day;
  } finally {
    for (const button of document.querySelectorAll(".moves button")) button.disabled = false;
  }
}

function dayAfter(day) {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

async function toNext() {
  try {
    const { next } = await ask("/demo/next");
    if (next) await move(next.day, next.what);
    else toast("眼下没有要到期的事");
  } catch (failure) {
    toast(failure.message);
  }
}

function pickDay() {
  try { at("date").showPicker(); } catch {
    const day = prompt("哪一天？", today.day);
    if (day) move(day.trim());
  }
}

async function start() {
  recall();
  const village = await ask("/demo/people");
  people = new Map(village.people.map((one) => [one.phone, one]));
  await poll();
  if (!kept.open) for (const message of [...history.values()].flat()) kept.seen[`${message.phone}/${message.channel}`] = message.id;
  for (const number of kept.open?.length ? kept.open : village.cast) open(number);
  if (phones.size) focus([...phones.keys()][0], { scroll: false });
  at("tomorrow").addEventListener("click", () => move(dayAfter(today.day)));
  at("coming").addEventListener("click", toNext);
  at("pick").addEventListener("click", pickDay);
  at("date").addEventListener("change", (event) => event.target.value && move(event.target.value));
  at("add").addEventListener("click", () => openPicker([...people.values()], (number) => { open(number); focus(number); }));
  watch();
}

function begin() {
  start().catch(() => { toast("连不上服务，正在重试……", "lost"); setTimeout(begin, 1500); });
}

begin();
