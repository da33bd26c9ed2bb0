// Uploads: several at once, each with its progress, cancel and retry. A file goes in parts, so that a
// dropped connection costs one part and not the file. Without script the form sends one file.
(() => {
  "use strict";
  const atOnce = 2;
  const triesMax = 5;
  const firstPauseMilliseconds = 1_000;
  const backOnline = () => new Promise((go) => addEventListener("online", go, { once: true }));
  const pause = (milliseconds) =>
    Promise.race([new Promise((go) => setTimeout(go, milliseconds)), backOnline()]);

  class Refused extends Error {} // the server said why: trying again by itself changes nothing
  class Stopped extends Error {} // somebody pressed Cancel

  const say = (words) => {
    const line = document.createElement("p");
    line.className = "visually-hidden";
    line.textContent = words;
    document.getElementById("status")?.append(line);
    setTimeout(() => line.remove(), 3_000);
  };

  const askOnce = (upload, method, address, body, onProgress) => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    upload.request = request;
    request.open(method, address);
    request.setRequestHeader("X-CSRFToken", upload.place.token);
    request.setRequestHeader("HX-Request", "true"); // signed out: 401 in place of a whole page
    if (onProgress) request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("error", () => failed(new Error("connection")));
    request.addEventListener("abort", () => failed(new Stopped()));
    request.addEventListener("load", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText || "{}"); } catch { /* no answer of ours */ }
      if (request.status >= 200 && request.status < 300 && answer) done(answer);
      else if (request.status === 401) failed(new Refused(upload.words.signedOut));
      else if (request.status === 409 || request.status >= 500) failed(new Error(answer?.error || ""));
      else failed(new Refused(answer?.error || upload.words.failed));
    });
    request.send(body);
  });

  // What fails by chance is tried again: later each time, and at once when the line is back.
  const ask = async (upload, ...request) => {
    for (let tries = 1; ; tries += 1) {
      if (upload.stopped) throw new Stopped();
      try { return await askOnce(upload, ...request); } catch (problem) {
        if (problem instanceof Refused || problem instanceof Stopped || tries === triesMax) throw problem;
        upload.show(upload.words.again);
        await pause(firstPauseMilliseconds * 2 ** (tries - 1));
      }
    }
  };

  const form = (fields) => new URLSearchParams(fields);

  class Upload {
    constructor(place, file) {
      this.place = place;
      this.file = file;
      this.words = place.words;
      this.row = place.template.content.firstElementChild.cloneNode(true);
      this.bar = this.row.querySelector("progress");
      this.told = this.row.querySelector("[data-told]");
      this.row.querySelector("[data-name]").textContent = file.name;
      this.bar.setAttribute("aria-label", file.name);
      for (const name of ["cancel", "retry"]) {
        const button = this.row.querySelector(`[data-${name}]`);
        button.setAttribute("aria-label", `${button.textContent.trim()} ${file.name}`);
        button.addEventListener("click", () => this[name]());
      }
      place.list.append(this.row);
      place.list.hidden = false;
    }

    show(words) { this.told.textContent = words; }

    become(state, words) {
      this.state = state;
      this.row.dataset.state = state;
      this.bar.hidden = state !== "sending" && state !== "waiting";
      this.row.querySelector("[data-retry]").hidden = state !== "failed";
      this.row.querySelector("[data-cancel]").hidden = state === "done";
      this.show(words);
    }

    progress(bytes) {
      const percent = Math.floor((100 * bytes) / this.file.size);
      this.bar.value = percent;
      this.show(this.words.sending.replace("{percent}", String(percent)));
    }

    async send() {
      this.become("sending", this.words.sending.replace("{percent}", "0"));
      try {
        await this.announce();
        if (this.stopped) { this.drop(); return; }
        await this.sendParts();
        this.show(this.words.finishing);
        await ask(this, "POST", this.known.finish_address, form({}));
        this.become("done", this.words.done);
        say(`${this.file.name}: ${this.words.done}`);
        this.place.changed = true;
      } catch (problem) {
        if (problem instanceof Stopped) return;
        this.become("failed", problem.message && problem.message !== "connection"
          ? problem.message : this.words.failed);
        say(`${this.file.name}: ${this.told.textContent}`);
      }
    }

    async announce() {
      const { file, place } = this;
      if (this.known) {
        this.known = await ask(this, "GET", this.known.address, null);
        return;
      }
      const fields = { name: file.name, size: String(file.size), ...place.target };
      this.known = await ask(this, "POST", place.begin, form(fields));
    }

    async sendParts() {
      const { address, part_bytes: partBytes, parts, stands } = this.known;
      if (stands) return;
      const there = new Set(parts);
      const count = Math.ceil(this.file.size / partBytes);
      let sent = 0;
      for (let number = 1; number <= count; number += 1) {
        const part = this.file.slice((number - 1) * partBytes, number * partBytes);
        const before = sent;
        if (!there.has(number)) {
          const progress = (bytes) => this.progress(Math.min(before + bytes, this.file.size));
          await ask(this, "PUT", `${address}?part=${number}`, part, progress);
        }
        sent += part.size;
        this.progress(sent);
      }
    }

    retry() {
      this.become("waiting", this.words.waiting);
      this.row.querySelector("[data-cancel]").focus();
      this.place.go();
    }

    cancel() {
      const next = this.row.nextElementSibling?.querySelector("button:not([hidden])") ?? this.place.button;
      this.stopped = true;
      this.state = "refused";
      // What the server has not answered yet it may have begun all the same: `send` drops that.
      if (this.known) {
        this.request?.abort();
        this.drop();
      }
      this.row.remove();
      this.place.forget(this);
      next.focus();
      this.place.go();
    }

    // Nothing of it stays at the server, though the page is left at once.
    drop() {
      const headers = { "X-CSRFToken": this.place.token };
      fetch(this.known.address, { method: "DELETE", headers, keepalive: true }).catch(() => {});
    }
  }

  class Place {
    constructor(element) {
      const { uploads: begin, target, words, refresh, bytesMax } = element.dataset;
      Object.assign(this, { element, begin, refresh, bytesMax: Number(bytesMax), all: [] });
      this.target = JSON.parse(target);
      this.words = JSON.parse(words);
      this.form = element.querySelector("form");
      this.input = element.querySelector("input[type=file]");
      this.list = element.querySelector("[data-list]");
      this.template = element.querySelector("template");
      this.input.multiple = !this.target.document && !this.target.for_message;
      // The button opens the choice of files itself: an empty field must not stop it.
      this.input.required = false;
      this.input.tabIndex = -1;
      this.button = this.form.querySelector("button");
      element.classList.add("uploads-live");
      this.input.addEventListener("change", () => this.take([...this.input.files]));
      this.form.addEventListener("submit", (event) => this.submitted(event));
      for (const name of ["dragenter", "dragover"]) element.addEventListener(name, (event) => this.over(event));
      element.addEventListener("dragleave", (event) => this.left(event));
      element.addEventListener("drop", (event) => this.dropped(event));
      // On a slow machine a file is chosen before this script has come to the form.
      if (this.input.files.length) this.take([...this.input.files]);
    }

    get token() { return this.form.querySelector("[name=csrf_token]").value; }

    get isBusy() { return this.all.some((one) => one.state === "sending" || one.state === "waiting"); }

    submitted(event) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.input.click();
    }

    over(event) {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.element.classList.add("uploads-over");
    }

    left(event) {
      if (!this.element.contains(event.relatedTarget)) this.element.classList.remove("uploads-over");
    }

    dropped(event) {
      event.preventDefault();
      this.element.classList.remove("uploads-over");
      const folders = new Set([...event.dataTransfer.items]
        .map((item) => item.webkitGetAsEntry?.())
        .filter((entry) => entry?.isDirectory)
        .map((entry) => entry.name));
      const files = [...event.dataTransfer.files].filter((file) => !folders.has(file.name));
      if (folders.size) say(this.words.folders);
      this.element.querySelector("[data-folders]").hidden = !folders.size;
      this.take(this.input.multiple ? files : files.slice(0, 1));
    }

    take(files) {
      this.input.value = "";
      for (const upload of this.all.filter((one) => one.state === "done")) {
        upload.row.remove();
        this.forget(upload);
      }
      for (const file of files) {
        const upload = new Upload(this, file);
        this.all.push(upload);
        const wrong = this.wrongWith(file);
        upload.become(wrong ? "refused" : "waiting", wrong || this.words.waiting);
        if (wrong) say(`${file.name}: ${wrong}`);
      }
      this.go();
    }

    wrongWith(file) {
      if (file.size > this.bytesMax) return this.words.tooLarge;
      return file.size < 1 ? this.words.empty : "";
    }

    forget(upload) {
      this.all = this.all.filter((one) => one !== upload);
      this.list.hidden = !this.all.length;
    }

    go() {
      const sending = this.all.filter((one) => one.state === "sending").length;
      const waiting = this.all.filter((one) => one.state === "waiting");
      for (const upload of waiting.slice(0, atOnce - sending)) upload.send().then(() => this.go());
      if (!this.isBusy && this.changed) this.settle();
    }

    // All is there: the list below shows it.
    async settle() {
      this.changed = false;
      const ids = this.all.filter((one) => one.state === "done").map((one) => one.known.id);
      // Where a message is written, it takes the file.
      const told = new CustomEvent("uploads:done", { bubbles: true, cancelable: true, detail: { ids } });
      if (!this.element.dispatchEvent(told)) return;
      if (!this.refresh) { location.reload(); return; }
      const answer = await fetch(location.href).catch(() => null);
      if (!answer?.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(this.refresh);
      const stale = document.getElementById(this.refresh);
      if (!fresh || !stale) return;
      stale.replaceWith(document.adoptNode(fresh));
      window.htmx?.process(fresh);
    }
  }

  const places = [];
  const begin = (part) => {
    for (const element of part.querySelectorAll("[data-uploads]:not(.uploads-live)")) {
      places.push(new Place(element));
    }
  };
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt.parentElement ?? document));
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => begin(document));
  } else {
    begin(document);
  }
  addEventListener("beforeunload", (event) => {
    if (places.some((place) => place.isBusy && place.element.isConnected)) event.preventDefault();
  });
})();
