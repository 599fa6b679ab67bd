"""A whole number to type, with buttons for the one before, the one after and a random one. The same in both UIs.

A script of its own, which counts in the browser: ten presses within half a second are ten, though each question to the
server takes longer than that. What it looks like follows from the colours of the UI around it.
"""

CSS = """
.number { --edge: var(--st-border-color, var(--border-color-primary, #8888));
  --accent: var(--st-primary-color, var(--color-accent, #4c51d6));
  --fill: var(--st-secondary-background-color, var(--input-background-fill, transparent));
  font-size: .875rem; line-height: 1.4; position: relative; min-width: 0; }
.number-head { display: flex; gap: .375rem; align-items: center; margin-bottom: .25rem; }
.number-row { display: flex; gap: .375rem; }
.number input { font: inherit; color: inherit; background: var(--fill); border: 1px solid var(--edge);
  box-sizing: border-box; border-radius: .5rem; height: 2.5rem; padding: 0 .75rem; width: 9.25rem; min-width: 4rem;
  flex: 0 1 9.25rem; margin: 0; }
.number input::placeholder { color: inherit; opacity: .65; }
.number button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--edge);
  border-radius: .5rem; height: 2.5rem; padding: 0 .75rem; margin: 0; white-space: nowrap; cursor: pointer; }
.number button:hover { border-color: var(--accent); color: var(--accent); }
.number button[aria-disabled=true] { opacity: .45; cursor: default; color: inherit; border-color: var(--edge); }
.number button.number-help { height: 1.125rem; width: 1.125rem; padding: 0; border-radius: 50%; font-size: .75rem;
  line-height: 1; flex: none; }
.number :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.number [role=tooltip] { display: none; position: absolute; top: 1.5rem; left: 0; z-index: 20; width: max-content;
  max-width: min(18rem, 90vw); padding: .5rem .75rem; border-radius: .5rem; font-size: .875rem;
  border: 1px solid var(--edge); color: var(--st-text-color, var(--body-text-color, inherit));
  background: var(--st-background-color, var(--background-fill-primary, Canvas)); box-shadow: 0 2px 12px #0003; }
.number-help:is(:hover, :focus) + [role=tooltip] { display: block; }
@media (max-width: 640px) {
  .number-row { gap: .25rem; }
  .number input { flex: 1 1 3.25rem; width: 3.25rem; min-width: 3.25rem; padding: 0 .375rem; appearance: textfield; }
  .number input::-webkit-inner-spin-button { appearance: none; }
  .number button:not(.number-help) { padding: 0 .35rem; }
}
"""
"""In the colours of the page: Streamlit's variables, else Gradio's. A phone has the field and its buttons in one row"""

JS = """
function number(element, data, send) {
  // Called again with other data: the field, its focus and what is being typed stay.
  // data: label, help, value (null: none), least, most, step (0: no buttons before and after), after (what the button
  // for the one after says), random (0: no such button), placeholder ("": there must be a number).
  // send(value): a number, or null for none.
  const make = (tag, props = {}, ...inside) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...inside);
    return one;
  };
  let n = element.number;
  if (!n) {
    const id = `number-${window.ganscopeNumbers = (window.ganscopeNumbers ?? 0) + 1}`;
    const input = make("input", {type: "number", id, inputMode: "numeric", autocomplete: "off"});
    const name = make("label", {htmlFor: id}), head = make("div", {className: "number-head"}, name);
    n = element.number = {input, name, head, id, sent: [], timer: 0, typing: false};
    n.button = (words, to) => {
      const button = make("button", {type: "button", textContent: words});
      button.onclick = () => button.ariaDisabled !== "true" && n.set(to(), 150, true);
      return button;
    };
    n.within = (value) => Math.min(Math.max(value, n.data.least), n.data.most);
    n.before = n.button("Previous", () => n.within(n.value - n.data.step));
    n.after = n.button("Next", () => n.within(n.value + n.data.step));
    n.any = n.button("Random", () => n.within(Math.floor(Math.random() * n.data.random)));
    n.set = (value, rest, press) => {  // shown at once; a first press is told at once, what follows once the hand rests
      n.value = value;
      n.draw();
      if (press && !n.timer) n.tell();
      clearTimeout(n.timer);
      n.timer = setTimeout(n.tell, rest);
    };
    n.tell = () => {
      clearTimeout(n.timer);
      n.timer = 0;
      if (n.value === n.told) return;
      n.told = n.value;
      n.sent.push(n.value);
      send(n.value);
    };
    n.draw = () => {
      if (!n.typing) input.value = n.value ?? "";
      n.before.ariaDisabled = n.value === null || n.value <= n.data.least;
      n.after.ariaDisabled = n.value === null || n.value >= n.data.most;
    };
    input.addEventListener("input", (event) => {
      n.typing = Boolean(event.inputType);  // its own arrows give whole numbers, a keyboard one digit after the other
      if (input.value === "" || !input.validity.valid) return clearTimeout(n.timer);
      n.set(Number(input.value), n.typing ? 700 : 150, !n.typing);
    });
    input.addEventListener("change", () => {
      n.typing = false;
      const none = input.value === "" && !input.validity.badInput;
      const typed = input.value === "" ? n.told : n.within(Math.round(Number(input.value)));
      n.set(none && n.data.placeholder ? null : typed, 0);
    });
    input.addEventListener("blur", () => { n.typing = false; n.draw(); });
    element.classList.add("number");
    element.setAttribute("role", "group");
    element.replaceChildren(head, make("div", {className: "number-row"}, input, n.before, n.after, n.any));
  }
  const {input} = n, server = data.value;
  n.data = data;
  if (server === n.told) n.sent = [];
  else if (server !== n.server) {  // an answer to something sent earlier, or the server's own
    const place = n.sent.indexOf(server);
    n.sent = n.sent.slice(place + 1);
    if (place < 0) {
      n.told = server;
      if (!n.typing) {
        clearTimeout(n.timer);
        n.value = server;
      }
    }
  }
  n.server = server;
  n.name.textContent = data.label;
  element.setAttribute("aria-label", data.label);
  Object.assign(input, {min: data.least, max: data.most, step: 1, placeholder: data.placeholder ?? ""});
  n.after.textContent = data.after;
  n.before.hidden = n.after.hidden = !data.step;
  n.any.hidden = !data.random;
  if (data.help && !n.help) {
    const tip = make("span", {id: `${n.id}-help`, role: "tooltip"});
    const ask = make("button", {type: "button", className: "number-help", textContent: "?", ariaLabel: "Help"});
    ask.setAttribute("aria-describedby", tip.id);
    input.setAttribute("aria-describedby", tip.id);
    n.head.append(ask, tip);
    n.help = tip;
  }
  if (n.help) n.help.textContent = data.help;
  n.draw();
}
"""
"""number(element, data, send) makes or renews the widget in an element. It sends the value of a first press of a button
at once, and that of further ones when the hand has rested for 150 milliseconds; what is typed at the end of typing
(Enter, or leaving the field), or after 0.7 s without a key"""
