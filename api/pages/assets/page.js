// What pages do beside links and forms: all of it is comfort, and every page works without.
(() => {
  const typed = new Set(); // forms in which somebody has written something that was not sent

  const isFree = (event) => !event.defaultPrevented;

  function busy(form, button) {
    for (const one of form.querySelectorAll("button")) one.removeAttribute("aria-busy");
    (button ?? form.querySelector("button.main, button"))?.setAttribute("aria-busy", "true");
    form.dataset.sent = "true";
    setTimeout(() => ready(form), 10000); // what answers with a file leaves the page where it is
  }

  function ready(form) {
    delete form.dataset.sent;
    for (const one of form.querySelectorAll("[aria-busy]")) one.removeAttribute("aria-busy");
  }

  // A double click sends once. The button stays enabled: a disabled one would not be sent with the form.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (isFree(event)) {
      if (form.method === "post") busy(form, event.submitter);
      typed.delete(form);
    }
  }, true);
  // A page that comes back from the browser's memory can be sent again; its key is the same.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(ready));
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest?.("form");
    if (form) ready(form);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isFree(event)) return;
    const open = event.target.closest?.("details[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea, .in") && event.target.form) typed.add(event.target.form);
  });

  const isWritten = (field) => field.value !== field.defaultValue;
  const isUnsent = (form) => form.isConnected && [...form.querySelectorAll("textarea, input.in")].some(isWritten);
  const holds = (region) => [...typed].find((form) => region.contains(form) && isUnsent(form));

  function bar(region) {
    if (region.previousElementSibling?.matches(".toast.held")) return;
    const words = document.getElementById("bar-words").dataset;
    const made = document.createElement("div"), text = document.createElement("span"), link = document.createElement("a");
    made.className = "toast you held";
    made.setAttribute("role", "status");
    text.textContent = words.moved;
    link.textContent = words.look;
    link.href = location.href;
    link.target = "_blank";
    made.append(text, link);
    region.before(made);
  }

  // What arrives by itself never takes a text away that is being written; what its own form answers may.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    for (const task of [...tasks]) {
      const region = typeof task.target === "string" ? document.querySelector(task.target) : task.target;
      const form = region && holds(region);
      if (!form || form.contains(ctx.sourceElement)) continue;
      tasks.splice(tasks.indexOf(task), 1);
      bar(region);
    }
  });

  // A swap asks for focus with data-focus on what the reader should hear next: an h1, an error summary.
  function focus(place) {
    const found = place.matches?.("[data-focus]") ? place : place.querySelector?.("[data-focus]");
    if (!found) return;
    found.tabIndex = -1;
    found.focus();
    found.removeAttribute("data-focus");
  }
  document.addEventListener("htmx:after:swap", () => {
    focus(document);
    for (const held of document.querySelectorAll(".toast.held"))
      if (!held.nextElementSibling || !holds(held.nextElementSibling)) held.remove();
  });
  document.addEventListener("DOMContentLoaded", () => focus(document));

  // After a form was sent, what became of it has the focus, or else the head of the page that it led to.
  const ACTED = "acted";
  document.addEventListener("submit", (event) => {
    if (isFree(event) && event.target.method === "post" && event.target.closest("main")) sessionStorage.setItem(ACTED, "yes");
  });
  // Not before all is loaded: the browser goes to the part that the address names, and takes the focus away there.
  addEventListener("load", () => {
    const acted = sessionStorage.getItem(ACTED);
    sessionStorage.removeItem(ACTED);
    if (!acted || document.activeElement !== document.body) return;
    const said = location.hash && document.getElementById(location.hash.slice(1));
    const place = said || document.querySelector("main");
    const result = place.querySelector("[data-result]") || said || document.querySelector("h1");
    result.tabIndex = -1;
    result.focus();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (!button) return;
    button.closest(".toast").remove();
    document.querySelector("main").focus({ preventScroll: true });
  });

  // On a phone the menu is wider than the screen: the place that one is at is in sight.
  document.addEventListener("DOMContentLoaded", () => {
    const here = document.querySelector(".nav [aria-current]"), menu = here?.closest(".nav");
    if (menu) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
  });
})();
