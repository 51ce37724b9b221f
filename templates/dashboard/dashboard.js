"use strict";
// Keys: whatever carries data-key is pressed by that key, unless someone is writing.
(() => {
  const KEYS = "grader-keys";
  const WRITING = "input:not([type=checkbox]):not([type=radio]):not([type=hidden]),textarea,select";
  const keysOn = () => localStorage.getItem(KEYS) !== "off";

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const field = event.target.closest(WRITING);
    if (event.key === "Escape" && field) { field.blur(); return; }
    if (field || event.repeat || !keysOn()) return;
    // Enter on a link or button means that link or button.
    if (event.key === "Enter" && event.target.closest("a,button,summary,label")) return;
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    const name = digit ? (event.shiftKey ? "shift+" : "") + digit[1] : event.key;
    const wanted = document.querySelector(`[data-key="${CSS.escape(name)}"]`);
    if (!wanted || wanted.disabled) return;
    event.preventDefault();
    if (wanted.matches(WRITING)) { wanted.focus(); } else { wanted.click(); }
  });

  // A comment from the list: added to what is written, once.
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-fill]");
    if (!chosen) return;
    const field = document.getElementById(chosen.dataset.fill);
    const text = chosen.dataset.text;
    if (!field.value.includes(text)) {
      field.value = field.value.trim() ? `${field.value.trim()}\n${text}` : text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // What was typed and not saved is not lost by a slip.
  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.check, form.review");
    if (form) { dirty.add(form); form.classList.add("dirty"); }
  });
  document.addEventListener("submit", (event) => dirty.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    for (const form of dirty) if (form.isConnected) { event.preventDefault(); return; }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form) dirty.delete(form);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const wanted = event.detail.target.querySelector("[data-focus]");
    if (wanted) wanted.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:sendError", () => {
    const place = document.getElementById("said");
    if (!place) return;
    const line = document.createElement("p");
    line.className = "said bad";
    line.textContent = "Keine Verbindung zum Programm; nichts wurde gespeichert. Läuft grader serve noch?";
    place.replaceChildren(line);
  });

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("keys-on");
    if (!box) return;
    box.checked = keysOn();
    box.addEventListener("change", () => localStorage.setItem(KEYS, box.checked ? "on" : "off"));
  });
})();
