// Counts down to instants that the server gave, by the server's clock; it never says what came of them.
(() => {
  const DAY = 86400, HOUR = 3600, MINUTE = 60;
  const SPOKEN = [DAY, HOUR, 10 * MINUTE];
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const clocks = new Map();

  function parts(seconds, words) {
    const named = (n, pair) => [n, pair.split("|")[plural.select(n) === "one" ? 0 : 1]];
    const days = Math.floor(seconds / DAY), hours = Math.floor(seconds % DAY / HOUR);
    const minutes = Math.floor(seconds % HOUR / MINUTE);
    if (days) return [named(days, words.days), named(hours, words.hours)];
    if (hours) return [[hours, words.h], [minutes, words.min]];
    return [[minutes, words.min], [Math.floor(seconds % MINUTE), words.s]];
  }

  function show(element, shown) {
    const spans = shown.map(([number, word]) => {
      const span = document.createElement("span"), b = document.createElement("b"), small = document.createElement("small");
      b.textContent = number;
      small.textContent = word;
      span.append(b, small);
      return span;
    });
    element.replaceChildren(...spans.flatMap((span) => [span, " "]));
  }

  function say(text) {
    const place = document.getElementById("say");
    if (place) place.textContent = text;
  }

  function tick(element, clock) {
    const seconds = Math.max(0, (clock.until - clock.now - (performance.now() - clock.from)) / 1000);
    const shown = parts(seconds, element.dataset), text = shown.flat().join(" ");
    if (text !== clock.text) show(element, shown);
    clock.text = text;
    const fuse = element.parentElement.querySelector(".fuse");
    if (fuse) fuse.value = seconds;
    const passed = SPOKEN.some((mark) => clock.seconds > mark && seconds <= mark);
    if (passed) say(`${element.dataset.say} ${text}`);
    if (seconds === 0 && clock.seconds > 0) {
      say(element.dataset.over);
      document.getElementById("live")?.dispatchEvent(new CustomEvent("moved", { bubbles: true }));
    }
    clock.seconds = seconds;
  }

  const all = () => {
    for (const element of document.querySelectorAll("[data-until]")) {
      const key = element.dataset.until + element.dataset.now, old = clocks.get(element);
      const clock = old?.key === key ? old : { key, until: Date.parse(element.dataset.until), now: Date.parse(element.dataset.now), from: performance.now(), seconds: old?.seconds };
      clocks.set(element, clock);
      tick(element, clock);
    }
    for (const element of clocks.keys()) if (!element.isConnected) clocks.delete(element);
  };
  all();
  setInterval(all, 1000);
})();
