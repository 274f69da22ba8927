// One phone: its two conversations, what may be sent next, the keys. Every text is shown as text, never as markup.

import { ask, toast } from "./line.js";
import { about } from "./picker.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "空格"];
const CODE = /绑定微信的验证码([0-9]{6})/;
const BOUND = "绑定好了";
const NEAR = 80;

function dayWords(day) {
  const when = new Date(`${day}T00:00:00Z`);
  return `${when.getUTCMonth() + 1}月${when.getUTCDate()}日 星期${"日一二三四五六"[when.getUTCDay()]}`;
}

function made(tag, kind, text) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  return element;
}

export class Phone {
  constructor(person, page) {
    this.person = person;
    this.page = page;
    this.number = person.phone;
    this.messages = [];
    this.binding = false;
    this.channel = "sms";
    this.element = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    const part = (name) => this.element.querySelector(name);
    this.log = part(".log");
    this.hints = part(".hints");
    this.input = part(".write input");
    this.title = part(".title");
    part(".name").textContent = person.name;
    part(".role").textContent = about(person) || "社员";
    this.tab = made("button", "tab", person.name);
    this.tab.type = "button";
    this.tab.setAttribute("role", "tab");
    this.tab.append(made("i"));
    this.tab.addEventListener("click", () => page.focus(this.number));
    this.element.addEventListener("pointerdown", () => page.focus(this.number, { scroll: false }));
    this.element.addEventListener("focusin", () => page.focus(this.number, { scroll: false }));
    part(".away").addEventListener("click", (event) => { event.stopPropagation(); page.close(this.number); });
    part(".write").addEventListener("submit", (event) => { event.preventDefault(); this.sendWritten(); });
    for (const button of this.element.querySelectorAll(".switch button")) {
      button.addEventListener("click", () => this.turnTo(button.dataset.channel));
    }
    part(".keys").append(...KEYS.map((key) => this.key(key)));
    this.dress();
    // Whoever reads the newest message keeps it in sight when buttons or a keyboard take room, or the phone comes up.
    this.following = true;
    this.width = 0;
    this.log.addEventListener("scroll", () => {
      // In another width the texts wrap anew: where it stands then is nobody's wish.
      if (this.log.clientWidth !== this.width) return;
      this.following = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
    });
    new ResizeObserver(() => {
      this.width = this.log.clientWidth;
      if (this.following) this.toNewest();
    }).observe(this.log);
  }

  toNewest() {
    this.following = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  key(sign) {
    const button = made("button", sign.length > 1 || sign === "⌫" ? "small" : "", sign);
    button.type = "button";
    button.addEventListener("click", () => {
      if (sign === "⌫") this.input.value = this.input.value.slice(0, -1);
      else this.input.value += sign === "空格" ? " " : sign;
    });
    return button;
  }

  activate(on) {
    this.element.classList.toggle("active", on);
    this.tab.setAttribute("aria-selected", on);
  }

  dress() {
    this.element.classList.toggle("sms", this.channel === "sms");
    this.element.classList.toggle("wechat", this.channel === "wechat");
    this.title.textContent = this.channel === "sms" ? `短信 ${this.number}` : this.page.place();
    for (const button of this.element.querySelectorAll(".switch button")) {
      button.setAttribute("aria-pressed", button.dataset.channel === this.channel);
    }
  }

  // What is on the phone.

  show(messages) {
    this.messages = [...messages];
    this.channel = this.page.kept.channel[this.number] || (this.bound() ? "wechat" : "sms");
    this.dress();
    this.draw();
  }

  add(message, fresh) {
    this.messages.push(message);
    if (message.channel === this.channel) {
      this.append(message, fresh);
      this.offer();
      if (this.following || message.way === "sent") this.toNewest();
    }
    const code = message.way === "received" && message.channel === "sms" && CODE.exec(message.text);
    if (code && this.binding) {
      this.binding = false;
      this.send(code[1], "wechat");
    }
    const looking = this.element.classList.contains("active") && message.channel === this.channel;
    if (message.way === "sent" || (looking && document.visibilityState === "visible")) this.seen();
    this.count();
  }

  draw() {
    this.drawnDay = "";
    this.log.replaceChildren();
    const own = this.own();
    if (!own.length) this.log.append(made("p", "empty", this.channel === "sms" ? "还没有短信。写一句“余额”试试。" : "还没有消息。"));
    for (const message of own) this.append(message, false);
    this.offer();
    this.toNewest();
    this.count();
  }

  own() {
    return this.messages.filter((one) => one.channel === this.channel);
  }

  append(message, fresh) {
    this.log.querySelector(".empty")?.remove();
    if (message.day !== this.drawnDay) this.log.append(made("div", "date", dayWords(message.day)));
    this.drawnDay = message.day;
    if (message.way === "note") {
      this.log.append(made("div", "note", message.text));
      return;
    }
    const line = made("div", `line ${message.way}${fresh ? " fresh" : ""}`);
    line.dataset.face = this.person.name.slice(-1);
    line.append(made("p", "", message.text));
    this.log.append(line);
  }

  // What may be sent next: what the newest text with an invitation invites to, while it stands unanswered.
  offer() {
    const own = this.own();
    const answered = own.findLastIndex((one) => one.way === "sent");
    const asking = own.slice(answered + 1).findLast((one) => one.hints.length)?.hints || [];
    const usual = this.person.title && !this.person.stranger ? ["待办", "余额"] : ["余额", "帮助"];
    const offered = asking.length ? asking : usual.map((text) => ({ text, whole: true }));
    this.hints.replaceChildren(...offered.map((hint) => {
      const button = made("button", hint.whole ? "" : "begin", hint.text.trim());
      button.type = "button";
      button.addEventListener("click", () => {
        if (hint.whole) this.send(hint.text);
        else { this.input.value = hint.text; this.input.focus(); }
      });
      return button;
    }));
  }

  // What is new.

  seen() {
    const newest = this.own().at(-1)?.id || 0;
    const key = `${this.number}/${this.channel}`;
    if ((this.page.kept.seen[key] || 0) < newest) {
      this.page.kept.seen[key] = newest;
      this.page.remember();
    }
    this.count();
  }

  count() {
    let all = 0;
    for (const button of this.element.querySelectorAll(".switch button")) {
      const channel = button.dataset.channel;
      const seen = this.page.kept.seen[`${this.number}/${channel}`] || 0;
      const fresh = this.messages.filter((one) => one.channel === channel && one.way === "received" && one.id > seen);
      button.classList.toggle("new", fresh.length > 0);
      button.querySelector("i").textContent = fresh.length || "";
      all += fresh.length;
    }
    this.tab.classList.toggle("new", all > 0);
    this.tab.querySelector("i").textContent = all || "";
  }

  // Sending.

  sendWritten() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.send(text);
  }

  async send(text, channel = this.channel) {
    try {
      const sending = ask("/demo/send", { phone: this.number, channel, text });
      // The message stands on the phone before the fund has answered.
      setTimeout(() => this.page.poll().catch(() => {}), 60);
      await sending;
      await this.page.poll();
    } catch (failure) {
      toast(failure.message);
    }
  }

  async turnTo(channel) {
    this.channel = channel;
    this.page.kept.channel[this.number] = channel;
    this.page.remember();
    this.dress();
    this.draw();
    this.seen();
    if (channel === "wechat") await this.bind();
  }

  bound() {
    return this.messages.some((one) => one.channel === "wechat" && one.way === "received" && one.text.startsWith(BOUND));
  }

  // The true way to a WeChat that the fund knows: follow, say whose phone it is, send back the code that comes there.
  async bind() {
    const here = this.messages.filter((one) => one.channel === "wechat");
    if (this.binding || this.bound()) return;
    this.binding = true;
    try {
      if (!here.length) await ask("/demo/follow", { phone: this.number });
      await this.send(`绑定 ${this.number}`, "wechat");
    } catch (failure) {
      this.binding = false;
      toast(failure.message);
    }
  }
}
