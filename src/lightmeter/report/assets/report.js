"use strict";
/* The gallery and the view of one image. Every text from the run goes in through textContent or an
   attribute, never through markup. The data block is documented in page_data.py. */
(() => {
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const DECISIONS = ["pass", "warn", "fail", "unmeasured"];
  const SYMBOL = DATA.symbols;
  const RANK = { fail: 0, warn: 1, unmeasured: 2, pass: 3 };
  const CHUNK = 60;
  const SVG = document.getElementById("svg").namespaceURI;
  const TINTS = { skin: "#e69f00", hair: "#cc79a7", subject: "#56b4e9", background: "#f0e442" };
  const GROUNDS = ["grey", "black", "white"];
  const KINDS = ["areas", "paths", "rings", "arrows"];
  const COLOURS = ["#ffd54a", "#4dd0ff", "#ff7ac6", "#a6ff6b"];
  const FACE_LINES = [
    [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10],
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466, 263],
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33],
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185, 61],
    [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191, 78],
    [276, 283, 282, 295, 285, 336, 296, 334, 293, 300, 276], [46, 53, 52, 65, 55, 107, 66, 105, 63, 70, 46],
    [168, 6, 197, 195, 5, 4], [469, 470, 471, 472, 469], [474, 475, 476, 477, 474],
  ];
  const $ = (id) => document.getElementById(id);
  const images = DATA.images;
  const indexOf = new Map(images.map((image, i) => [image.name, i]));
  const state = { order: [], drawn: 0, layout: "grid", overlays: new Set(["key light"]), show: null, ground: "", scroll: 0, from: null };

  /* ---------- small makers ---------- */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "style") for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }
  function draw(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }
  const own = (text) => make("bdi", {}, text);
  const badge = (decision) =>
    make("span", { class: "badge " + decision }, make("span", { "aria-hidden": "true" }, SYMBOL[decision]), " " + decision);
  const figure = (value) => (value === null ? SYMBOL.unmeasured : String(value));
  const around = (error) => (error === null ? "" : " \u00b1 " + Number(error.toPrecision(2)));
  const scoreOf = (image) =>
    image.low === null ? SYMBOL.unmeasured : image.low === image.high ? image.low.toFixed(2) : image.low.toFixed(2) + "\u2013" + image.high.toFixed(2);
  const variantOf = (image) => DATA.variants[image.variant] || "(no variant)";
  const link = (image) => "#image=" + encodeURIComponent(image.name);

  /* ---------- sort and filter ---------- */
  function keyOf(choice) {
    if (choice === "score") return (i) => images[i].low;
    if (choice === "name") return (i) => images[i].shown;
    if (choice === "variant") return (i) => variantOf(images[i]);
    const c = Number(choice.slice(1));
    return (i) => (images[i].verdicts[c] ? images[i].verdicts[c][0] : null);
  }
  function compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
  }
  function arrange() {
    const key = keyOf($("sort").value), way = $("reverse").checked ? -1 : 1;
    const wanted = new Set([...$("decisions").querySelectorAll("input:checked")].map((box) => box.value));
    const variant = $("variant").value, words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const keep = (image) =>
      wanted.has(image.decision) && (variant === "" || image.variant === Number(variant)) &&
      words.every((word) => image.text.includes(word));
    const keys = images.map((_, i) => key(i));
    state.order = images.map((_, i) => i).filter((i) => keep(images[i]));
    state.order.sort((a, b) => (keys[a] === null || keys[b] === null ? compare(keys[a], keys[b]) : way * compare(keys[a], keys[b])) || a - b);
    $("shown").textContent = state.order.length + " of " + images.length + " shown";
    restart();
  }

  /* ---------- gallery, drawn in pieces as it is scrolled to ---------- */
  function card(image) {
    const picture = make("div", { class: "picture" });
    if (image.thumb) picture.append(make("img", { src: image.thumb, alt: "", loading: "lazy", decoding: "async" }));
    else picture.append(make("p", {}, image.reason ? own(image.reason) : "picture not in this file"));
    return make("a", { class: "card", href: link(image) }, picture,
      make("div", { class: "text" },
        make("div", { class: "row" }, badge(image.decision), make("span", { class: "score", title: "score" }, scoreOf(image))),
        make("bdi", { class: "name", title: image.shown }, image.shown),
        make("bdi", { class: "more" }, variantOf(image)),
        image.worst ? make("div", { class: "more" }, "worst: ", own(image.worst)) : null));
  }
  function row(image) {
    const cells = image.verdicts.map((verdict) => {
      if (!verdict) return make("td", { class: "n unmeasured" }, SYMBOL.unmeasured);
      const decision = DECISIONS[verdict[1]];
      return make("td", { class: "n " + decision, title: decision }, figure(verdict[0]) + " " + (verdict[0] === null ? "" : SYMBOL[decision]));
    });
    return make("tr", {}, make("td", {}, make("a", { href: link(image) }, own(image.shown))), make("td", {}, own(variantOf(image))),
      make("td", {}, badge(image.decision)), make("td", { class: "n" }, scoreOf(image)), ...cells);
  }
  function head() {
    const names = DATA.criteria.map((c) => make("th", { scope: "col", class: "n" }, own(c.name), make("br"), make("small", {}, c.unit)));
    return make("table", { class: "plain" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "image"), make("th", { scope: "col" }, "variant"),
      make("th", { scope: "col" }, "decision"), make("th", { scope: "col", class: "n" }, "score"), ...names)), make("tbody"));
  }
  function restart() {
    state.drawn = 0;
    $("grid").hidden = state.layout !== "grid";
    $("list").hidden = state.layout !== "list";
    $("grid").replaceChildren();
    $("list").replaceChildren(state.layout === "list" ? head() : "");
    if (!state.order.length) $(state.layout).replaceChildren(make("p", { class: "empty" }, "No image fits these filters."));
    grow();
  }
  function grow() {
    const next = state.order.slice(state.drawn, state.drawn + CHUNK).map((i) => images[i]);
    if (!next.length) return;
    if (state.layout === "grid") $("grid").append(...next.map(card));
    else $("list").querySelector("tbody").append(...next.map(row));
    state.drawn += next.length;
  }
  function growUntilBelow() {
    const far = () => $("more").getBoundingClientRect().top < innerHeight + 1200;
    const inside = () => $("list").scrollHeight - $("list").scrollTop < $("list").clientHeight + 800;
    while (!$("overview").hidden && state.drawn < state.order.length && (state.layout === "grid" ? far() : inside())) grow();
  }

  /* ---------- one image ---------- */
  function mesh(image) {
    const at = (i) => [image.mesh[2 * i] / 1e4 * 1000 * image.aspect, image.mesh[2 * i + 1] / 1e4 * 1000];
    const count = image.mesh.length / 2;
    let points = "";
    for (let i = 0; i < count; i += 1) points += "M" + at(i).map((v) => v.toFixed(1)).join(" ") + "h0";
    const lines = FACE_LINES.filter((line) => line.every((i) => i < count))
      .map((line) => "M" + line.map((i) => at(i).map((v) => v.toFixed(1)).join(" ")).join("L")).join("");
    return [draw("path", { class: "mesh points", d: points }), draw("path", { class: "mesh", d: lines })];
  }
  const laid = (drawing) => KINDS.some((kind) => Object.keys(drawing[kind]).length);
  /* An overlay of a measurement: areas as tinted masks, lines in the picture's own coordinates, and a label
     for each in its colour. An arrow points where the light travels, from its cone of uncertainty. */
  function marks(image, drawing) {
    const labels = KINDS.flatMap((kind) => Object.keys(drawing[kind])), tint = (label) => COLOURS[labels.indexOf(label) % COLOURS.length];
    const areas = Object.entries(drawing.areas).map(([label, plane]) => make("div", { class: "mask", style: { "--mask": "url(" + plane + ")", "--tint": tint(label) } }));
    const lines = [];
    for (const kind of KINDS.slice(1)) {
      for (const [label, shapes] of Object.entries(drawing[kind])) {
        lines.push(...shapes.flatMap((shape) => SHAPES[kind](shape.map((v) => v / 10), shape)).map((line) => { line.style.setProperty("--tint", tint(label)); return line; }));
      }
    }
    return { areas, lines, legend: labels.map((label) => make("span", {}, make("i", { style: { "--tint": tint(label) } }), label)) };
  }
  const SHAPES = {
    paths: (p) => { const d = "M" + p.map((v) => v.toFixed(1)).join(" "); return [draw("path", { class: "line under", d }), draw("path", { class: "line", d })]; },
    rings: ([cx, cy, r]) => [draw("circle", { class: "line under", cx, cy, r }), draw("circle", { class: "line", cx, cy, r })],
    arrows: ([x0, y0, x1, y1], [, , , , cone]) => {
      const long = Math.hypot(x0 - x1, y0 - y1);
      if (long < 1) return [draw("circle", { class: "line under", cx: x1, cy: y1, r: 16 }), draw("circle", { class: "line", cx: x1, cy: y1, r: 16 })];
      const u = [(x0 - x1) / long, (y0 - y1) / long];
      const at = (far, turn) => { const c = Math.cos(turn), s = Math.sin(turn); return (x1 + far * (u[0] * c - u[1] * s)).toFixed(1) + " " + (y1 + far * (u[0] * s + u[1] * c)).toFixed(1); };
      const half = Math.min(cone, 80) * Math.PI / 180, tip = x1.toFixed(1) + " " + y1.toFixed(1), barb = Math.min(26, long / 3);
      const d = "M" + at(long, 0) + "L" + tip + "M" + at(barb, 0.5) + "L" + tip + "L" + at(barb, -0.5);
      const fan = "M" + tip + "L" + at(long, -half) + "A" + long + " " + long + " 0 0 1 " + at(long, half) + "Z";
      return [draw("path", { class: "cone", d: fan }), draw("path", { class: "line under", d }), draw("path", { class: "line", d })];
    },
  };
  const keyWords = ([azimuth, elevation]) =>
    Math.abs(azimuth) + "\u00b0 from image " + (azimuth < 0 ? "left" : "right") + ", " + Math.abs(elevation) + "\u00b0 from " + (elevation < 0 ? "below" : "above");
  function overlays(image) {
    const found = image.drawings.filter(laid).map((drawing) => ({ name: drawing.name, tint: null, drawing }));
    found.push(...Object.keys(image.masks).map((name) => ({ name, tint: TINTS[name] || "#00e5ff" })));
    if (image.mesh.length) found.push({ name: "face mesh", tint: "#ffffff" });
    return found;
  }
  /* The extracted subject over a plain ground instead of the picture; the pressed button, pressed again, ends it. */
  function grounds(image, frame) {
    if (!image.cut) return null;
    const picture = frame.querySelector("img");
    const buttons = GROUNDS.map((ground) => {
      const button = make("button", { type: "button", value: ground }, "over " + ground);
      button.addEventListener("click", () => { state.ground = state.ground === ground ? "" : ground; lay(); });
      return button;
    });
    const lay = () => {
      frame.className = "frame " + state.ground;
      picture.src = state.ground ? image.cut : image.thumb;
      picture.alt = state.ground ? "the subject of " + image.shown + ", extracted, over " + state.ground : "the image " + image.shown;
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === state.ground));
    };
    lay();
    return make("div", { class: "toggles grounds", role: "group", "aria-label": "Extracted subject" }, make("small", {}, "extracted"), ...buttons);
  }
  function stage(image) {
    if (!image.thumb) return make("div", { class: "stage" }, make("p", { class: "nopicture" }, image.reason ? own(image.reason) : "The picture is not in this file; its values are."));
    const frame = make("div", { class: "frame" }, make("img", { src: image.thumb, alt: "the image " + image.shown }));
    const legend = make("div", { class: "legend" });
    const lined = (lines) => draw("svg", { viewBox: "0 0 " + 1000 * image.aspect + " 1000", "aria-hidden": "true" }, ...lines);
    const chips = overlays(image).map(({ name, tint }) => {
      const box = make("input", { type: "checkbox", checked: state.overlays.has(name), value: name });
      box.addEventListener("change", () => { state.overlays[box.checked ? "add" : "delete"](name); show(); });
      return make("label", { class: "chip" }, box, tint ? make("i", { style: { "--tint": tint } }) : null, name);
    });
    const show = () => {
      frame.querySelectorAll(".mask, svg").forEach((element) => element.remove());
      legend.replaceChildren();
      for (const { name, tint, drawing } of overlays(image)) {
        if (!state.overlays.has(name)) continue;
        if (drawing) {
          const shown = marks(image, drawing);
          frame.append(...shown.areas, lined(shown.lines));
          legend.append(make("p", {}, make("b", {}, name), ...shown.legend));
        } else if (image.masks[name]) frame.append(make("div", { class: "mask", style: { "--mask": "url(" + image.masks[name] + ")", "--tint": tint } }));
        else frame.append(lined(mesh(image)));
      }
      for (const chip of chips) chip.firstChild.checked = state.overlays.has(chip.firstChild.value);
    };
    state.show = (name) => { for (const drawing of image.drawings) state.overlays.delete(drawing.name); state.overlays.add(name); show(); };
    show();
    const key = image.key ? make("small", {}, "Key light " + keyWords(image.key) + ".") : null;
    return make("div", { class: "beside" }, make("div", { class: "stage", style: { "--aspect": String(image.aspect) } }, frame), legend, grounds(image, frame), make("div", { class: "toggles", role: "group", "aria-label": "Overlays" }, ...chips, key));
  }
  function gauge(criterion, value) {
    const percent = (share) => (100 * share).toFixed(2) + "%";
    const band = (kind, ends) => make("i", { class: kind, style: { left: percent(ends[0]), width: percent(ends[1] - ends[0]) } });
    const at = Math.min(1, Math.max(0, (value - criterion.lo) / (criterion.hi - criterion.lo)));
    return [make("div", { class: "gauge", "aria-hidden": "true" }, band("w", criterion.warn), band("p", criterion.pass), make("i", { class: "m", style: { left: percent(at) } })),
      make("p", { class: "axis", "aria-hidden": "true" }, make("span", {}, criterion.lo_text), make("span", {}, criterion.hi_text))];
  }
  function criterion(image, i) {
    const c = DATA.criteria[i], [value, code, reason, error] = image.verdicts[i], decision = DECISIONS[code];
    const drawings = image.drawings.filter((each) => each.measurements.includes(c.measurement));
    const drawing = drawings.find(laid), charted = drawings.find((each) => Object.keys(each.spectra).length);
    const look = drawing ? make("button", { type: "button", class: "look" }, "show " + drawing.name) : null;
    if (look) look.addEventListener("click", () => state.show(drawing.name));
    return make("article", { class: "criterion " + decision },
      make("div", { class: "row" }, badge(decision), make("h3", {}, own(c.name)), c.optional ? make("small", {}, "optional") : null,
        make("span", { class: "value" }, value === null ? "not measured" : figure(value) + around(error) + " " + c.unit)),
      ...(value === null ? [] : gauge(c, value)),
      value === null ? make("p", { class: "reason" }, own(DATA.reasons[reason])) : null,
      make("p", { class: "wanted" }, c.wanted, c.tolerated ? ", tolerated " + c.tolerated : "", c.name === c.measurement ? "" : " · " + c.measurement),
      c.why ? make("p", { class: "why" }, c.why) : null, look, charted ? spectrum(charted) : null);
  }
  /* The spectrum of this face's skin over that of photographs, both axes logarithmic; the same in numbers below. */
  const CHART = { width: 360, height: 196, left: 40, right: 8, top: 8, bottom: 36, x: [10, 100], y: [0.1, 10] };
  function place([lo, hi], from, to, value) {
    const share = Math.log(Math.min(hi, Math.max(lo, value)) / lo) / Math.log(hi / lo);
    return (from + share * (to - from)).toFixed(1);
  }
  function spectrum(drawing) {
    const C = CHART, P = DATA.photographs, [[skin, values], ...rest] = Object.entries(drawing.spectra);
    const x = (pitch) => place(C.x, C.left, C.width - C.right, pitch), y = (contrast) => place(C.y, C.height - C.bottom, C.top, contrast);
    const line = (series) => "M" + series.map((v, k) => [P.pitches[k], v]).filter(([, v]) => v !== null && v !== undefined).map(([pitch, v]) => x(pitch) + " " + y(v)).join("L");
    const grid = [...[10, 20, 50, 100].map((v) => [x(v), null, v]), ...[0.1, 0.3, 1, 3, 10].map((v) => [null, y(v), v === C.y[0] ? "\u2264" + v : v])].flatMap(([at, up, v]) => at !== null
      ? [draw("path", { class: "grid", d: "M" + at + " " + C.top + "V" + (C.height - C.bottom) }), draw("text", { x: at, y: C.height - C.bottom + 13, "text-anchor": "middle" }, v)]
      : [draw("path", { class: "grid", d: "M" + C.left + " " + up + "H" + (C.width - C.right) }), draw("text", { x: C.left - 5, y: Number(up) + 3.5, "text-anchor": "end" }, v)]);
    const band = line(P.high) + "L" + P.pitches.map((pitch, k) => x(pitch) + " " + y(P.low[k])).reverse().join("L") + "Z";
    const known = values.map((v, k) => k).filter((k) => values[k] !== null && k < P.pitches.length);
    const below = known.filter((k) => values[k] < P.low[k]).length, above = known.filter((k) => values[k] > P.high[k]).length;
    const said = "Of " + known.length + " bands, " + below + " below and " + above + " above four fifths of " + P.count + " photographs of natural skin.";
    const chart = draw("svg", { class: "spectrum", viewBox: "0 0 " + C.width + " " + C.height, role: "img" },
      draw("title", {}, "Contrast of skin by fineness, this face beside photographs"), draw("desc", {}, said), ...grid,
      draw("path", { class: "pores", d: "M" + x(20) + " " + (C.height - C.bottom) + "H" + x(80) }), draw("text", { x: x(40), y: C.height - C.bottom - 5, "text-anchor": "middle" }, "pores"),
      draw("path", { class: "photographs", d: band }), draw("path", { class: "median", d: line(P.middle) }),
      ...rest.map(([, series]) => draw("path", { class: "grain", d: line(series) })),
      draw("path", { class: "own", d: line(values) }), ...known.map((k) => draw("circle", { class: "own", cx: x(P.pitches[k]), cy: y(values[k]), r: 2.6 })),
      draw("text", { x: (C.left + C.width - C.right) / 2, y: C.height - 5, "text-anchor": "middle" }, "cycles per face width"),
      draw("text", { transform: "translate(10 " + (C.top + C.height - C.bottom) / 2 + ") rotate(-90)", "text-anchor": "middle" }, "contrast, %"));
    const legend = [["own", "this face, grain removed"], ["grain", "its grain"], ["photographs", "80 % of " + P.count + " photographs, and their median"]]
      .map(([kind, words]) => make("span", {}, make("i", { class: kind }), words));
    const cell = (v) => make("td", { class: "n" }, figure(v === undefined ? null : v));
    const rows = P.pitches.map((pitch, k) => make("tr", {}, make("th", { scope: "row" }, String(pitch)), cell(values[k]), ...rest.map(([, series]) => cell(series[k])), cell(P.low[k]), cell(P.middle[k]), cell(P.high[k])));
    const names = ["cycles per face width", skin, ...rest.map(([label]) => label), "photographs 10 %", "median", "90 %"];
    return make("figure", { class: "chart" }, chart, make("figcaption", {}, ...legend, make("p", {}, said)),
      make("details", {}, make("summary", {}, "in numbers, %"), make("table", { class: "plain" }, make("thead", {}, make("tr", {}, ...names.map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...rows))));
  }
  function panel(title, ...children) {
    return make("section", { class: "panel" }, make("h2", {}, title), ...children);
  }
  function details(image) {
    const order = DATA.criteria.map((_, i) => i).filter((i) => image.verdicts[i])
      .sort((a, b) => RANK[DECISIONS[image.verdicts[a][1]]] - RANK[DECISIONS[image.verdicts[b][1]]] || a - b);
    const others = image.others.map(([name, value, unit, reason, error]) =>
      make("tr", {}, make("td", {}, name), make("td", {}, value === null ? own("not measured: " + DATA.reasons[reason]) : figure(value) + around(error) + " " + unit)));
    return make("div", {},
      image.reason ? make("p", { class: "notice" }, own(image.reason)) : null,
      make("div", { class: "criteria" }, ...order.map((i) => criterion(image, i))),
      others.length ? panel("Also measured", make("table", {}, make("tbody", {}, ...others))) : null);
  }
  function about(image) {
    const notes = image.notes.map((note) => make("li", {}, own(note)));
    return make("div", {},
      image.prompt ? panel("Prompt", make("p", { class: "prompt", dir: "auto" }, image.prompt)) : null,
      notes.length ? panel("Notes", make("ul", {}, ...notes)) : null);
  }
  function single(image) {
    const i = indexOf.get(image.name), order = state.order.includes(i) ? state.order : images.map((_, k) => k);
    const at = order.indexOf(i), step = (by) => images[order[(at + by + order.length) % order.length]];
    const facts = [badge(image.decision), image.low === null ? null : make("span", {}, "score " + scoreOf(image)), make("span", {}, own(variantOf(image))),
      image.width ? make("span", {}, image.width + " × " + image.height + " px") : null, image.seed === null ? null : make("span", {}, "seed " + image.seed),
      image.digest ? make("span", { title: image.digest }, image.digest.slice(0, 12)) : null].filter(Boolean);
    const title = make("h1", { tabindex: "-1" }, own(image.shown));
    $("single").replaceChildren(make("nav", { class: "walk", "aria-label": "Images" }, make("a", { class: "button", href: "#" }, "All images"),
      make("a", { class: "button", id: "previous", href: link(step(-1)) }, "← previous"), make("a", { class: "button", id: "next", href: link(step(1)) }, "next →"),
      make("span", { class: "place" }, at + 1 + " of " + order.length)),
    make("div", { class: "one" }, title, make("div", { class: "facts" }, ...facts),
      make("div", { class: "halves" }, make("div", {}, stage(image), about(image)), details(image))));
    return title;
  }
  function route() {
    const match = /^#image=(.*)$/s.exec(location.hash);
    let name = null;
    try { name = match && decodeURIComponent(match[1]); } catch { name = null; }
    const image = name !== null && indexOf.has(name) ? images[indexOf.get(name)] : null;
    if (image && !$("overview").hidden) state.scroll = scrollY;
    const back = !image && $("overview").hidden;
    $("overview").hidden = Boolean(image);
    $("single").hidden = !image;
    document.title = (image ? image.shown + " – " : "") + DATA.title + " – lightmeter";
    if (image) {
      state.from = image;
      const title = single(image);
      scrollTo(0, 0);
      title.focus({ preventScroll: true });
    } else if (back) {
      $("single").replaceChildren();
      growUntilBelow();
      scrollTo(0, state.scroll);
      const origin = [...document.querySelectorAll("#grid a, #list a")].find((a) => a.getAttribute("href") === link(state.from));
      if (origin) origin.focus({ preventScroll: true });
    }
  }

  /* ---------- wiring ---------- */
  function option(value, text) { return make("option", { value }, text); }
  $("sort").append(option("score", "score, worst first"), option("name", "name"), option("variant", "variant"), ...DATA.criteria.map((c, i) => option("c" + i, c.name + " (" + c.unit + ")")));
  $("variant").append(option("", "all"), ...DATA.variants.map((name, i) => option(String(i), name || "(no variant)")));
  for (const image of images) image.text = (image.shown + "\n" + variantOf(image) + "\n" + (image.prompt || "")).toLowerCase();
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  let pause = 0;
  $("tools").addEventListener("input", (event) => {
    if (event.target.name === "layout") state.layout = event.target.value;
    clearTimeout(pause);
    pause = setTimeout(() => { arrange(); growUntilBelow(); }, event.target.id === "find" ? 120 : 0);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || $("single").hidden) return;
    const target = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    if (target) { event.preventDefault(); location.replace($(target).getAttribute("href")); }
    if (event.key === "Escape") location.hash = "";
  });
  /* A strip opens the image whose dot is nearest to the click, and names it under the pointer. */
  function nearest(strip, event) {
    const c = Number(strip.dataset.row), box = strip.getBoundingClientRect(), axis = DATA.criteria[c];
    const value = axis.lo + (event.clientX - box.left) / box.width * (axis.hi - axis.lo);
    let best = null, least = Infinity;
    for (const image of images) {
      if (image.variant !== Number(strip.dataset.column) || !image.verdicts[c] || image.verdicts[c][0] === null) continue;
      const away = Math.abs(image.verdicts[c][0] - value);
      if (away < least) { least = away; best = image; }
    }
    return best;
  }
  for (const strip of document.querySelectorAll(".strip")) {
    const title = strip.appendChild(draw("title", {}));
    strip.addEventListener("mousemove", (event) => {
      const image = nearest(strip, event);
      const c = Number(strip.dataset.row);
      title.textContent = image ? image.shown + ": " + figure(image.verdicts[c][0]) + " " + DATA.criteria[c].unit : "";
    });
    strip.addEventListener("click", (event) => { const image = nearest(strip, event); if (image) location.hash = link(image); });
  }
  new IntersectionObserver(growUntilBelow, { rootMargin: "1200px" }).observe($("more"));
  $("list").addEventListener("scroll", growUntilBelow, { passive: true });
  addEventListener("scroll", growUntilBelow, { passive: true });
  addEventListener("beforeprint", () => document.querySelectorAll("img[loading]").forEach((image) => { image.loading = "eager"; }));
  addEventListener("hashchange", route);
  arrange();
  route();
})();
