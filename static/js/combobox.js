// Combobox (templates/components/combobox.html): finds clients and matters as somebody types, by the
// ARIA 1.2 pattern with a listbox. Without script the text goes out by its Search button.
(() => {
  "use strict";
  const waitMilliseconds = 200;

  const connect = (box) => {
    if (box.dataset.connected) return;
    box.dataset.connected = "yes";
    const input = box.querySelector("input[type=text]");
    const list = box.querySelector("[role=listbox]");
    const value = document.getElementById(`${input.id}-value`);
    const shown = box.querySelector("[data-combobox-shown]");
    const detail = box.querySelector("[data-combobox-detail]");
    const status = box.querySelector("[data-combobox-status]");
    let active = -1;
    let found = null; // the text that the list answers
    let timer;
    let asking;

    box.querySelector("[data-combobox-search]").remove();
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    const options = () => [...list.querySelectorAll("[role=option]")];
    const isOpen = () => !list.hidden;

    const mark = (place) => {
      const all = options();
      active = place;
      all.forEach((option, index) => {
        option.setAttribute("aria-selected", String(index === place));
      });
      if (place < 0) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", all[place].id);
      all[place].scrollIntoView({ block: "nearest" });
    };

    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      mark(-1);
    };

    const open = () => {
      list.hidden = false;
      input.setAttribute("aria-expanded", String(options().length > 0));
    };

    // What was chosen, and the text that stands for it; none while somebody types.
    const choose = (key, words) => {
      box.querySelector("[data-combobox-choices]")?.remove();
      value.disabled = false;
      shown.value = input.value;
      detail.textContent = words;
      if (value.value === key) return;
      value.value = key;
      value.dispatchEvent(new Event("change", { bubbles: true }));
    };

    const pick = (option) => {
      clearTimeout(timer);
      asking?.abort();
      input.value = option.dataset.label;
      choose(option.dataset.key, option.dataset.detail);
      close();
      status.textContent = "";
    };

    const fill = (html) => {
      list.innerHTML = html;
      options().forEach((option, index) => { option.id = `${list.id}-${index}`; });
      status.textContent = list.querySelector("[data-count]")?.dataset.count ?? "";
      active = -1;
      input.removeAttribute("aria-activedescendant");
      open();
    };

    const ask = async () => {
      asking?.abort();
      const typed = input.value.trim();
      if (!typed) { close(); status.textContent = ""; return; }
      asking = new AbortController();
      const address = `${box.dataset.options}&q=${encodeURIComponent(typed)}`;
      try {
        const headers = { "HX-Request": "true", "HX-Current-URL": window.location.href };
        const answer = await fetch(address, { headers, signal: asking.signal });
        const door = answer.headers.get("HX-Redirect");
        if (answer.status === 401 && door) { window.location.assign(door); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        fill(await answer.text());
        found = typed;
      } catch (problem) {
        if (problem.name === "AbortError") return;
        close();
        status.textContent = document.body.dataset.offline ?? "";
      }
    };

    const move = (by) => {
      const count = options().length;
      if (!count) return;
      mark(active < 0 ? (by > 0 ? 0 : count - 1) : (active + by + count) % count);
    };

    // A closed list opens again at its first or its last option.
    const step = async (by) => {
      if (!isOpen() && found === input.value.trim()) open();
      if (!isOpen()) await ask();
      if (isOpen()) move(by);
    };

    const press = {
      ArrowDown: () => { step(1); return true; },
      ArrowUp: () => { step(-1); return true; },
      Home: () => { if (active < 0) return false; mark(0); return true; },
      End: () => { if (active < 0) return false; mark(options().length - 1); return true; },
      Enter: () => {
        if (!isOpen() || active < 0) return false;
        pick(options()[active]);
        return true;
      },
      // An open list takes the key, so that the dialog around it stays.
      Escape: () => { if (!isOpen()) return false; close(); return true; },
    };

    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      if (!press[event.key]?.()) return;
      event.preventDefault();
      event.stopPropagation();
    });
    input.addEventListener("input", () => {
      choose("", "");
      clearTimeout(timer);
      timer = setTimeout(ask, waitMilliseconds);
    });
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("blur", () => { clearTimeout(timer); asking?.abort(); close(); });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) pick(option);
    });
  };

  const connectAll = (root) => {
    if (root.matches?.("[data-combobox]")) connect(root);
    for (const box of root.querySelectorAll?.("[data-combobox]") ?? []) connect(box);
  };
  document.addEventListener("htmx:load", (event) => connectAll(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => connectAll(document));
  if (document.readyState !== "loading") connectAll(document);
})();
