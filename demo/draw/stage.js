const stage = (root, data, send) => {
  // Called with each answer of the server. What has been shown stays until another run takes its place.
  if (!root.stage) root.stage = stageOf(root);
  root.stage.send = send;
  root.stage.take(data);
};
const stageOf = (root) => {
  const C = STAGE_LOOK;
  const PHASES = {
    D: "D was updated: it saw real and generated points, and its answers changed. G did not change.",
    G: "G was updated: its points moved along the arrows. D did not change.",
  };
  const MODES = {train: "Training.", slow: "Slow motion."}, KINDS = {
    story: "This was recorded. Train runs the same thing live.", new: "The networks are untrained.", live: "Paused.",
  };
  const make = (tag, props = {}, ...inside) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...inside);
    return one;
  };
  const svg = (tag, props) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(props)) one.setAttribute(name, value);
    return one;
  };
  const rgba = (c, a = 1) => `rgba(${c[0]}, ${c[1]}, ${c[2]}, ${a})`;
  const s = {run: "", frames: [], count: 0, at: 0, mode: "", asked: 0, waiting: false, head: null, layers: {}};

  // Buttons ------------------------------------------------------------------------------------------------
  const button = (text, press, title = "") => {
    const one = make("button", {type: "button", textContent: text, title});
    one.addEventListener("click", press);
    return one;
  };
  const go = button("", () => (s.mode === "train" ? idle() : begin("train")));
  go.className = "first";
  const slow = button("Slow motion", () => (s.mode === "slow" ? idle() : begin("slow")),
    "One step of D, one step of G, and so on, with the phase named");
  const single = (text, side, title) => button(text, () => { idle(); s.follow = true; ask(side); }, title);
  const steps = [
    single("D", "D", "D alone: the steps that it takes before each step of G"), single("G", "G", "One step of G alone"),
    single("both", "both", "One step: D, then G"),
  ];
  const reset = button("Reset", () => { idle(); ask("reset"); }, "Back to the untrained networks");
  const every = make("select", {ariaLabel: "Steps from one picture to the next"});
  for (const n of [1, 5, 10, 25, 50, 100])
    every.append(make("option", {value: n, textContent: n === 1 ? "every step" : `every ${n} steps`, selected: n === 10}));
  const bar = make("div", {className: "stage-bar"}, go, make("span", {}, "One step of", ...steps), slow,
    make("span", {}, "A picture", every), reset);
  const slider = make("input", {type: "range", min: 0, step: 1, ariaLabel: "Moment of the run"});
  slider.addEventListener("input", () => { if (s.mode === "replay") s.mode = ""; s.follow = false; show(+slider.value); });
  const replay = button("", () => {
    if (s.mode === "replay") return idle();
    idle();
    if (s.at >= s.frames.length - 1) s.at = 0;
    s.mode = "replay";
    state();
  });
  const time = make("span", {className: "stage-step"}), said = make("p", {className: "stage-said"});
  said.setAttribute("role", "status");
  const line = make("div", {className: "stage-time"}, replay, slider, time);
  const cards = make("div", {className: "stage-cards"}), charts = make("div", {className: "stage-charts"});
  const layers = make("div", {className: "stage-layers"}), aside = make("p", {className: "stage-told"});
  const below = make("p", {className: "stage-told stage-below"});  // on a phone
  const SIGNS = {
    heat: ["D: blue takes a point for real, orange for generated", "M1 1h5v9h-5z", "M6 1h4v9h-4z"],
    real: ["real points", "M5.5 2v7M2 5.5h7"], fake: ["generated points", "M5.5 5.5m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0"],
    sheet: ["G's latent grid", "M1 3h9M1 7h9M3 1v9M7 1v9"],
    push: ["where G's loss pushes the points", "M2 9L9 2M5 2h4v4"],
  };
  for (const [name, [words, ...paths]] of Object.entries(SIGNS)) {
    s.layers[name] = true;
    const box = make("input", {type: "checkbox", checked: true}), sign = svg("svg", {viewBox: "0 0 11 11"});
    box.addEventListener("change", () => { s.layers[name] = box.checked; show(s.at); });
    paths.forEach((d, i) => sign.append(svg("path", name === "heat"
      ? {d, fill: rgba(i ? C.high : C.low)}
      : {d, stroke: rgba(C[name]), "stroke-width": 1.2, fill: name === "fake" ? rgba(C.fake) : "none"})));
    layers.append(make("label", {}, box, sign, words));
  }
  root.classList.add("stage");
  root.replaceChildren(bar, said, cards, line, layers, charts, below);

  // Questions ----------------------------------------------------------------------------------------------
  const idle = () => { s.mode = ""; clearTimeout(s.later); state(); };
  const begin = (mode) => {
    s.mode = mode;
    s.follow = true;
    s.side = "D";
    if (s.frames.length) s.at = s.frames.length - 1;
    state();
    if (!s.waiting) next();
  };
  const next = () => ask(s.mode === "slow" ? s.side : "go");
  const ask = (what) => {
    const away = !root.isConnected || document.hidden || !root.getClientRects().length;
    if (what && away) return idle();  // whoever looks elsewhere trains no more
    s.waiting = true;
    s.asked += 1;
    s.send({do: what, have: s.count, run: s.run, every: +every.value, echo: s.asked});
    clearTimeout(s.guard);
    s.guard = setTimeout(() => { s.waiting = false; if (s.mode) idle(); }, 30000);
  };
  const state = () => {
    const training = s.mode === "train";
    go.textContent = training ? "\u275A\u275A Pause" : s.kind === "live" && s.frames.length > 1 ? "\u25B6 Train on" : "\u25B6 Train";
    for (const one of [go, ...steps, slow]) one.disabled = !!s.ended && !s.more;
    const phase = training ? "" : s.frames[s.at]?.phase;
    ["D", "G"].forEach((side, i) => steps[i].classList.toggle("now", phase === side));
    const words = [s.problem || s.ended || PHASES[phase] || MODES[s.mode] || KINDS[s.kind] || ""];
    if (s.ended && s.more) words.push(`Train on adds ${s.more.toLocaleString("en")}.`);
    const [step, change] = s.marks?.at(-1) || [];
    if (change && !s.problem && !PHASES[phase]) words.push(`From step ${step.toLocaleString("en")} on ${change}; it went on from where it was.`);
    if (said.textContent !== words.join(" ")) said.textContent = words.join(" ");
    slow.setAttribute("aria-pressed", s.mode === "slow");
    replay.textContent = s.mode === "replay" ? "\u275A\u275A Pause" : "\u25B6 Replay";
    replay.disabled = s.frames.length < 2;
    reset.disabled = s.kind !== "live";
  };

  // Answers ------------------------------------------------------------------------------------------------
  s.take = (data) => {
    if (!data || !data.head) return;
    const other = data.run !== s.run;
    if (other) {
      Object.assign(s, {run: data.run, frames: [], count: 0, follow: true, at: 0});
      if (data.kind !== "live") s.mode = "";
    }
    s.kind = data.kind;
    for (const name of ["ended", "more", "problem", "marks"]) s[name] = data[name];
    if (data.from > s.count) return ask("");  // an answer in between was lost
    for (const one of data.frames) if (one.n >= s.count) {
      s.frames.push(one);
      s.count = one.n + 1;
    }
    while (s.frames.length > 300) s.frames = s.frames.filter((_, i) => i % 2 === 0 || i === s.frames.length - 1);
    const head = JSON.stringify(data.head);
    if (head !== s.known) { s.known = head; s.head = data.head; build(); }
    s.total = data.total;
    aside.textContent = below.textContent = data.told;
    if (other && data.kind === "story" && !matchMedia("(prefers-reduced-motion: reduce)").matches) s.mode = "replay";
    else if (other || s.follow === false || s.mode === "slow" || !s.mode) show(s.follow ? s.frames.length - 1 : s.at);
    if (data.problem) s.mode = "";
    curves();
    if (data.echo === s.asked) { s.waiting = false; clearTimeout(s.guard); }
    if (data.ended && (s.mode === "train" || s.mode === "slow")) { s.mode = ""; show(s.frames.length - 1); }
    state();
    if (s.waiting) return;
    if (s.mode === "train") next();
    if (s.mode === "slow") {
      s.side = s.frames.at(-1)?.phase === "D" ? "G" : "D";
      clearTimeout(s.later);
      s.later = setTimeout(() => s.mode === "slow" && !s.waiting && next(), s.frames.at(-1)?.phase ? 2200 : 0);
    }
  };

  // Frames pass at an even pace, however they come ---------------------------------------------------------
  let last = 0;
  const pace = (now) => {
    if (!root.isConnected) { s.ticking = false; return; }
    requestAnimationFrame(pace);
    const end = s.frames.length - 1, late = end - s.at;
    if (s.mode === "replay" && now - last > Math.max(40, Math.min(150, 4000 / (end + 1)))) {
      last = now;
      if (late > 0) show(s.at + 1); else idle();
    } else if (s.mode === "train" && s.follow && late > 0 && now - last > 45) {
      last = now;
      show(Math.min(end, s.at + Math.max(1, Math.ceil(late / 8))));
    }
  };

  // Drawing ------------------------------------------------------------------------------------------------
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const build = () => {
    const h = s.head, n = h.titles.length;
    h.places = new Int16Array(bytes(h.real).buffer);
    h.net = h.sheet.length > 1 ? (h.sheet[0] - 1) * (h.sheet[1] - 1) : h.sheet[0] - 1;
    root.style.setProperty("--wide", n === 1 ? "340px" : n < 4 ? "300px" : "230px");
    s.cards = h.titles.map((title, i) => {
      const line = make("i");
      line.style.borderTop = `3px ${["solid", "dashed", "dotted", "double"][i]} ${C.colours[i]}`;
      const canvas = make("canvas");
      canvas.setAttribute("role", "img");
      const scale = make("i"), low = make("span"), high = make("span");
      scale.style.background = `linear-gradient(90deg, ${rgba(C.low)}, ${rgba(C.middle)}, ${rgba(C.high)})`;
      const meter = (words) => {
        const one = {bar: make("i"), text: make("span")};
        return [one, make("span", {textContent: words}), one.bar, one.text];
      };
      const [modes, ...row] = meter(h.word === "modes" ? "Modes" : "Parts"), [good, ...second] = meter("Good samples");
      const caption = make("figcaption", {}, make("div", {className: "stage-meter"}, ...row, ...second));
      caption.style.setProperty("color", "inherit");
      const losses = make("div"), stopped = make("b");
      const bars = svg("svg", {viewBox: "0 0 100 16", preserveAspectRatio: "none", height: 22, "aria-hidden": true});
      const least = make("span"), most = make("span");
      const weights = make("div", {className: "stage-weights"}, bars, make("span", {}, least, "D's weights", most));
      caption.append(losses, weights, stopped);
      const figure = make("figure", {}, make("b", {}, line, title), canvas,
        make("div", {className: "stage-scale"}, low, scale, high), caption);
      return {figure, canvas, low, high, modes, good, losses, bars, least, most, stopped, title};
    });
    cards.replaceChildren(...s.cards.map((card) => card.figure), aside);
  };
  const parts = (view) => {
    if (view.parts) return view.parts;
    const h = s.head, all = bytes(view.data), cells = h.sheet.reduce((a, b) => a * b, 1);
    let from = 0;
    const take = (n, kind) => { const at = from; from += n * kind.BYTES_PER_ELEMENT; return new kind(all.buffer, at, n); };
    return {
      fake: take(2 * h.points, Int16Array), sheet: take(2 * cells, Int16Array), push: take(2 * h.arrows, Int8Array),
      heat: take(h.heat * h.heat, Uint8Array), strong: take(h.net, Uint8Array), weights: take(h.bins, Uint8Array),
    };
  };
  const paint = (card, view) => {
    const h = s.head, p = parts(view), {canvas} = card;
    const side = Math.round(Math.max(canvas.clientWidth, 150) * Math.min(devicePixelRatio || 1, 2));
    if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d"), unit = side / (2 * h.reach), dot = side / 280;
    const x = (v) => v * h.step * unit + side / 2, y = (v) => side / 2 - v * h.step * unit;
    pen.fillStyle = rgba(C.middle);
    pen.fillRect(0, 0, side, side);
    if (s.layers.heat) {
      const small = make("canvas", {width: h.heat, height: h.heat}), ink = small.getContext("2d");
      const image = ink.createImageData(h.heat, h.heat);
      for (let i = 0; i < h.heat; i++) for (let j = 0; j < h.heat; j++) {
        const v = p.heat[(h.heat - 1 - i) * h.heat + j] / 255, [a, b, t] = v < .5
          ? [C.low, C.middle, 2 * v] : [C.middle, C.high, 2 * v - 1];
        for (let k = 0; k < 3; k++) image.data[4 * (i * h.heat + j) + k] = a[k] + (b[k] - a[k]) * t;
        image.data[4 * (i * h.heat + j) + 3] = 255;
      }
      ink.putImageData(image, 0, 0);
      pen.imageSmoothingEnabled = true;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(small, 0, 0, side, side);
    }
    if (s.layers.sheet && h.sheet.length > 1) {
      const [rows, columns] = h.sheet;
      pen.lineWidth = dot * .6;
      for (let i = 0, k = 0; i < rows - 1; i++) for (let j = 0; j < columns - 1; j++, k++) {
        const strong = p.strong[k] / 255;
        pen.beginPath();
        for (const c of [i * columns + j, (i + 1) * columns + j, (i + 1) * columns + j + 1, i * columns + j + 1])
          pen.lineTo(x(p.sheet[2 * c]), y(p.sheet[2 * c + 1]));
        pen.closePath();
        pen.fillStyle = rgba(C.sheet, .35 * strong);
        pen.strokeStyle = rgba(C.sheet, .08 + .35 * strong);
        pen.fill(); pen.stroke();
      }
    } else if (s.layers.sheet) {
      pen.lineWidth = 1.5 * dot;
      for (let k = 0; k + 1 < h.sheet[0]; k++) {
        pen.beginPath();
        pen.moveTo(x(p.sheet[2 * k]), y(p.sheet[2 * k + 1]));
        pen.lineTo(x(p.sheet[2 * k + 2]), y(p.sheet[2 * k + 3]));
        pen.strokeStyle = rgba(C.sheet, .16 + .7 * p.strong[k] / 255);
        pen.stroke();
      }
    }
    if (s.layers.real) {
      pen.strokeStyle = rgba(C.real, .75);
      pen.lineWidth = dot;
      pen.beginPath();
      for (let k = 0; k < h.places.length; k += 2) {
        const a = x(h.places[k]), b = y(h.places[k + 1]), r = 2.4 * dot;
        pen.moveTo(a - r, b); pen.lineTo(a + r, b); pen.moveTo(a, b - r); pen.lineTo(a, b + r);
      }
      pen.stroke();
    }
    if (s.layers.fake) {
      pen.fillStyle = rgba(C.fake, .8);
      for (let k = 0; k < p.fake.length; k += 2) {
        pen.beginPath();
        pen.arc(x(p.fake[k]), y(p.fake[k + 1]), 2 * dot, 0, 7);
        pen.fill();
      }
    }
    if (s.layers.push) {
      pen.strokeStyle = pen.fillStyle = rgba(C.push, .8);
      pen.lineWidth = 1.2 * dot;
      for (let k = 0; k < p.push.length; k += 2) {
        const dx = p.push[k] / 127 * side / 10, dy = -p.push[k + 1] / 127 * side / 10;
        if (!dx && !dy) continue;
        const a = x(p.fake[k]), b = y(p.fake[k + 1]);
        pen.beginPath(); pen.moveTo(a, b); pen.lineTo(a + dx, b + dy); pen.stroke();
        pen.beginPath(); pen.moveTo(a + dx, b + dy);
        pen.lineTo(a + .65 * dx + .18 * dy, b + .65 * dy - .18 * dx);
        pen.lineTo(a + .65 * dx - .18 * dy, b + .65 * dy + .18 * dx);
        pen.fill();
      }
    }
    return p;
  };
  const short = (v) => v === null || v === undefined ? "\u2013" : (Math.abs(v) >= 100 ? v.toFixed(0) : v.toPrecision(2)).replace("-", "\u2212");
  const show = (k) => {
    if (!s.frames.length) return;
    s.at = k = Math.min(Math.max(k, 0), s.frames.length - 1);
    const one = s.frames[k], h = s.head;
    s.cards.forEach((card, i) => {
      const view = one.views[i], p = paint(card, view);
      card.low.textContent = view.probability ? "D: generated 0" : `D's score ${short(view.low)}`;
      card.high.textContent = view.probability ? "1 real" : short(view.high);
      const share = [[card.modes, view.modes / h.modes, `${view.modes} of ${h.modes}`],
        [card.good, view.good, `${Math.round(100 * view.good)} %`]];
      for (const [row, part, text] of share) {
        row.bar.style.setProperty("--share", `${100 * part}%`);
        row.text.textContent = text;
      }
      card.losses.textContent = view.d === null ? "untrained" : `Loss of D ${short(view.d)}, of G ${short(view.g)}`;
      card.stopped.textContent = view.stopped;
      card.least.textContent = short(-view.span);
      card.most.textContent = short(view.span);
      const wide = 100 / h.bins;
      card.bars.replaceChildren(...[...p.weights].map((w, j) => svg("rect", {x: j * wide + .4, width: wide - .8,
        y: 16 - 16 * w / 255, height: 16 * w / 255, fill: C.colours[i], opacity: .75})));
      card.canvas.setAttribute("aria-label", `${card.title} after ${one.step} steps: ${view.modes} of ${h.modes} ` +
        `${h.word} covered, ${Math.round(100 * view.good)} per cent good samples.`);
    });
    slider.max = s.frames.length - 1;
    slider.value = k;
    const words = `Step ${one.step.toLocaleString("en")} of ${s.total.toLocaleString("en")}`;
    time.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    for (const rule of charts.querySelectorAll(".now")) {
      const at = s.wide ? 100 * one.step / s.wide : 0;
      rule.setAttribute("x1", at); rule.setAttribute("x2", at);
    }
  };
  const curves = () => {
    // Four small charts of all frames, one line a variant.
    const h = s.head, known = s.frames.filter((one) => !one.phase || one === s.frames.at(-1));
    s.wide = Math.max(known.at(-1)?.step ?? 0, 1);
    const all = [["Loss of D", (v) => v.d], ["Loss of G", (v) => v.g], ["Good samples, %", (v) => 100 * v.good, 0, 100],
      [`${h.word[0].toUpperCase()}${h.word.slice(1)} covered`, (v) => v.modes, 0, h.modes]];
    charts.replaceChildren(...(known.length < 3 ? [] : all.map(([title, get, low, high]) => {
      const values = known.flatMap((one) => one.views.map(get)).filter((v) => v !== null).sort((a, b) => a - b);
      const cut = (q) => values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0;
      low ??= Math.min(cut(.01), 0); high ??= cut(.99);
      if (high <= low) high = low + 1;
      const picture = svg("svg", {viewBox: "0 0 100 40", preserveAspectRatio: "none", height: 84, role: "img"});
      const ends = h.titles.map((name, i) => `${name} ${short(get(known.at(-1).views[i]))}`).join(", ");
      picture.setAttribute("aria-label", `${title} over ${s.wide} steps; at the end: ${ends}`);
      for (const at of [0, 40]) picture.append(svg("line", {x1: 0, x2: 100, y1: at, y2: at, stroke: "currentColor",
        opacity: .2, "vector-effect": "non-scaling-stroke"}));
      picture.append(svg("line", {class: "now", y1: 0, y2: 40, x1: 0, x2: 0, stroke: "currentColor", opacity: .55,
        "stroke-dasharray": "3 3", "vector-effect": "non-scaling-stroke"}));
      for (const [step] of s.marks) {
        const x = 100 * step / s.wide;
        picture.append(svg("line", {class: "mark", x1: x, x2: x, y1: 0, y2: 40, stroke: "currentColor",
          "stroke-width": 2, "stroke-dasharray": "1 3", "vector-effect": "non-scaling-stroke"}));
      }
      h.titles.forEach((_, i) => {
        const points = known.map((one) => [one.step, get(one.views[i])]).filter(([, v]) => v !== null);
        const d = points.map(([step, v], k) => `${k ? "L" : "M"}${(100 * step / s.wide).toFixed(2)} ` +
          (40 - 40 * Math.min(Math.max((v - low) / (high - low), 0), 1)).toFixed(2)).join("");
        picture.append(svg("path", {d: d || "M0 0", fill: "none", stroke: C.colours[i], "stroke-width": 1.8,
          "stroke-dasharray": C.dashes[i], "vector-effect": "non-scaling-stroke"}));
      });
      const scale = make("span", {className: "stage-scale"}, make("span", {textContent: short(low)}),
        make("span", {textContent: `top ${short(high)}`}));
      scale.replaceChildren(make("span", {textContent: `0 to ${s.wide.toLocaleString("en")} steps`}),
        make("span", {textContent: `${short(low)} to ${short(high)}`}));
      return make("div", {}, make("b", {textContent: title}), picture, scale);
    })));
  };
  s.ticking = true;
  requestAnimationFrame(pace);
  new ResizeObserver(() => show(s.at)).observe(cards);
  return s;
};
