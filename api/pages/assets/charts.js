// Draws what the server counted: numbers from data-src, colours from the tokens, at the width that there is.
(() => {
  const drawn = new Map();
  const token = (name) => getComputedStyle(probe(name)).color;

  // A custom property may be any expression: the browser computes it on an element that has it as its colour.
  function probe(name) {
    const one = document.getElementById("chart-probe") ?? document.body.appendChild(Object.assign(document.createElement("span"), { id: "chart-probe", hidden: true }));
    one.style.color = `var(${name})`;
    return one;
  }

  const DASHES = [[2, 3], [], [8, 4], [12, 3, 2, 3], [5, 2], [16, 5]];

  // Colour and dashes beside a name: a line is told by either.
  function legend(place, found) {
    place.nextElementSibling?.matches(".key") && place.nextElementSibling.remove();
    if (found.lines.length < 2) return;
    const list = document.createElement("ul");
    list.className = "key row small soft";
    found.lines.forEach((line, at) => {
      const item = document.createElement("li"), name = document.createTextNode(` ${line.label}`);
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), mark = document.createElementNS(svg.namespaceURI, "line");
      for (const [key, value] of Object.entries({ width: 34, height: 10, viewBox: "0 0 34 10", "aria-hidden": "true" })) svg.setAttribute(key, value);
      for (const [key, value] of Object.entries({ x1: 0, x2: 34, y1: 5, y2: 5, stroke: token(line.colour), "stroke-width": 2, "stroke-dasharray": DASHES[at % DASHES.length].join(" ") || "none" })) mark.setAttribute(key, value);
      svg.append(mark);
      item.append(svg, name);
      list.append(item);
    });
    place.after(list);
  }

  const faded = (colour) => `color-mix(in srgb, ${colour}, transparent 86%)`;

  function axes(found) {
    const soft = token("--soft"), line = token("--line"), font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const day = new Intl.DateTimeFormat(found.language, { day: "numeric", month: "short", timeZone: "UTC" });
    const number = new Intl.NumberFormat(found.language, { maximumFractionDigits: 2 });
    const common = { stroke: soft, font, ticks: { show: false } };
    return [
      { ...common, grid: { show: false }, values: (_, at) => at.map((one) => day.format(one * 1000)), space: 70 },
      { ...common, grid: { stroke: line, width: 1 }, values: (_, at) => at.map((one) => number.format(one)), size: 58, space: 24 },
    ];
  }

  function options(place, found) {
    const lines = found.lines.map((line, at) => {
      const colour = token(line.colour);
      return { label: line.label, stroke: colour, width: 2, points: { show: false }, dash: found.lines.length > 1 ? DASHES[at % DASHES.length] : [], ...(place.dataset.shape === "area" ? { fill: faded(colour) } : {}) };
    });
    return {
      width: Math.floor(place.clientWidth), height: 190, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
      legend: { show: false }, cursor: { show: false },
      scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.08, 1)] } },
      series: [{}, ...lines], axes: axes(found),
    };
  }

  function draw(place) {
    const one = drawn.get(place);
    if (!one || !place.clientWidth) return;
    one.plot?.destroy();
    one.plot = new uPlot(options(place, one.found), [one.found.days, ...one.found.lines.map((line) => line.values)], place);
    one.width = place.clientWidth;
    legend(place, one.found);
  }

  async function fetched(place) {
    const answer = await fetch(place.dataset.src, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const found = await answer.json();
    if (!found.days.length || !found.lines.length) return;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", place.dataset.label);
    drawn.set(place, { found });
    draw(place);
    new ResizeObserver(() => { if (place.clientWidth !== drawn.get(place).width) draw(place); }).observe(place);
  }

  const again = () => drawn.forEach((_, place) => draw(place));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  document.querySelectorAll("[data-src].plot").forEach((place) => fetched(place).catch(() => {})); // the table beside it says the same
})();
