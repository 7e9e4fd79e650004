// A slider beside the amount that goes back. It has no name: the amount is what is sent, and what each would get is asked of the server.
(() => {
  const written = (slide, minor) => {
    const places = Number(slide.dataset.places), digits = String(minor).padStart(places + 1, "0");
    return places ? digits.slice(0, -places) + slide.dataset.decimal + digits.slice(-places) : digits;
  };
  const read = (slide, text) => {
    const places = Number(slide.dataset.places), found = /^(\d+)(?:[.,](\d*))?$/.exec(text.trim());
    return found ? Number(found[1] + (found[2] ?? "").slice(0, places).padEnd(places, "0")) : null;
  };

  function add(slide) {
    const field = document.getElementById(slide.dataset.split), range = document.createElement("input");
    const total = Number(slide.dataset.total), unit = 10 ** Number(slide.dataset.places);
    if (!field || total < 2) return;
    Object.assign(range, { type: "range", min: 1, max: total - 1, step: 1 });
    range.setAttribute("aria-label", slide.dataset.label);
    const fraction = { minimumFractionDigits: slide.dataset.places, maximumFractionDigits: slide.dataset.places };
    const number = new Intl.NumberFormat(document.documentElement.lang, fraction);
    const say = () => range.setAttribute("aria-valuetext", slide.dataset.before + number.format(range.value / unit) + slide.dataset.after);
    const follow = () => {
      const minor = read(slide, field.value);
      if (minor !== null) range.value = minor;
      say();
    };
    const move = () => {
      field.value = written(slide, range.value);
      say();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    range.value = Math.round(total / 2);
    range.addEventListener("input", move);
    range.addEventListener("keydown", (event) => {
      const by = { PageUp: unit, PageDown: -unit }[event.key];
      if (!by) return;
      event.preventDefault();
      range.value = Number(range.value) + by;
      move();
    });
    field.addEventListener("input", (event) => event.isTrusted && follow());
    slide.prepend(range);
    slide.hidden = false;
    follow();
  }

  const all = () => document.querySelectorAll(".slide[data-split][hidden]").forEach(add);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:after:swap", all);
})();
