"""A sheet to draw on, or to put a picture from a file on. The same in both UIs.

The browser reads the file, whatever its size and kind, and sends nothing but the pixels of the sheet: bytes of
height x width x channels, as base64. So no file of a visitor's is ever decoded on the server.
"""

CSS = """
.pad { --edge: var(--st-border-color, var(--border-color-primary, #8888));
  --accent: var(--st-primary-color, var(--color-accent, #4c51d6));
  font-size: .875rem; line-height: 1.4; position: relative; min-width: 0; max-width: 18.5rem; }
.pad-head { margin-bottom: .25rem; }
.pad-sheet { position: relative; width: 280px; max-width: 100%; border: 1px solid var(--edge); border-radius: .5rem;
  overflow: hidden; background: #000; box-sizing: border-box; }
.pad-sheet canvas, .pad-sheet img { display: block; width: 100%; height: 100%; image-rendering: pixelated; margin: 0;
  border-radius: 0; }
.pad-sheet img { position: absolute; inset: 0; pointer-events: none; user-select: none; }
.pad-sheet canvas { position: relative; touch-action: none; cursor: crosshair; }
.pad-mask canvas { opacity: .6; }
.pad-row { display: flex; flex-wrap: wrap; gap: .375rem; margin-top: .375rem; align-items: center; }
.pad button, .pad label.pad-file { font: inherit; color: inherit; background: transparent; cursor: pointer; margin: 0;
  border: 1px solid var(--edge); border-radius: .5rem; padding: .35rem .65rem; white-space: nowrap; min-height: 2.25rem;
  box-sizing: border-box; }
.pad button:hover, .pad label.pad-file:hover { border-color: var(--accent); color: var(--accent); }
.pad button[aria-pressed=true] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.pad button[aria-disabled=true] { opacity: .45; cursor: default; color: inherit; border-color: var(--edge); }
.pad label.pad-size { display: flex; gap: .5rem; align-items: center; flex: 1 1 6.5rem; }
.pad label.pad-size input { flex: 1 1 4rem; min-width: 4rem; margin: 0; accent-color: var(--accent); }
.pad input[type=color] { width: 2.25rem; height: 2.25rem; padding: .15rem; border: 1px solid var(--edge);
  border-radius: .5rem; background: transparent; margin: 0; }
.pad label.pad-file { position: relative; display: inline-flex; align-items: center; }
.pad label.pad-file input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.pad label.pad-file:focus-within, .pad :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.pad p { margin: .375rem 0 0; opacity: .8; font-size: .8125rem; }
.pad p:empty { display: none; }
.pad [hidden] { display: none !important; }
"""
"""In the colours of the page: Streamlit's variables, else Gradio's"""

JS = """
function pad(element, data, send) {
  // Called again with other data: what is being drawn stays.
  // data: label, help, height, width, channels, mask (paint a hole over `under`), upload (whether files are taken),
  // under (address of a picture below a mask, or ""), value (base64 of the pixels, null: an empty sheet).
  // send(value): base64 of height x width x channels bytes, or null for an empty sheet.
  const make = (tag, props = {}, ...inside) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...inside);
    return one;
  };
  const kind = [data.height, data.width, data.channels, data.mask, data.upload].join();
  let p = element.pad;
  if (!p || p.kind !== kind) {
    const {height, width, channels, mask} = data;
    if (p) clearTimeout(p.timer);
    const canvas = make("canvas", {width, height, tabIndex: 0});
    const pen = canvas.getContext("2d", {willReadFrequently: true});
    const under = make("img", {alt: ""}), name = make("div", {className: "pad-head"});
    const help = make("p"), said = make("p");
    said.setAttribute("role", "status");
    const sheet = make("div", {className: mask ? "pad-sheet pad-mask" : "pad-sheet"}, under, canvas);
    sheet.style.aspectRatio = `${width} / ${height}`;
    p = element.pad = {kind, canvas, pen, under, name, help, said, sent: [], past: [], timer: 0, mode: "Brush"};
    const paper = channels === 1 ? "#000" : "#fff", ink = mask ? "#ff5a36" : channels === 1 ? "#fff" : "#000";
    const button = (words, press) => {
      const one = make("button", {type: "button", textContent: words});
      one.onclick = () => one.ariaDisabled !== "true" && press();
      return one;
    };

    // What stands on the sheet.
    p.blank = () => {
      pen.globalCompositeOperation = "source-over";
      pen.clearRect(0, 0, width, height);
      if (mask) return;
      pen.fillStyle = paper;
      pen.fillRect(0, 0, width, height);
    };
    p.bytes = () => {  // null where nothing is on the sheet
      const {data: rgba} = pen.getImageData(0, 0, width, height), found = new Uint8Array(width * height * channels);
      for (let i = 0; i < width * height; i++) {
        if (mask) found[i] = rgba[4 * i + 3] > 127 ? 255 : 0;
        else for (let c = 0; c < channels; c++) found[i * channels + c] = rgba[4 * i + c];
      }
      return found.every((one) => one === (channels === 1 ? 0 : 255)) ? null : found;
    };
    p.show = (text) => {
      p.blank();
      if (!text) return;
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      if (bytes.length !== width * height * channels) return;
      const image = pen.createImageData(width, height);
      for (let i = 0; i < width * height; i++) {
        if (mask) image.data.set(bytes[i] ? [255, 90, 54, 255] : [0, 0, 0, 0], 4 * i);
        else for (let c = 0; c < 4; c++)
          image.data[4 * i + c] = c === 3 ? 255 : bytes[i * channels + (channels === 1 ? 0 : c)];
      }
      pen.putImageData(image, 0, 0);
    };
    p.keep = () => {  // before a change: what Undo brings back
      p.past.push(pen.getImageData(0, 0, width, height));
      if (p.past.length > 40) p.past.shift();
      p.undo.ariaDisabled = "false";
    };
    p.changed = (rest) => {  // told once the hand rests
      clearTimeout(p.timer);
      p.timer = setTimeout(p.tell, rest);
    };
    p.tell = () => {
      p.timer = 0;
      if (p.stroke) return;
      const bytes = p.bytes(), text = bytes && btoa(String.fromCharCode(...bytes));
      if (text === p.told) return;
      p.told = text;
      p.sent.push(text);
      send(text);
    };

    // The brush: a firm core and a soft rim, as the strokes of MNIST have. A stroke is drawn anew with each move, so
    // that its rim stays soft where its parts meet.
    p.draw = () => {
      const {before, points} = p.stroke, [[x0, y0]] = points, [x1, y1] = points.at(-1), wide = Number(p.size.value);
      pen.globalCompositeOperation = "source-over";
      pen.putImageData(before, 0, 0);
      const erase = p.mode === "Eraser";
      const colour = erase ? paper : channels === 1 ? ink : p.colour.value;
      if (mask && erase) pen.globalCompositeOperation = "destination-out";
      pen.strokeStyle = pen.fillStyle = colour;
      if (p.mode === "Box") {
        const [x, y] = [Math.floor(Math.min(x0, x1)), Math.floor(Math.min(y0, y1))];
        return pen.fillRect(x, y, Math.floor(Math.max(x0, x1)) + 1 - x, Math.floor(Math.max(y0, y1)) + 1 - y);
      }
      pen.lineCap = pen.lineJoin = "round";
      const line = (thick, alpha) => {
        pen.globalAlpha = alpha;
        pen.lineWidth = thick;
        pen.beginPath();
        points.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y));
        if (points.length === 1) pen.lineTo(x0 + .01, y0);
        pen.stroke();
      };
      if (!mask) line(wide + 1, .45);
      line(mask ? wide : Math.max(wide - .4, .6), 1);
      pen.globalAlpha = 1;
    };
    const spot = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.x) / box.width * width, (event.clientY - box.y) / box.height * height];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || p.stroke) return;
      event.preventDefault();
      canvas.focus({preventScroll: true});
      canvas.setPointerCapture(event.pointerId);
      p.keep();
      p.said.textContent = "";
      p.stroke = {id: event.pointerId, before: p.past.at(-1), points: [spot(event)]};
      p.draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (p.stroke?.id !== event.pointerId) return;
      const all = event.getCoalescedEvents?.() ?? [];
      p.stroke.points.push(...(all.length ? all : [event]).map(spot));
      p.draw();
    });
    const lift = (event) => {
      if (p.stroke?.id !== event.pointerId) return;
      p.stroke = null;
      p.changed(500);
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("keydown", (event) => {
      const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) return event.preventDefault(), p.undo.click();
      if (!way && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      p.at ??= [width / 2, height / 2];
      const from = [...p.at];
      if (way) p.at = [0, 1].map((i) => Math.min(Math.max(p.at[i] + way[i], 0), [width, height][i] - 1));
      if (event.key === " " || event.shiftKey) {
        p.keep();
        p.stroke = {before: p.past.at(-1), points: [from, [...p.at]]};
        p.draw();
        p.stroke = null;
        p.changed(900);
      }
      said.textContent = `At column ${Math.floor(p.at[0]) + 1}, row ${Math.floor(p.at[1]) + 1}: Space paints, ` +
        "Shift with an arrow draws.";
    });

    // Pictures from files.
    p.invert = () => {
      const image = pen.getImageData(0, 0, width, height);
      for (let i = 0; i < image.data.length; i++) if (i % 4 !== 3) image.data[i] = 255 - image.data[i];
      pen.putImageData(image, 0, 0);
    };
    p.read = async (file) => {
      said.textContent = "";
      let image;
      try {
        if (file.size > 50e6) throw new Error();
        image = await createImageBitmap(file);
        if (!image.width || !image.height) throw new Error();
      } catch {
        said.textContent = "Your browser cannot read this file as a picture. Choose a PNG, JPEG or WebP of at most " +
          "50 MB.";
        return;
      }
      p.keep();
      // The middle square, or what has the shape of the sheet; halved as long as it is far too large: one large step
      // would leave out most of its pixels.
      const share = Math.min(image.width / width, image.height / height);
      let [w, h] = [Math.max(1, Math.round(share * width)), Math.max(1, Math.round(share * height))];
      let from = image, [x, y] = [(image.width - w) / 2, (image.height - h) / 2];
      const step = (to_w, to_h) => {
        const next = make("canvas", {width: to_w, height: to_h}), brush = next.getContext("2d");
        brush.fillStyle = "#fff";  // what is transparent counts as white
        brush.fillRect(0, 0, to_w, to_h);
        brush.imageSmoothingQuality = "high";
        brush.drawImage(from, x, y, w, h, 0, 0, to_w, to_h);
        [from, x, y, w, h] = [next, 0, 0, to_w, to_h];
      };
      while (w > 2 * width && h > 2 * height) step(Math.ceil(w / 2), Math.ceil(h / 2));
      step(width, height);
      p.blank();
      pen.drawImage(from, 0, 0);
      if (channels === 1) {
        const pixels = pen.getImageData(0, 0, width, height), rgba = pixels.data;
        let rim = 0, count = 0;
        for (let i = 0; i < width * height; i++) {
          const [r, g, b] = rgba.subarray(4 * i, 4 * i + 3), grey = Math.round(.299 * r + .587 * g + .114 * b);
          rgba.set([grey, grey, grey], 4 * i);
          const [column, row] = [i % width, Math.floor(i / width)];
          if (column % (width - 1) === 0 || row % (height - 1) === 0) { rim += grey; count++; }
        }
        pen.putImageData(pixels, 0, 0);
        if (rim / count > 127) {
          p.invert();
          said.textContent = "The background of this file is bright, and that of the training pictures is black: " +
            "light and dark were exchanged.";
        }
      }
      p.changed(0);
    };

    // Tools.
    const modes = (mask ? ["Box", "Brush", "Eraser"] : ["Brush", "Eraser"]).map((words) => {
      const one = button(words, () => {
        p.mode = words;
        modes.forEach((each) => { each.ariaPressed = String(each === one); });
      });
      one.ariaPressed = String(words === (mask ? "Box" : "Brush"));
      return one;
    });
    if (mask) p.mode = "Box";
    p.size = make("input", {type: "range", min: 1, max: Math.round(width / (mask ? 3 : 4)), step: .5});
    p.size.value = mask ? width / 6 : width / 13;
    p.colour = make("input", {type: "color", value: mask ? ink : "#000000", title: "Colour"});
    p.colour.setAttribute("aria-label", "Colour of the brush");
    p.colour.hidden = mask || channels === 1;
    p.undo = button("Undo", () => {
      const before = p.past.pop();
      if (before) pen.putImageData(before, 0, 0);
      p.undo.ariaDisabled = String(!p.past.length);
      p.said.textContent = "";
      p.changed(300);
    });
    p.undo.ariaDisabled = "true";
    const clear = button("Clear", () => { p.keep(); p.blank(); p.said.textContent = ""; p.changed(0); });
    const turn = button("Invert", () => { p.keep(); p.invert(); p.changed(0); });
    turn.title = "Exchange light and dark";
    turn.hidden = mask || channels !== 1;
    const file = make("input", {type: "file", accept: "image/*"});
    file.addEventListener("change", () => {
      if (file.files.length) p.read(file.files[0]);
      file.value = "";  // the same file may be chosen again
    });
    const choose = make("label", {className: "pad-file"}, "Upload a picture", file);
    choose.hidden = !data.upload || mask;
    if (!choose.hidden) {
      sheet.addEventListener("dragover", (event) => event.preventDefault());
      sheet.addEventListener("drop", (event) => {
        event.preventDefault();
        if (event.dataTransfer.files.length) p.read(event.dataTransfer.files[0]);
      });
    }
    const row = (...inside) => make("div", {className: "pad-row"}, ...inside);
    const size = make("label", {className: "pad-size"}, "Size", p.size);
    element.classList.add("pad");
    element.setAttribute("role", "group");
    element.replaceChildren(name, sheet, row(...modes, p.colour, size), row(p.undo, clear, turn, choose), said, help);
    p.show(data.value);
    p.told = p.server = data.value;
  }
  const server = data.value;
  if (server === p.told) p.sent = [];
  else if (server !== p.server) {  // an answer to something sent earlier, or the server's own
    const place = p.sent.indexOf(server);
    p.sent = p.sent.slice(place + 1);
    if (place < 0 && !p.stroke) {
      clearTimeout(p.timer);
      p.told = server;
      p.past = [];
      p.undo.ariaDisabled = "true";
      p.show(server);
    }
  }
  p.server = server;
  p.name.textContent = data.label;
  p.help.textContent = data.help;
  element.setAttribute("aria-label", data.label);
  p.canvas.setAttribute("aria-label", `${data.label}: draw with a mouse, a finger, or the arrow keys and Space`);
  p.canvas.setAttribute("role", "img");
  p.under.hidden = !data.under;
  if (data.under && p.under.src !== data.under) p.under.src = data.under;
}
"""
"""pad(element, data, send) makes or renews the widget in an element. It sends half a second after a stroke, and at once
what a button or a file has made"""
